"""The short way for plain requests whose operation has a plan: from bytes to bytes.

Whatever is not plain (other media types, answers in pieces, texts that are refused, operations
without a plan) has not been begun when the short way gives up, and takes the long one: Strawberry's
view, with the same body.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from graphql.execution.values import VariableValues
from starlette.types import Message, Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.dates import date
from app.finishing import Finishing
from app.flights import Flights
from app.graphql.body import body_of, encode
from app.graphql.documents import Documents
from app.graphql.documents.named import IDS
from app.graphql.headers import Headers, accepted, request_id, takes_json
from app.graphql.incremental import ACCEPTED, taken_by
from app.graphql.leaving import unless_gone
from app.graphql.schema import beside
from app.snapshot import CurrentSnapshot, Snapshot
from app.within import within
from schema.plan.model import Plan, Unplannable
from schema.plan.run import run
from schema.request import Request
from schema.scalars import ExactFloat

_JSON = b"application/json"
_PIECES = tuple(one.encode() for one in ACCEPTED)
_RUN = frozenset({OperationType.QUERY, OperationType.MUTATION})


class _Said(msgspec.Struct):
    """What a request says (GraphQL over HTTP §5)."""

    query: str | None = None
    operationName: str | None = None  # noqa: N815 - the protocol's own name
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    documentId: str | None = None  # noqa: N815 - the protocol's own name
    doc_id: str | None = None


_said = msgspec.json.Decoder(_Said, float_hook=ExactFloat)
_object = msgspec.json.Decoder(dict[str, Any] | None, float_hook=ExactFloat)


class _Ready(NamedTuple):
    """An operation that will run by its plan."""

    text: str
    said: _Said
    snapshot: Snapshot
    mutates: bool
    plan: Plan
    variables: VariableValues


class Shortcut:
    """Answers plain requests."""

    def __init__(
        self,
        current: CurrentSnapshot,
        finishing: Finishing,
        documents: Documents,
        *,
        timeout: float,
        max_body: int,
    ) -> None:
        """`timeout` is how many seconds a body, and then its operation, may take."""
        self._current = current
        self._finishing = finishing
        self._documents = documents
        self._timeout = timeout
        self._max_body = max_body
        self._flights: Flights[_Answered] = Flights()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """None once nothing is left to do; else how the long way receives the request.

        Raises `TimeoutError` where no body arrives.
        """
        headers = Headers(scope["headers"])
        if not _is_plain(scope["method"], headers):
            return receive
        if scope["method"] == "GET":
            ready = await self._ready(_of_query(scope["query_string"]), headers, reads_only=True)
        else:
            late = asyncio.get_running_loop().time() + self._timeout
            first = await within(late, receive())
            if first.get("more_body") or len(first.get("body", b"")) > self._max_body:
                return _again(first, receive)
            said = _of_body(first.get("body", b""))
            ready = await self._ready(said, headers, reads_only=False)
            receive = receive if ready else _again(first, receive)
        if ready is None:
            return receive
        body = await unless_gone(self._body(ready, headers), receive)
        if body is not None:
            await _send(body, accepted(headers).encode(), send)
        return None

    async def _ready(
        self, said: _Said | None, headers: Headers, *, reads_only: bool
    ) -> _Ready | None:
        """The operation with its plan; None where the long way has to look."""
        if said is None or (snapshot := await self._current()).schema.exact:
            return None
        try:
            text = self._documents.known(
                said.query, said.extensions, said.documentId or said.doc_id
            )
            if text is None:
                return None
            prepared = snapshot.schema.prepared(text)
            if prepared.plans is None or (prepared.whole and _takes_pieces(headers)):
                return None
            operation = prepared.plans.operation(said.operationName)
            if operation.mutates and reads_only:
                return None
            plan, variables = operation.plan(said.variables or {})
        except Unplannable:
            return None
        return _Ready(text, said, snapshot, operation.mutates, plan, variables)

    async def _body(self, ready: _Ready, headers: Headers) -> bytes:
        """The body of the response."""
        request = Request(
            caller=ready.snapshot,
            request_id=request_id(headers),
            deadline=asyncio.get_running_loop().time() + self._timeout,
            headers=headers,
            timeout=self._timeout,
        )
        lines = ready.snapshot.lines
        if ready.mutates:
            return (await self._finishing(lines.using(_answered(ready, request)))).body
        told_apart_by = ready.snapshot.shared(ready.plan)
        if told_apart_by is not None:
            # A header that says nothing is sent on; one that is not there is not.
            said = [headers.get(name) for name in sorted(told_apart_by)]
            key = (id(ready.plan), repr(ready.variables.coerced), *said)
            shared = await self._flights.join(key, lambda: lines.using(_answered(ready, request)))
            return shared.to(request.request_id)
        return (await lines.using(_answered(ready, request))).body


class _Answered(NamedTuple):
    """A response."""

    body: bytes
    failed: Mapping[str, Any] | None = None
    """What the body says, where it has errors."""

    def to(self, request_id: str) -> bytes:
        """The body, for whichever of those who share it: each is told its own id."""
        if self.failed is None:
            return self.body
        errors = [_addressed(error, request_id) for error in self.failed["errors"]]
        return encode({**self.failed, "errors": errors})


def _addressed(error: Mapping[str, Any], request_id: str) -> Mapping[str, Any]:
    extensions = error.get("extensions", {})
    if "requestId" not in extensions:
        return error
    return {**error, "extensions": {**extensions, "requestId": request_id}}


async def _answered(ready: _Ready, request: Request) -> _Answered:
    """The response of a plan; where data is surprising, the exact path's over the same answers."""
    schema = ready.snapshot.schema
    try:
        data, errors = await run(ready.plan, request, ready.variables)
    except Unplannable as error:
        request.unplanned = error.reason
        result = await schema.execute(
            ready.text,
            variable_values=ready.said.variables,
            context_value=request,
            operation_name=ready.said.operationName,
            allowed_operation_types=_RUN,
        )
        return _whole(result)
    schema.note_planned()
    extensions = beside(request)
    if not errors and not extensions:
        return _Answered(encode({"data": data}))
    return _whole(ExecutionResult(dict(data), list(errors) or None, extensions or None))


