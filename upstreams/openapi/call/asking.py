"""How one function is asked: what no call changes is worked out once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from upstreams.encoding import ACCEPTED
from upstreams.errors import Unreachable
from upstreams.kind import Call
from upstreams.model import Function
from upstreams.openapi import styles
from upstreams.openapi.call.auth import NOTHING, Proof
from upstreams.openapi.call.bodies import Written, written
from upstreams.openapi.call.xml import Xml
from upstreams.openapi.inputs import Inputs
from upstreams.openapi.model import Binding, Parameter, Settings, Where
from upstreams.transport import Headers, Request

_MEMORABLE = 1024
"""Characters of a URL up to which a request is remembered."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """What all functions of an upstream share."""

    settings: Settings
    served: str
    """Where the description says it is; may be empty."""
    inputs: Inputs
    xml: Xml


class Asking:
    """The requests of one function."""

    def __init__(self, upstream: Upstream, function: Function[Binding]) -> None:
        self.function = function
        self._upstream = upstream
        self._binding = function.binding
        self._types = {one.name: one.type for one in function.arguments}
        self._rewritten = any(map(upstream.inputs.rewrites, self._types.values()))
        self._places = {
            where: [one for one in function.binding.parameters if one.where is where]
            for where in Where
        }
        self._path = styles.Path(function.binding.path, self._places[Where.PATH])
        self._asks = bool(self._places[Where.QUERY])
        self._last: tuple[Mapping[str, Any], Request] | None = None
        """The arguments that were asked for last, and the request, where they are all of it."""

    def request(self, call: Call, proof: Proof) -> Request:
        """What is sent. Raises `CallError`."""
        last = self._last
        is_all = proof is NOTHING and not call.headers
        # Of an operation without variables they are the same ones every time.
        if last is not None and last[0] is call.arguments and is_all:
            return last[1]
        arguments = self._sent(call.arguments) if self._rewritten else call.arguments
        body = None if self._binding.body is None else self._body(arguments)
        request = Request(
            self._binding.method,
            self._url(arguments, proof),
            self._headers(call, arguments, body, proof),
            body.content if body else None,
        )
        if is_all and body is None and len(request.url) <= _MEMORABLE:
            self._last = call.arguments, request
        return request

    @cached_property
    def server(self) -> str:
        """Where the function is served. Raises `Unreachable` when nobody knows."""
        upstream = self._upstream
        found = upstream.settings.url or self._binding.server or upstream.served
        if not found:
            raise Unreachable("the description names no address; set `url`", retryable=False)
        return found

    @cached_property
    def _base(self) -> str:
        return self.server.rstrip("/")

    def _sent(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments as the backend expects them."""
        sent = self._upstream.inputs.sent
        return {name: sent(self._types[name], one) for name, one in arguments.items()}

    def _given(self, where: Where, arguments: Mapping[str, Any]) -> list[tuple[Parameter, Any]]:
        return [
            (one, arguments[one.argument])
            for one in self._places[where]
            if one.argument in arguments
        ]

    def _body(self, arguments: Mapping[str, Any]) -> Written | None:
        body = self._binding.body
        assert body is not None  # noqa: S101 - the caller looked
        ref = self._types.get(body.argument)
        return written(body, ref, arguments, self._given(Where.FORM, arguments), self._upstream.xml)

    def _url(self, arguments: Mapping[str, Any], proof: Proof) -> str:
        path = self._path.of(arguments)
        if not self._asks and not proof.query:
            return f"{self._base}{path}"
        asked = self._given(Where.QUERY, arguments)
        if proof.query:
            mine = {one.name for one, _ in proof.query}
            asked = [one for one in asked if one[0].name not in mine]
        query = styles.query([*asked, *proof.query])
        mark = ("&" if "?" in path else "?") if query else ""
        return f"{self._base}{path}{mark}{query}"

    def _headers(
        self, call: Call, arguments: Mapping[str, Any], body: Written | None, proof: Proof
    ) -> Headers:
        if proof is NOTHING and body is None and not call.headers and not self._has_headers:
            return self._usual
        return self._together(call, arguments, body, proof)

    @cached_property
    def _has_headers(self) -> bool:
        return bool(self._places[Where.HEADER] or self._places[Where.COOKIE])

    @cached_property
    def _usual(self) -> Headers:
        """The headers of a call that brings none of its own."""
        return self._together(Call(self.function, {}, 0.0), {}, None, NOTHING)

    def _together(
        self, call: Call, arguments: Mapping[str, Any], body: Written | None, proof: Proof
    ) -> Headers:
        """What is asked for and sent; the operator's headers outrank arguments, a client's both."""
        found = {
            "accept": ("Accept", self._binding.accept),
            "accept-encoding": ("Accept-Encoding", ACCEPTED),
        }
        if body:
            found["content-type"] = ("Content-Type", body.media_type)
        for parameter, value in self._given(Where.HEADER, arguments):
            if value is not None:
                found[parameter.name.lower()] = (parameter.name, styles.header(parameter, value))
        if cookies := styles.cookies(self._given(Where.COOKIE, arguments)):
            found["cookie"] = ("Cookie", cookies)
        operator = (*proof.headers, *self._upstream.settings.headers.items())
        for name, value in (*operator, *call.headers.items()):
            found[name.lower()] = (name, styles.safe_header(name, value))
        for key, value in _lacking(proof, found.get("cookie", ("", ""))[1]):
            before = f"{found['cookie'][1]}; " if "cookie" in found else ""
            found["cookie"] = ("Cookie", f"{before}{key}={value}")
        if body and body.streamed:
            # Without it the body would be sent in chunks, which not every backend takes.
            found["content-length"] = ("Content-Length", str(body.size))
        return tuple(found.values())


def _lacking(proof: Proof, cookies: str) -> Iterator[tuple[str, str]]:
    """The cookies of a proof that are not carried already."""
    carried = {one.partition("=")[0].strip() for one in cookies.split(";")}
    for one in proof.cookies:
        yield from (pair for pair in styles.pairs(*one) if pair[0] not in carried)
