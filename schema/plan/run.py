"""From a plan to a response: what can be asked at once is, what depends waits for its parents.

A call that fails makes its field null and adds one error for every path it stands at. Data that is
not as promised makes the whole operation `Unplannable`: the exact path then completes it over the
answers that are already here, none of which is asked for again.
"""

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError

from schema.plan.entities import entities
from schema.plan.joins import joined, together
from schema.plan.model import Entities, Fetch, Group, Plan, Root, Unplannable
from schema.plan.state import Places, State
from schema.request import Asked, Path, Request
from upstreams.shape import Constant, Hole


class Outcome(NamedTuple):
    """A response, but for its extensions."""

    data: Mapping[str, Any]
    """What an encoder of JSON that knows `msgspec.Struct` makes the response of."""
    errors: Sequence[GraphQLError]


async def run(plan: Plan, request: Request, variables: Any) -> Outcome:
    """The response of a plan; `variables` are as graphql-core coerced them.

    Raises `Unplannable` once every call that was begun has ended.
    """
    state = State(request, variables)
    data: dict[str, Any]
    if plan.sole is not None:
        key, fetch = plan.sole
        data = {key: None}
        await _root(state, data, (key,), fetch, writes=False)
    else:
        data = _empty(plan.roots)
        work = _work(state, data, plan.roots, (), writes=plan.in_series)
        await (_in_series(state, work) if plan.in_series else together(work))
    _check(state)
    return Outcome(data, list(state.errors(data)))


async def _in_series(state: State, work: Iterator[Coroutine[Any, Any, None]]) -> None:
    """What depends on one write is asked before the next is made. Raises `Unplannable`."""
    for one in work:
        await one
        _check(state)


def _check(state: State) -> None:
    """Raises `Unplannable` once something was as no plan could know."""
    if state.surprise:
        state.request.tell()
        raise Unplannable(state.surprise)


def _empty(roots: Mapping[str, Root]) -> dict[str, Any]:
    """The answer before anything is there."""
    return {key: _known(root) for key, root in roots.items()}


def _known(root: Root) -> Any:
    match root:
        case Constant(value):
            return value
        case Group(roots):
            return _empty(roots)
        case Fetch() | Entities():
            return None


def _work(
    state: State, data: dict[str, Any], roots: Mapping[str, Root], above: Path, *, writes: bool
) -> Iterator[Coroutine[Any, Any, None]]:
    """What is to be done for each field, in the order of the response."""
    for key, root in roots.items():
        if isinstance(root, Fetch):
            yield _root(state, data, (*above, key), root, writes=writes)
        elif isinstance(root, Entities):
            yield entities(state, data, key, root)
        elif isinstance(root, Group):
            yield from _work(state, data[key], root.roots, (*above, key), writes=writes)


async def _root(
    state: State, data: dict[str, Any], path: Path, fetch: Fetch, *, writes: bool
) -> None:
    try:
        arguments = fetch.bind(state.variables)
        asked = Asked(fetch.origin, arguments, selection=state.selection(fetch))
    except Unplannable as error:
        state.surprise = error.reason
        return
    key = str(path[-1])
    state.since = ".".join(map(str, path)) if writes else ""
    places = Places(key, (Hole(data, key, ()),))
    got = await state.got(fetch, asked, places, writes=path if writes else None)
    if got is not None:
        fetched, read = got
        data[key] = read.value
        if fetch.slots:
            await joined(state, fetch, [(read, fetched.asked)])
