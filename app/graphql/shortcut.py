"""The short way for plain requests whose operation has a plan: from bytes to bytes.

It has two doors: `directly`, for a server that can be answered in one step, and the one of ASGI.

Whatever is not plain (other media types, answers in pieces, texts that are refused, operations
without a plan) has not been begun when the short way gives up, and takes the long one: Strawberry's
view, with the same body.
"""

import asyncio
import re
from collections.abc import Coroutine, Hashable
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from graphql.execution.values import VariableValues
from starlette.types import Message, Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.finishing import Finishing
from app.flights import Flights
from app.graphql.answering import Answer, Answering, sent
from app.graphql.body import body_of, encode
from app.graphql.documents import Documents
from app.graphql.documents.named import IDS
from app.graphql.headers import Headers, named_id, new_id, request_id
from app.graphql.leaving import unless_gone
from app.graphql.manner import Manner, manner_of
from app.graphql.schema import ServedSchema, beside
from app.snapshot import Serving, Snapshot
from app.turn import Begun, Turn
from app.within import within
from schema.plan.model import Plan, Unplannable
from schema.plan.run import run
from schema.request import Request
from schema.scalars import ExactFloat

_MANNER = "manner"
_WISHES = re.compile(rb"\r\n(accept|content-type|x-request-id):[ \t]*([^\r]*)", re.IGNORECASE)
_SMALL = 256
"""Objects and fields up to which a plan may be kept for bodies that come again."""
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


class _Asked(NamedTuple):
    """What a request is, beside its headers."""

    method: str
    query: str
    """Of its URL, as it came."""
    body: bytes


class _Operation(NamedTuple):
    """An operation that will run by its plan."""

    text: str
    said: _Said
    mutates: bool
    plan: Plan
    variables: VariableValues


class _Ready(NamedTuple):
    """The same, with what it will run on."""

    snapshot: Snapshot
    operation: _Operation


class Shortcut:
    """Answers plain requests."""

    def __init__(
        self,
        serving: Serving,
        finishing: Finishing,
        documents: Documents,
        *,
        timeout: float,
        max_body: int,
    ) -> None:
        """`timeout` is how many seconds a body, and then its operation, may take."""
        self._serving = serving
        self._finishing = finishing
        self._documents = documents
        self._timeout = timeout
        self._max_body = max_body
        self._flights: Flights[Answer] = Flights()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """None once nothing is left to do; else how the long way receives the request.

        Raises `TimeoutError` where no body arrives.
        """
        headers = Headers.of(scope["headers"])
        manner = manner_of(scope["method"], headers)
        if manner is None:
            return receive
        body, again = b"", receive
        if scope["method"] == "POST":
            late = asyncio.get_running_loop().time() + self._timeout
            first = await within(late, receive())
            body, again = first.get("body", b""), _again(first, receive)
            if first.get("more_body"):
                return again
        asked = _Asked(scope["method"], scope["query_string"].decode("latin-1"), body)
        ready = self._ready(await self._serving.current(), asked, manner)
        if ready is None:
            return again
        using = ready.snapshot.lines.using
        answering = self._answer(ready, headers, request_id(headers))
        answer = await unless_gone(using(answering), receive)
        if answer is not None:
            await sent(answer.body, manner, send)
        return None

    def directly(self, turn: Turn) -> Begun | None:
        """Begin to answer a plain request of which everything is there; else None."""
        snapshot, body = self._serving.known, turn.body
        if snapshot is None or body is None:
            return None
        manner, named = _said_in_head(turn)
        if manner is None:
            return None
        ready = self._ready(snapshot, _Asked(turn.method, turn.query, body), manner)
        if ready is None:
            return None
        lines = ready.snapshot.lines
        # Another snapshot may be served before the answer is begun.
        lines.use()
        answer = partial(self._answer, ready, Headers(lambda: turn.headers), named or new_id())
        answering = Answering(turn, answer, manner, lines.retire)
        turn.run(answering.work)
        return answering

    def _ready(self, snapshot: Snapshot, asked: _Asked, manner: Manner) -> _Ready | None:
        """The operation with its plan; None where the long way has to look."""
        schema = snapshot.schema
        if schema.exact or len(asked.body) > self._max_body:
            return None
        known = schema.repeated.get(asked.body) if asked.method == "POST" else None
        operation: _Operation | None = known or self._operation(schema, asked, manner)
        return operation and _Ready(snapshot, operation)

    def _operation(self, schema: ServedSchema, asked: _Asked, manner: Manner) -> _Operation | None:
        reads_only = asked.method == "GET"
        said = _of_query(asked.query) if reads_only else _of_body(asked.body)
        if said is None:
            return None
        try:
            text = self._documents.known(
                said.query, said.extensions, said.documentId or said.doc_id
            )
            if text is None:
                return None
            prepared = schema.prepared(text)
            if prepared.plans is None or (prepared.whole and manner.takes_pieces):
                return None
            operation = prepared.plans.operation(said.operationName)
            if operation.mutates and reads_only:
                return None
            plan, variables = operation.plan(said.variables or {})
        except Unplannable:
            return None
        found = _Operation(text, said, operation.mutates, plan, variables)
        if not reads_only and prepared.whole is None and _is_lasting(found):
            schema.repeated.put(asked.body, found)
        return found

    def _answer(
        self, ready: _Ready, headers: Headers, request_id: str
    ) -> Coroutine[Any, Any, Answer]:
        """The response, while somebody else sees to it that lines stay open."""
        request = Request(
            caller=ready.snapshot,
            request_id=request_id,
            deadline=asyncio.get_running_loop().time() + self._timeout,
            headers=headers,
            timeout=self._timeout,
        )
        if ready.operation.mutates:
            # Also of those who do not wait for it.
            using = ready.snapshot.lines.using
            return self._finishing(using(_answered(ready, request)))
        key = _told_apart(ready, headers)
        if key is not None:
            return self._shared(key, ready, request)
        return _answered(ready, request)

    async def _shared(self, key: Hashable, ready: _Ready, request: Request) -> Answer:
        """The response to all that ask for the same at the same time."""
        using = ready.snapshot.lines.using
        shared = await self._flights.join(key, lambda: using(_answered(ready, request)))
        return shared.to(request.request_id)


