"""Whether the schema of the moment can run what is trusted: told before clients find out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager

from graphql import GraphQLError, GraphQLSchema

from app.config import Problem
from app.gateway import Gateway
from app.graphql.documents.manifest import Trusted
from schema.prepare import Preparer

log = logging.getLogger(__name__)

_REST = 4
"""How many times as long as it takes to try a document requests have the processor to themselves.

A thread that validates keeps the event loop waiting for Python's lock.
"""
_MOST_LINES = 20


def unfit(
    documents: Iterable[Trusted], schema: GraphQLSchema, max_tokens: int
) -> Iterator[Problem]:
    """Everything that keeps the schema from running a trusted document, and where that is."""
    preparer = Preparer(schema, max_tokens=max_tokens, remembered=0)
    for one in documents:
        for error in preparer.prepare(one.text).errors:
            yield Problem(one.at, f"{one.name or one.id}: {_said(error)}")


@asynccontextmanager
async def judging(documents: Sequence[Trusted], gateway: Gateway) -> AsyncIterator[None]:
    """Until the block ends, the documents are tried with every schema that is served."""
    if not documents:
        yield
        return
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_judge(documents, gateway))
        try:
            yield
        finally:
            task.cancel()


async def _judge(documents: Sequence[Trusted], gateway: Gateway) -> None:
    known: frozenset[Problem] = frozenset()
    while True:
        await gateway.replaced.wait()
        gateway.replaced.clear()
        schema = gateway.snapshot.schema.core
        problems = [one async for one in _problems(documents, schema, gateway)]
        _warn([one for one in problems if one not in known])
        known = frozenset(problems)


async def _problems(
    documents: Iterable[Trusted], schema: GraphQLSchema, gateway: Gateway
) -> AsyncIterator[Problem]:
    loop, most = asyncio.get_running_loop(), gateway.config.server.max_tokens
    for one in documents:
        started = loop.time()
        for problem in await asyncio.to_thread(list, unfit([one], schema, most)):
            yield problem
        await asyncio.sleep(_REST * (loop.time() - started))


def _warn(problems: Sequence[Problem]) -> None:
    for one in problems[:_MOST_LINES]:
        log.warning("trusted document cannot run", extra={"at": one.at, "problem": one.message})
    if len(problems) > _MOST_LINES:
        more = len(problems) - _MOST_LINES
        log.warning("more trusted documents cannot run", extra={"problems": more})


def _said(error: GraphQLError) -> str:
    """`Cannot query field 'x' on type 'Query'. (line 3, column 5)`"""
    place = next(iter(error.locations or ()), None)
    return f"{error.message} (line {place.line}, column {place.column})" if place else error.message
