"""The schema of the moment: every operation gets the snapshot there is when it starts.

A connection may outlive many snapshots, and a request's body may take its time to arrive, so what
an operation runs on is settled at the last moment: schema, lines to the upstreams, and deadline all
belong to the same snapshot.
"""

import asyncio
import dataclasses
from typing import Any

from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionResult

from app.snapshot import CurrentSnapshot, Snapshot
from schema.request import Request


class CurrentSchema:
    """What Strawberry's view takes for its schema."""

    config = StrawberryConfig()
    """Strawberry's own settings: batches, among other things, are off."""

    def __init__(self, current: CurrentSnapshot, timeout: float) -> None:
        """`timeout` is how many seconds one operation may take."""
        self._current = current
        self._timeout = timeout

    async def execute(
        self, query: str | None, *, context_value: Request, **options: Any
    ) -> ExecutionResult:
        """One operation over HTTP, answered."""
        snapshot = await self._current()
        request = self._bound(context_value, snapshot)
        return await snapshot.schema.execute(query, context_value=request, **options)

    async def stream(
        self, query: str | None, *, context_value: Request, **options: Any
    ) -> StreamResult:
        """One operation over a WebSocket, answered as a stream of results."""
        snapshot = await self._current()
        request = self._bound(context_value, snapshot)
        return await snapshot.schema.stream(query, context_value=request, **options)

    def _bound(self, request: Request, snapshot: Snapshot) -> Request:
        deadline = asyncio.get_running_loop().time() + self._timeout
        return dataclasses.replace(
            request, caller=snapshot, deadline=deadline, timeout=self._timeout, asked={}
        )
