"""One run of a plan: what it asked so far, what went wrong, and where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from graphql import FieldNode, GraphQLError

from schema.failures import broken, failed
from schema.plan.model import Fetch
from schema.plan.project import Projection
from schema.request import Asked, Fetched, Path, Request
from upstreams.errors import CallError
from upstreams.shape import Answer, Hole, Read, Shape, Surprise


class Places(NamedTuple):
    """Where values of one fetch stand: in objects of the answer, or in a list."""

    key: str
    """The response key; empty for a list, where each hole has its index."""
    holes: Sequence[Hole]


@dataclass(frozen=True, slots=True)
class _Missed:
    """Values that are null because a call failed."""

    places: Places
    nodes: Sequence[FieldNode]
    error: GraphQLError


class State(msgspec.Struct, eq=False):
    """What a run of a plan knows. Nothing of it is shared with another run."""

    request: Request
    variables: Any
    """As graphql-core coerced them."""
    surprise: str = ""
    """Why the exact path is needed, once it is."""
    since: str = ""
    """The root field of a mutation that was the last to write."""
    _missed: list[_Missed] = msgspec.field(default_factory=list)
    _beside: list[tuple[Places, Asked]] = msgspec.field(default_factory=list)
    _selections: dict[int, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def selection(self, fetch: Fetch) -> tuple[str, ...]:
        """What is selected of a fetch's answers, found out once. Raises `Unplannable`."""
        if fetch.selects is None:
            return fetch.selection
        known = self._selections.get(id(fetch))
        if known is None:
            known = self._selections[id(fetch)] = fetch.selected(self.variables)
        return known

    async def got(
        self, fetch: Fetch, asked: Asked, places: Places, *, writes: Path | None = None
    ) -> tuple[Fetched, Read] | None:
        """What a fetch gives; None where it gives nothing, for which the reason is noted.

        `writes` is the path of what a mutation does.
        """
        request = self.request
        try:
            if fetch.alone:
                fetched = await request.read_alone(asked)
            elif writes:
                fetched = await request.write(asked, writes)
            else:
                fetched = await request.read(asked, self.since)
            if fetched.asked.aside.extensions:
                self._beside.append((places, fetched.asked))
            read = _read(fetch, fetched.answer, request)
        except Surprise:
            self.surprise = "surprise"
        except CallError as error:
            self.miss(fetch, places, failed(error, fetch.origin, request.request_id))
        except Exception as error:  # noqa: BLE001 - a mistake of ours: logged, never shown
            self.miss(fetch, places, broken(error, fetch.origin, request.request_id))
        else:
            return fetched, read
        return None

    def miss(self, fetch: Fetch, places: Places, error: GraphQLError) -> None:
        """Note that a fetch gave nothing for those places."""
        self._missed.append(_Missed(places, fetch.nodes, error))

    def errors(self, data: Mapping[str, Any]) -> Iterator[GraphQLError]:
        """Each failure at each of its paths, once `data` is complete.

        What came beside answers is noted at their paths, in the request.
        """
        if not self._missed and not self._beside:
            return
        known = paths(data)
        for places, asked in self._beside:
            self.request.asked.update((path, asked) for path in _all(places, known))
        for missed in self._missed:
            error = missed.error
            for path in _all(missed.places, known):
                yield GraphQLError(
                    error.message, list(missed.nodes), path=path, extensions=error.extensions
                )


def _read(fetch: Fetch, answer: Answer, request: Request) -> Read:
    """What is wanted of an answer. Raises `Surprise` and `Malformed`."""
    shape = fetch.shape
    if shape is None:
        shape = fetch.shape = _compiled(fetch, request)
    try:
        return shape.read(answer)
    except Surprise:
        if shape is fetch.general:
            raise
        return _general(fetch).read(answer)


def _compiled(fetch: Fetch, request: Request) -> Shape:
    own = request.caller.shape(fetch.origin, fetch.wanted, fetch.inside)
    return own or _general(fetch)


def _general(fetch: Fetch) -> Shape:
    """The shape that fits every kind, and is lenient where the scalars are."""
    if fetch.general is None:
        fetch.general = Projection(fetch.wanted, fetch.inside)
    return fetch.general


def _all(places: Places, known: Mapping[int, list[Path]]) -> Iterator[Path]:
    for container, place, _ in places.holes:
        for path in known.get(id(container), ()):
            yield (*path, places.key or place)


def paths(data: Any) -> dict[int, list[Path]]:
    """The paths of every object and list of an answer; what joins share stands at several."""
    found: dict[int, list[Path]] = {}
    ahead: list[tuple[Path, Any]] = [((), data)]
    while ahead:
        path, value = ahead.pop()
        if isinstance(value, list | tuple):
            found.setdefault(id(value), []).append(path)
            ahead += (((*path, index), one) for index, one in enumerate(value))
        elif isinstance(value, dict):
            found.setdefault(id(value), []).append(path)
            ahead += (((*path, key), one) for key, one in value.items())
        elif isinstance(value, msgspec.Struct):
            found.setdefault(id(value), []).append(path)
            names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
            ahead += (((*path, key), getattr(value, name)) for key, name in names)
    return found
