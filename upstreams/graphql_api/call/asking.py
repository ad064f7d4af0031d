"""Calls as what is sent: an operation, its variables, and the headers around them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from upstreams.encoding import ACCEPTED
from upstreams.errors import BadInput, Unreachable
from upstreams.graphql_api.call.types import Types
from upstreams.graphql_api.call.writing import Document, document
from upstreams.graphql_api.model import Binding, GraphqlCatalog, Settings
from upstreams.kind import Call
from upstreams.model import (
    Effect,
    Function,
    InputType,
    ListOf,
    Named,
    Scalar,
    ScalarKind,
    TypeRef,
    nullable,
)
from upstreams.transport import Headers, Request

_REMEMBERED = 512
"""How many documents are kept: one for each way to ask."""
_JSON = "application/json"
_ANSWERS = "application/graphql-response+json, application/json;q=0.9"
_LARGE = (ScalarKind.LONG, ScalarKind.UNSIGNED_LONG, ScalarKind.BIG_INT)
_EXACT = 2**53 - 1
"""The largest integer that every reader of JSON reads as it is (RFC 8259 section 6)."""
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Question(NamedTuple):
    """A call as the API understands it."""

    document: Document
    payload: bytes
    """`{"query", "variables"}` as JSON."""


class Asking:
    """Makes questions and requests of calls."""

    def __init__(self, settings: Settings, catalog: GraphqlCatalog) -> None:
        self._settings = settings
        self._types = Types(catalog)
        self._inputs = _Inputs(catalog)
        self._known: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Document] = {}
        own = {name.lower(): (name, value) for name, value in settings.headers.items()}
        usual = {"content-type": ("Content-Type", _JSON), "accept": ("Accept", _ANSWERS)}
        self._own = own
        self._usual = {**usual, "accept-encoding": ("Accept-Encoding", ACCEPTED), **own}

    def question(self, call: Call) -> Question:
        """What is asked. Raises `BadInput`."""
        function: Function[Binding] = call.function
        written = self._document(function, tuple(call.arguments), call.selection)
        declared = {one.name: one.type for one in function.arguments}
        sent = self._inputs.sent
        variables = {name: sent(declared[name], one) for name, one in call.arguments.items()}
        variables |= {one.name: sent(one.type, one.value) for one in written.variables}
        try:
            payload = _ENCODER.encode({"query": written.text, "variables": variables})
        except (TypeError, ValueError, RecursionError) as error:
            raise BadInput("an argument cannot be written as JSON") from error
        return Question(written, payload)

    def request(self, question: Question, call: Call) -> Request:
        """What is sent for one answer. Raises `CallError`."""
        is_read = call.function.effect is Effect.READ
        return self._posted(self.served, question, call, {}, repeatable=is_read)

    def events_request(self, url: str, question: Question, call: Call) -> Request:
        """What is sent for the events of a subscription. Raises `CallError`."""
        accept = ("Accept", "text/event-stream, application/json;q=0.9")
        plain = ("Accept-Encoding", "identity")
        return self._posted(url, question, call, {"accept": accept, "accept-encoding": plain})

    def handshake(self, call: Call) -> Headers:
        """The headers with which a WebSocket is opened."""
        return tuple(self._own.values()) + tuple(call.headers.items())

    @property
    def served(self) -> str:
        """Where operations are sent. Raises `Unreachable` when nobody says."""
        return _known(self._settings.endpoint)

    @property
    def events(self) -> str:
        """Where subscriptions are asked for. Raises `Unreachable` when nobody says."""
        return _known(self._settings.events_endpoint)

    def _posted(
        self,
        url: str,
        question: Question,
        call: Call,
        more: Mapping[str, tuple[str, str]],
        *,
        repeatable: bool = False,
    ) -> Request:
        client = {name: (name, value) for name, value in call.headers.items()}
        headers = {**self._usual, **client, **more}
        return Request("POST", url, tuple(headers.values()), question.payload, repeatable)

    def _document(
        self, function: Function[Binding], given: tuple[str, ...], selection: tuple[str, ...]
    ) -> Document:
        key = (function.name, given, selection)
        known = self._known.get(key)
        if known is None:
            known = document(function, given, selection, self._types)
            if len(self._known) == _REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = known
        return known


def _known(url: str) -> str:
    if not url:
        raise Unreachable("nobody says where the API is; set `url`", retryable=False)
    return url


class _Inputs:
    """Makes of arguments what APIs of any language read as it is meant."""

    def __init__(self, catalog: GraphqlCatalog) -> None:
        self._types = {one.key: one for one in catalog.types if isinstance(one, InputType)}

    def sent(self, ref: TypeRef, value: Any) -> Any:
        """The value, numbers as text where readers of JSON would round them."""
        if value is None:
            return None
        match nullable(ref):
            case Scalar(kind) if kind in _LARGE:
                return value if -_EXACT <= value <= _EXACT else str(value)
            case Scalar(ScalarKind.DECIMAL):
                return value if repr(float(value)) == str(value) else str(value)
            case ListOf(of):
                return [self.sent(of, one) for one in value]
            case Named(key) if key in self._types:
                fields = {one.name: one.type for one in self._types[key].fields}
                return {name: self.sent(fields[name], one) for name, one in value.items()}
            case _:
                return value
