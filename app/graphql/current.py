"""The schema of the moment: every operation gets the snapshot there is when it starts.

A connection may outlive many snapshots, and a request's body may take its time to arrive, so what
an operation runs on is settled at the last moment: schema, lines to the upstreams, and deadline all
belong to the same snapshot.
"""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, Final, TypeVar

import msgspec
from cross_web import HTTPException
from graphql import GraphQLError
from strawberry.http import GraphQLRequestData
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from app.finishing import Finishing
from app.graphql.documents import DocumentError, Documents, MalformedError, Named
from app.graphql.headers import takes_json
from app.graphql.incremental import Pieces
from app.snapshot import CurrentSnapshot, Snapshot
from schema.plan.model import Unplannable
from schema.request import Request

T = TypeVar("T")

_NEEDS_A_STREAM = (
    "a subscription is answered over a WebSocket (graphql-transport-ws), or as events for a request"
    " with `Accept: text/event-stream`"
)


_AT_ONCE: Final = "http"
"""What Strawberry calls the protocol in which an answer is one piece of JSON."""


class BadRequest(HTTPException):
    """A request over HTTP that is wrong in itself, with the error that says so."""

    def __init__(self, error: GraphQLError) -> None:
        super().__init__(400, error.message)
        self.error = error


class CurrentSchema:
    """What Strawberry's view takes for its schema."""

    config = StrawberryConfig()
    """Strawberry's own settings: batches, among other things, are off."""

    def __init__(
        self,
        current: CurrentSnapshot,
        timeout: float,
        finishing: Finishing,
        documents: Documents,
    ) -> None:
        """`timeout` is how many seconds one operation may take."""
        self._current = current
        self._documents = documents
        self._finishing = finishing
        self._timeout = timeout

    async def execute(
        self, query: str | None, *, context_value: Request, **options: Any
    ) -> ExecutionResult | Pieces:
        """One operation over HTTP, answered at once, or in the pieces that its client wants."""
        options["allowed_operation_types"].discard(OperationType.SUBSCRIPTION)
        try:
            text = self._text(query)
        except MalformedError as error:
            raise BadRequest(error) from error
        except DocumentError as error:
            return ExecutionResult(data=None, errors=[error])
        snapshot = await self._current()
        request = self._bound(context_value, snapshot)
        try:
            async with snapshot.lines.used():
                result = await snapshot.schema.execute(text, context_value=request, **options)
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(400, _NEEDS_A_STREAM) from error
            raise
        if isinstance(result, Pieces):
            return result._replace(subsequent_results=_held(snapshot, result.subsequent_results))
        return result

    async def stream(
        self, query: str | None, *, context_value: Request, **options: Any
    ) -> StreamResult:
        """One operation over a WebSocket, or over HTTP in pieces, as a stream of results."""
        try:
            text = self._text(query)
        except DocumentError as error:
            return _refused(error)
        snapshot = await self._current()
        request = self._bound(context_value, snapshot)
        return _held(snapshot, await snapshot.schema.stream(text, context_value=request, **options))

    async def plainly(self, data: GraphQLRequestData, request: Request) -> GraphQLRequestData:
        """What a request says, to be answered at once where its client and operation allow it.

        Raises `DocumentError`.
        """
        if data.protocol == _AT_ONCE or not takes_json(request.headers.get("accept", "")):
            return data
        data = dataclasses.replace(data, query=self._text(data.query))
        whole = await self._comes_whole(data.query or "", data.operation_name)
        return dataclasses.replace(data, protocol=_AT_ONCE) if whole else data

    async def _comes_whole(self, text: str, operation_name: str | None) -> bool:
        """Whether an operation is answered in one piece: no subscription, and nothing deferred.

        So is one that cannot run.
        """
        prepared = (await self._current()).schema.prepared(text)
        if prepared.plans is None:
            return True
        try:
            subscribes = prepared.plans.operation(operation_name).subscribes
        except Unplannable:
            return True
        return not subscribes and prepared.whole is None

    def _text(self, query: str | None) -> str:
        """The text to run for what a request says. Raises `DocumentError`."""
        if isinstance(query, Named):
            return self._documents.text(str(query), query.extensions, query.document_id)
        return self._documents.text(query, None, None)

    def _bound(self, request: Request, snapshot: Snapshot) -> Request:
        deadline = asyncio.get_running_loop().time() + self._timeout
        return msgspec.structs.replace(
            request,
            caller=snapshot,
            deadline=deadline,
            timeout=self._timeout,
            asked={},
            finish=lambda work: self._finishing(_using(snapshot, work)),
        )


async def _refused(error: DocumentError) -> AsyncGenerator[PreExecutionError, None]:
    yield PreExecutionError(data=None, errors=[error])


async def _using(snapshot: Snapshot, work: Coroutine[Any, Any, Any]) -> Any:
    async with snapshot.lines.used():
        return await work


async def _held(snapshot: Snapshot, results: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    async with snapshot.lines.used(), aclosing(results):
        async for result in results:
            yield result