def _whole(result: ExecutionResult) -> _Answered:
    body = body_of(result)
    return _Answered(encode(body), body if "errors" in body else None)


def _is_plain(method: str, headers: Headers) -> bool:
    """Whether a request is JSON or in its URL, and wants its answer in one piece of JSON."""
    accept = headers.all(b"accept")
    if any(one in accept for one in _PIECES) and not takes_json(accept.decode("latin-1")):
        return False
    if method == "GET":
        # A browser is shown the explorer.
        return b"text/html" not in accept
    media_type, _, parameters = headers.first(b"content-type").partition(b";")
    if method != "POST" or media_type.strip().lower() != _JSON:
        return False
    return not parameters or parameters.strip().lower() == b"charset=utf-8"


def _takes_pieces(headers: Headers) -> bool:
    return taken_by(headers.all(b"accept").decode("latin-1"))


def _of_body(body: bytes) -> _Said | None:
    try:
        return _said.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _of_query(query: bytes) -> _Said | None:
    """What the parameters of a GET say."""
    try:
        given = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict"))
        objects = {
            name: _object.decode(given[name])
            for name in ("variables", "extensions")
            if given.get(name)
        }
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    named = {name: given[name] for name in ("query", "operationName", *IDS) if given.get(name)}
    return _Said(**named, **objects)  # type: ignore[arg-type]  # texts, and objects


def _again(first: Message, receive: Receive) -> Receive:
    """Receives what was received already, and then the rest."""
    ahead: list[Message] = [first]

    async def again() -> Message:
        return ahead.pop() if ahead else await receive()

    return again


async def _send(body: bytes, media_type: bytes, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", media_type + b"; charset=utf-8"),
                (b"content-length", b"%d" % len(body)),
                (b"date", date()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
