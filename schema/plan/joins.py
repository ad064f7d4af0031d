"""Joins: the holes of answers, filled with what other functions answer."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from graphql import GraphQLError

from schema.expressions import MISSING
from schema.failures import crowded, failed
from schema.join import Batched, Given, Parts
from schema.joins.load import bound_of
from schema.joins.tally import tally_of
from schema.plan.model import Fetch, Joined, Unplannable, Worked
from schema.plan.state import Places, State, paths
from schema.request import Asked
from schema.taking import Arguments
from upstreams.errors import CallError, Malformed
from upstreams.shape import Hole, Read, fill

T = TypeVar("T")

_TOLD_APART = frozenset({int, str})
"""Classes none of whose values equals one of another."""

Got: TypeAlias = tuple[Read, Asked]
"""An answer that was read, and the call that gave it."""

_Group: TypeAlias = tuple[Arguments, list[Hole]]
"""The arguments of a call, and all that its answer fills."""


async def joined(
    state: State, fetch: Fetch, got: Sequence[Got], *, batched: bool | None = None
) -> None:
    """Everything that depends on a fetch's answers is there; `batched`: of its batched joins."""
    work = []
    for index, slot in enumerate(fetch.slots):
        is_batched = isinstance(slot, Joined) and slot.join.batched is not None
        if batched is not None and is_batched is not batched:
            continue
        holes = [hole for read, _ in got if read.holes for hole in read.holes[index]]
        if isinstance(slot, Worked):
            _worked_out(state, slot, holes)
        elif holes:
            work.append(Filling(state, slot, _wholes(fetch, got)).filled(holes))
    await together(work)


def _worked_out(state: State, slot: Worked, holes: Iterable[Hole]) -> None:
    """Every hole has its value; where there is none the exact path says why."""
    try:
        for hole in holes:
            fill((hole,), slot.work(_parts(hole)))
    except (GraphQLError, TypeError, ValueError, ArithmeticError):
        state.surprise = "a field that cannot be worked out"


def _wholes(fetch: Fetch, got: Iterable[Got]) -> Mapping[int, Asked]:
    """By identity, the objects that are the whole of an answer."""
    return {} if fetch.inside else {id(read.value): asked for read, asked in got}


