"""One call for many: the keys that objects ask for in one turn of the event loop, together."""

import asyncio
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

from graphql import GraphQLError, GraphQLResolveInfo

from schema.execute import answer
from schema.failures import broken, failed
from schema.join import Batched, Given, Join
from schema.joins.match import matched
from schema.request import Asked, Path, Request
from schema.shaping.namespaces import top
from upstreams.errors import CallError

AT_ONCE = 32
"""How many calls the joins of one request have under way at one upstream at a time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back for one key."""

    items: Sequence[Any] = ()
    asked: Asked | None = None
    error: GraphQLError | None = None


_Key: TypeAlias = tuple[Hashable, Path]
"""What is asked for, and where the first object is that asked for it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the objects of one request ask of one join, each key once."""

    join: Join
    batched: Batched
    given: Given
    bound: asyncio.Semaphore
    _waiting: list[_Key] = field(default_factory=list)
    _known: dict[Hashable, asyncio.Future[Answered]] = field(default_factory=dict)

    async def get(self, key: Hashable, path: Path, info: GraphQLResolveInfo[Request]) -> Answered:
        """What answers the key. Whoever asks first makes the calls for all of this turn."""
        known = self._known.get(key)
        if known is not None:
            return await asyncio.shield(known)
        known = self._known[key] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, path))
        if len(self._waiting) == 1:
            await self._turn(info)
        return await asyncio.shield(known)

    async def _turn(self, info: GraphQLResolveInfo[Request]) -> None:
        try:
            # The other items of the list are resolved before this one goes on.
            await asyncio.sleep(0)
            keys = self._waiting.copy()
            self._waiting.clear()
            async with asyncio.TaskGroup() as tasks:
                for chunk in _chunks(keys, self.batched.most):
                    tasks.create_task(self._answer(chunk, info))
        except asyncio.CancelledError:
            for future in self._known.values():
                future.cancel()
            raise

    async def _answer(self, chunk: Sequence[_Key], info: GraphQLResolveInfo[Request]) -> None:
        keys, path = [key for key, _ in chunk], chunk[0][1]
        try:
            async with self.bound:
                value = await answer(
                    self.join,
                    path,
                    info,
                    lambda: self.batched.arguments(keys, self.given),
                    None,
                )
            found = matched(self.batched, keys, value)
            answers = [Answered(found.get(key, ()), info.context.asked[path]) for key in keys]
        except GraphQLError as error:
            answers = [Answered(error=error)] * len(keys)
        except CallError as error:
            failure = failed(error, self.join, info.context.request_id)
            answers = [Answered(error=failure)] * len(keys)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: logged, never shown
            failure = broken(error, self.join, info.context.request_id)
            answers = [Answered(error=failure)] * len(keys)
        for key, answered in zip(keys, answers, strict=True):
            self._known[key].set_result(answered)


def _chunks(keys: Sequence[_Key], size: int) -> Iterator[Sequence[_Key]]:
    ahead = iter(keys)
    while chunk := list(islice(ahead, size)):
        yield chunk


def bound_of(request: Request, upstream: str) -> asyncio.Semaphore:
    """What keeps the calls that the request's joins make at one upstream in bounds."""
    bound: asyncio.Semaphore = request.joining.setdefault(upstream, asyncio.Semaphore(AT_ONCE))
    return bound


def load_of(
    join: Join,
    batched: Batched,
    given: Given,
    info: GraphQLResolveInfo[Request],
    selection: Sequence[str],
) -> Load:
    """The one load of a request for objects that ask the same join in the same way.

    Below a mutation, fields at the root are apart: what one wrote, the next may read.
    """
    request = given.request
    identity = (id(join), repr(given.arguments), tuple(selection), top(info))
    if identity not in request.joining:
        bound = bound_of(request, join.upstream)
        request.joining[identity] = Load(join, batched, given, bound)
    load: Load = request.joining[identity]
    return load