def _said_in_head(turn: Turn) -> tuple[Manner | None, str | None]:
    """How a request wants to be answered, and its id where it brings one."""
    made, key = turn.head.made, (_MANNER, turn.method)
    known: tuple[Manner | None, str | None] | None = made.get(key)
    if known is None:
        # Few of the lines matter here, and most clients send many.
        told = [(name.lower(), value) for name, value in _WISHES.findall(turn.head.lines)]
        headers = Headers.of(told if turn.head.lines else turn.headers)
        known = made[key] = manner_of(turn.method, headers), named_id(headers)
    return known


def _is_lasting(operation: _Operation) -> bool:
    """Whether nothing but the text of an operation says what is to be done, and that is little."""
    said = operation.said
    is_named = said.extensions or said.documentId or said.doc_id
    return not said.variables and not is_named and operation.plan.places <= _SMALL


def _told_apart(ready: _Ready, headers: Headers) -> Hashable | None:
    """What tells an operation from others that might share its answer; None where none may."""
    plan, variables = ready.operation.plan, ready.operation.variables
    names = ready.snapshot.shared(plan)
    if names is None:
        return None
    try:
        told = repr(variables.coerced)
    except RecursionError:  # as deep as could just be read
        return None
    # A header that says nothing is sent on; one that is not there is not.
    return (id(plan), told, *(headers.get(name) for name in sorted(names)))


async def _answered(ready: _Ready, request: Request) -> Answer:
    """The response of a plan; where data is surprising, the exact path's over the same answers."""
    schema, operation = ready.snapshot.schema, ready.operation
    try:
        data, errors = await run(operation.plan, request, operation.variables)
    except Unplannable as error:
        request.unplanned = error.reason
        result = await schema.execute(
            operation.text,
            variable_values=operation.said.variables,
            context_value=request,
            operation_name=operation.said.operationName,
            allowed_operation_types=_RUN,
        )
        return _whole(result)
    schema.note_planned()
    extensions = beside(request)
    if not errors and not extensions:
        return Answer(encode({"data": data}))
    return _whole(ExecutionResult(dict(data), list(errors) or None, extensions or None))


def _whole(result: ExecutionResult) -> Answer:
    body = body_of(result)
    return Answer(encode(body), body if "errors" in body else None)


def _of_body(body: bytes) -> _Said | None:
    try:
        return _said.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _of_query(query: str) -> _Said | None:
    """What the parameters of a GET say."""
    if not query.isascii():
        return None
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, errors="strict"))
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