@dataclass(frozen=True, slots=True)
class Filling:
    """One slot being filled."""

    state: State
    slot: Joined
    wholes: Mapping[int, Asked]
    """By identity, the objects with holes that are the whole of an answer."""

    async def filled(self, holes: Sequence[Hole]) -> None:
        """Every hole has its value, or its error."""
        try:
            said = self.slot.fetch.bind(self.state.variables)
            self.state.selection(self.slot.fetch)
        except Unplannable as error:
            self.state.surprise = error.reason
            return
        given = Given(
            self.state.request, {name: one for name, one in said.items() if one is not None}
        )
        if self.slot.join.batched is None:
            await self._singly(holes, given)
        else:
            await self._batched(self.slot.join.batched, holes, given)

    async def _singly(self, holes: Sequence[Hole], given: Given) -> None:
        """Each by a call of its own, equal calls once."""
        groups = self._admitted(list(self._groups(holes, given)))
        bound = bound_of(self.state.request, self.slot.join.upstream)
        got: dict[int, Got] = {}

        async def one(place: int, arguments: Arguments, same: Sequence[Hole]) -> None:
            async with bound:
                answer = await self._answered(arguments, same)
            if answer is not None:
                got[place] = answer
                fill(same, answer[0].value)
                await joined(self.state, self.slot.fetch, [answer], batched=False)

        await together(one(place, *group) for place, group in enumerate(groups))
        # One call for the keys of them all, which are in the same order every time.
        await joined(self.state, self.slot.fetch, _in_order(got), batched=True)

    async def _answered(self, arguments: Arguments, holes: Sequence[Hole]) -> Got | None:
        fetch = self.slot.fetch
        asked = Asked(fetch.origin, arguments, selection=self.state.selection(fetch))
        got = await self.state.got(fetch, asked, self._places(holes))
        return got and (got[1], got[0].asked)

    def _groups(self, holes: Iterable[Hole], given: Given) -> Iterator[_Group]:
        """The holes by the arguments of their calls; where nothing is asked they stay null."""
        join = self.slot.join
        for same in _alike(holes, self.wholes):
            asked = self.wholes.get(id(same[0].container))
            known = replace(given, asked=asked) if asked else given
            arguments = self._said(partial(join.arguments, _parts(same[0]), known), same)
            if arguments is not None:
                yield arguments, same

    def _admitted(self, groups: Sequence[_Group]) -> Sequence[_Group]:
        """The groups whose calls may be made; the others stay null, and say so."""
        join, request = self.slot.join, self.state.request
        tally = tally_of(request, join, self.state.since)
        if tally.takes_all([arguments for arguments, _ in groups]):
            return groups
        admitted = []
        for group in groups:
            if tally.takes(group[0]):
                admitted.append(group)
            else:
                self._without(crowded(join.max_calls, join, request.request_id), group[1])
        return admitted

    async def _batched(self, batched: Batched, holes: Sequence[Hole], given: Given) -> None:
        """As many in one call as it takes."""
        keys: dict[Hashable, list[Hole]] = {}
        for same in _alike(holes, {}):
            key = self._said(partial(batched.key, _parts(same[0])), same)
            if key is not None:
                keys.setdefault(key, []).extend(same)
        got: dict[int, Got] = {}

        async def some(place: int, chunk: Mapping[Hashable, list[Hole]]) -> None:
            asking = partial(batched.arguments, tuple(chunk), given)
            arguments = self._said(asking, _flat(chunk.values()))
            if arguments is None:
                return
            async with bound_of(self.state.request, self.slot.join.upstream):
                answer = await self._answered(arguments, _flat(chunk.values()))
            if answer is not None:
                read, asked = answer
                got[place] = self._handed_back(batched, read, chunk), asked

        await together(some(*chunk) for chunk in enumerate(_chunks(keys, batched.most)))
        await joined(self.state, self.slot.fetch, _in_order(got))

    def _handed_back(
        self, batched: Batched, read: Read, chunk: Mapping[Hashable, list[Hole]]
    ) -> Read:
        """The items of one answer, each where it was asked for; what is left of the answer then."""
        found: dict[Hashable | None, list[Any]] = {}
        if batched.match and read.value is not None:
            for hole in read.holes[len(self.slot.fetch.slots)]:
                found.setdefault(batched.keyed(_parts(hole)), []).append(hole.container)
        elif read.value is not None:
            if len(read.value) != len(chunk):
                counts = f"{len(chunk)} keys were asked for, {len(read.value)} items came"
                self._miss(Malformed(counts), _flat(chunk.values()))
                return Read(None)
            found = {
                key: [one] for key, one in zip(chunk, read.value, strict=True) if one is not None
            }
        given: list[Any] = []
        for key, holes in chunk.items():
            items = found.get(key, [])
            first = items[:1]
            given += items if self.slot.join.many else first
            fill(holes, items if self.slot.join.many else next(iter(first), None))
        return _left(read, given)

    def _said(self, say: Callable[[], T], holes: Sequence[Hole]) -> T | None:
        """What a join says of its arguments; None where they cannot be sent."""
        try:
            return say()
        except CallError as error:
            self._miss(error, holes)
        except GraphQLError:
            self.state.surprise = "a part that does not fit an argument"
        return None

    def _miss(self, error: CallError, holes: Sequence[Hole]) -> None:
        fetch = self.slot.fetch
        self._without(failed(error, fetch.origin, self.state.request.request_id), holes)

    def _without(self, failure: GraphQLError, holes: Sequence[Hole]) -> None:
        self.state.miss(self.slot.fetch, self._places(holes), failure)

    def _places(self, holes: Sequence[Hole]) -> Places:
        return Places(self.slot.key, holes)


def _left(read: Read, items: Sequence[Any]) -> Read:
    """An answer without what stands in items that nobody asked for."""
    if read.value is None or len(items) == len(read.value):
        return read
    inside = paths(items)
    return read._replace(
        holes=[[one for one in holes if id(one.container) in inside] for holes in read.holes]
    )


def _in_order(got: Mapping[int, Got]) -> list[Got]:
    return [got[place] for place in sorted(got)]


def together(work: Iterable[Coroutine[Any, Any, None]]) -> Coroutine[Any, Any, None]:
    """All of it at once, without a task where there is only one piece."""
    pieces = list(work)
    return pieces[0] if len(pieces) == 1 else _in_tasks(pieces)


async def _in_tasks(pieces: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for piece in pieces:
            tasks.create_task(piece)


def _alike(holes: Iterable[Hole], wholes: Mapping[int, Asked]) -> Iterable[list[Hole]]:
    """Holes that will ask for the same, by their parts as text: 1, true and "1" are three."""
    found: defaultdict[object, list[Hole]] = defaultdict(list)
    for hole in holes:
        parts = hole.parts
        if wholes and id(hole.container) in wholes:
            found[hole.container.__class__, id(hole.container)].append(hole)
        elif len(parts) == 1 and parts[0].__class__ in _TOLD_APART:
            found[parts[0]].append(hole)
        else:
            found[None, repr(parts)].append(hole)
    return found.values()


def _chunks(keys: Mapping[Hashable, T], size: int) -> Iterator[dict[Hashable, T]]:
    ahead = iter(keys.items())
    while chunk := dict(islice(ahead, size)):
        yield chunk


def _parts(hole: Hole) -> Parts:
    if None not in hole.parts:
        return hole.parts
    return tuple([MISSING if one is None else one for one in hole.parts])


def _flat(holes: Iterable[list[Hole]]) -> list[Hole]:
    return [hole for same in holes for hole in same]
