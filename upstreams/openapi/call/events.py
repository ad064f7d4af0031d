"""What a backend sends to the gateway, as the messages of subscriptions."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from upstreams.errors import Malformed, Unreachable
from upstreams.kind import Call, Event, Reader, Receipt
from upstreams.model import (
    EnumType,
    Function,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeRef,
    message,
    nullable,
)
from upstreams.openapi import styles
from upstreams.openapi.call.answers import Answers
from upstreams.openapi.model import Binding, Form, Hook, Incoming, OpenApiCatalog, Where
from upstreams.openapi.translate.media import form
from upstreams.transport import Response

_BAD, _NOT_FOUND, _FOREIGN = 400, 404, 415
_EMBEDDED = re.compile(r"\{\}")
_TRUTH: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
_MOST_FIELDS = 1000
"""How many fields a form may have."""
_NUMBERS = (ScalarKind.FLOAT, ScalarKind.DECIMAL)


class _Foreign(Malformed):
    """A body of another media type than the described one."""


class Events:
    """The callbacks and webhooks of one catalog."""

    def __init__(self, catalog: OpenApiCatalog, answers: Answers, timeout: float) -> None:
        """`timeout` is how many seconds the backend has to say that it will call."""
        self._functions = {one.name: one for one in catalog.functions}
        self._types = {one.key: one for one in catalog.types}
        self._answers = answers
        self._timeout = timeout
        self._readers: dict[str, Reader] = {}

    async def stream(
        self, call: Call, ask: Callable[[Call], Awaitable[Any]]
    ) -> AsyncGenerator[Any, None]:
        """The messages for one subscription; a callback's operation is asked first, by `ask`.

        Raises `CallError`.
        """
        incoming = _incoming(call.function)
        if call.mailbox is None:
            raise Unreachable(
                "this gateway takes no events: `server: events:` says", retryable=False
            )
        with call.mailbox.open(self.reader(call.function)) as messages:
            if incoming.origin:
                await ask(self._asking(call, incoming, call.mailbox.url))
            async for one in messages:
                yield one

    def reader(self, function: Function[Binding]) -> Reader:
        """What reads the requests that are sent to an address of a function, always the same."""
        if function.name not in self._readers:
            self._readers[function.name] = self._reader(function)
        return self._readers[function.name]

    def _reader(self, function: Function[Binding]) -> Reader:
        incoming = _incoming(function)
        hooks = [(one, _pattern(one)) for one in (incoming.hook, *incoming.others)]

        def read(event: Event) -> Receipt:
            meant = (hook for hook, pattern in hooks if _is_meant(hook, pattern, event))
            found = next(meant, None)
            if found is not incoming.hook:
                return Receipt(found.status if found else _NOT_FOUND)
            try:
                return Receipt(found.status, (self._message(function, event),))
            except _Foreign:
                return Receipt(_FOREIGN)
            except Malformed:
                return Receipt(_BAD)

        return read

    def _asking(self, call: Call, incoming: Incoming, url: str) -> Call:
        """The call of the operation that is told the address."""
        deadline = min(call.deadline, asyncio.get_running_loop().time() + self._timeout)
        arguments = _filled(call.arguments, incoming.address, url)
        origin = self._functions[incoming.origin]
        return Call(origin, arguments, deadline, headers=call.headers)

    def _message(self, function: Function[Binding], event: Event) -> Any:
        """What an event says. Raises `Malformed`."""
        binding, ref = function.binding, message(function)
        content_type = event.headers.get("content-type", "")
        if binding.answer is Form.NONE:
            return self._object(ref, _carried(binding, event)) if binding.parameters else None
        if content_type and not _readable(binding.answer, content_type):
            raise _Foreign(f"it is {content_type:.40}")
        if binding.answer is Form.URLENCODED:
            return self._object(ref, _pairs(_decoded(event.body)))
        told = Response(0, tuple(event.headers.items()), event.body)
        # The function's value is the list of its messages.
        (shown,) = self._answers.shown([self._answers.read(told, binding.answer, ref)], function)
        return shown

    def _object(self, ref: TypeRef, texts: Mapping[str, list[str]]) -> Any:
        """The texts of a form or a query as an object. Raises `Malformed`."""
        plain = nullable(ref)
        known = self._types.get(plain.key) if isinstance(plain, Named) else None
        if isinstance(known, ObjectType):
            fields = ((one.name, one.type) for one in known.fields)
            return {name: self._value(of, texts[name]) for name, of in fields if name in texts}
        inner = plain.of if isinstance(plain, MapOf) else Scalar(ScalarKind.STRING)
        return {name: self._value(inner, one) for name, one in texts.items()}

    def _value(self, ref: TypeRef, texts: Sequence[str]) -> Any:
        match nullable(ref):
            case ListOf(of):
                return [self._value(of, [text]) for text in texts]
            case Scalar(kind):
                return _leaf(kind, texts[0])
            case Named(key) if isinstance(known := self._types.get(key), EnumType):
                meant = (one.value for one in known.values if styles.text(one.value) == texts[0])
                return next(meant, texts[0])
            case _:
                return _json(texts[0])


def _incoming(function: Function[Binding]) -> Incoming:
    incoming = function.binding.incoming
    assert incoming is not None  # noqa: S101 - only functions of this flow come here
    return incoming


def _pattern(hook: Hook) -> re.Pattern[str]:
    """`/orders/{}` as what matches `/orders/7`; a slash at the end says nothing."""
    literal = map(re.escape, _EMBEDDED.split(hook.suffix.rstrip("/")))
    return re.compile("[^/]*".join(literal))


def _is_meant(hook: Hook, pattern: re.Pattern[str], event: Event) -> bool:
    return event.method == hook.method and bool(pattern.fullmatch(event.path.rstrip("/")))


def _readable(how: Form, content_type: str) -> bool:
    return how in (Form.BYTES, Form.TEXT) or form(content_type) is how


def _filled(value: Any, path: Sequence[str], url: str) -> Any:
    """The value with the address at its place, and objects on the way there if need be."""
    if not path:
        return url
    members = value if isinstance(value, Mapping) else {}
    return {**members, path[0]: _filled(members.get(path[0]), path[1:], url)}


def _carried(binding: Binding, event: Event) -> dict[str, list[str]]:
    """What the query and the headers say of the parameters."""
    query = _pairs(event.query)
    found = (
        (one.name, _header(event, one.name) if one.where is Where.HEADER else query.get(one.name))
        for one in binding.parameters
    )
    return {name: texts for name, texts in found if texts}


def _header(event: Event, name: str) -> list[str]:
    return [event.headers[name.lower()]] if name.lower() in event.headers else []


def _pairs(text: str) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Malformed("a form with too many fields") from error
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("a form that is not UTF-8") from error


def _leaf(kind: ScalarKind, text: str) -> Any:
    """A text as the scalar it stands for; one that is none stays a text, for others to refuse."""
    match kind:
        case ScalarKind.BOOLEAN:
            return _TRUTH.get(text, text)
        case _ if kind in _NUMBERS:
            return _number(text)
        case ScalarKind.STRING | ScalarKind.JSON:
            return text
        case _:
            return text or None


def _number(text: str) -> Decimal | str | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return text


def _json(text: str) -> Any:
    """What is neither leaf nor list stands in a form as JSON (OpenAPI 3.1.1 section 4.8.15)."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed("a field of a form is not JSON") from error
