"""One upstream's functions, each called the way its binding says."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from upstreams import json_shape
from upstreams.aws_lambda.api import Api
from upstreams.aws_lambda.call.direct import Direct
from upstreams.aws_lambda.call.each import each
from upstreams.aws_lambda.call.explained import concealed, explained, noted
from upstreams.aws_lambda.call.gateway import Gateway
from upstreams.aws_lambda.call.invocations import Invocation, Invocations, Invoking
from upstreams.aws_lambda.call.payload import context, decoded, encoded, event
from upstreams.aws_lambda.call.streams import messages, payloads
from upstreams.aws_lambda.carried import Carrier
from upstreams.aws_lambda.model import Api as HttpApi
from upstreams.aws_lambda.model import Binding, Form, LambdaCatalog, Operation, Settings
from upstreams.errors import Malformed, TimedOut
from upstreams.json_shape import JsonAnswer
from upstreams.kind import Call, Explanation
from upstreams.model import Effect, Function, message
from upstreams.shape import Answer, Shape, Steps, Value, Wanted
from upstreams.transport import Response

_BESIDE = ("x-amz-executed-version", "x-amzn-requestid", "x-amzn-trace-id")
"""Headers of an invocation that are kept where the function answers HTTP of its own."""


class LambdaClient:
    """An open line to the functions of one upstream."""

    def __init__(
        self, rest: Carrier, name: str, settings: Settings, catalog: LambdaCatalog
    ) -> None:
        self._rest = rest
        self._name = name
        self._settings = settings
        self._catalog = catalog
        self._api = Api(settings)
        self._invocations: Invoking = Invocations(self._api)
        self._behind = {one.name: _Behind(rest, name, settings, one) for one in catalog.wire.apis}

    async def call(self, call: Call) -> Any:
        """The function's answer, decoded; None when it is empty.

        Without credentials or a region to sign with, a call is `Unreachable`, not to be retried:
        no connection can be made until the operator acts.
        """
        return (await self.fetch(call)).value()

    async def fetch(self, call: Call) -> Answer:
        """What the function answered. Raises as `call`, but for what only reading it tells."""
        binding: Binding = call.function.binding
        if binding.operation is not None:
            return await self._operated(call, binding.operation)
        if binding.streaming:
            return Value(await self._collected(call))
        if binding.each:
            return Value(await self._each(call))
        sent = self._invocation(call, event(binding.payload, call.arguments))
        answer = await self._invocations.invoke(sent, call.aside)
        if binding.event:
            return Value(_value(binding, answer))
        return JsonAnswer(answer.body or b"null", decoded)

    def shape(self, function: Function[Binding], wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of the function's answers; None where they are not one JSON text."""
        binding = function.binding
        if binding.operation is not None:
            behind = self._behind[binding.operation.api]
            operated = behind.functions[binding.operation.name]
            return behind.client.shape(operated, wanted, inside)
        if binding.streaming or binding.each or binding.event:
            return None
        return json_shape.shape(wanted, inside)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """What the function answers, as it comes; see `kind.Streams`."""
        async with aclosing(self._messages(call, math.inf)) as found:
            async for one in found:
                yield one

    async def explain(self, call: Call) -> Explanation:
        """As `upstreams.kind.Explains` says."""
        settings = concealed(self._settings)
        other = LambdaClient(self._rest, self._name, settings, self._catalog)
        binding: Binding = call.function.binding
        if binding.each:
            items = call.arguments.get("input") or (None,)
            one = other._invocation(call, encoded(items[0]))
            return replace(await explained(one, settings), times=len(items))

        async def ask(invoking: Invoking) -> None:
            other._invocations = invoking
            await other.call(call)

        return await explained(await noted(ask), settings)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._api.aclose()

    def _invocation(self, call: Call, sent: bytes) -> Invocation:
        binding: Binding = call.function.binding
        plain = binding.form is Form.PLAIN
        told = {**self._settings.client_context, **call.headers} if plain else {}
        return Invocation(
            binding,
            sent,
            call.deadline,
            reads=call.function.effect is Effect.READ,
            forwarded=call.headers,
            context=context(told),
        )

    async def _each(self, call: Call) -> list[Any]:
        sent = self._invocation(call, b"")

        async def invoke(item: Any) -> Response:
            return await self._invocations.invoke(replace(sent, event=encoded(item)), call.aside)

        items = call.arguments.get("input") or ()
        return [
            _value(sent.binding, answer)
            for answer in await each(items, invoke, self._settings.max_response)
        ]

    async def _operated(self, call: Call, operation: Operation) -> Answer:
        """A call of an HTTP API's operation, whose client believes to speak HTTP."""
        behind = self._behind[operation.api]
        line = self._line(call, behind.base)
        try:
            return await behind.client.over(line).fetch(
                replace(call, function=behind.functions[operation.name])
            )
        finally:
            beside = {name: line.aside.headers.get(name, "") for name in _BESIDE}
            kept = {name: value for name, value in beside.items() if value}
            call.aside.headers = {**call.aside.headers, **kept}

    def _line(self, call: Call, base: str) -> Gateway | Direct:
        one = self._invocation(call, b"")
        if one.binding.form in (Form.PLAIN, Form.URL):
            return Direct(self._invocations, one)
        return Gateway(self._invocations, one, base=base, most=self._settings.max_response)

    async def _collected(self, call: Call) -> list[Any]:
        try:
            async with (
                asyncio.timeout_at(call.deadline),
                aclosing(self._messages(call, self._settings.max_response)) as found,
            ):
                return [one async for one in found]
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error

    async def _messages(self, call: Call, most: float) -> AsyncGenerator[Any, None]:
        """The messages, until they have more than `most` bytes together."""
        binding: Binding = call.function.binding
        limit = self._settings.max_response
        begun = asyncio.get_running_loop().time() + self._settings.timeout
        sent = self._invocation(call, event(binding.payload, call.arguments))
        sent = replace(sent, deadline=min(call.deadline, begun))
        async with self._invocations.stream(sent, call.aside) as answer:
            body = answer.body
            if binding.form is not Form.URL:
                body = payloads(body, limit)
            chunks = _limited(body, most)
            content_type = call.aside.headers.get("content-type", "")
            async for one in messages(chunks, content_type, message(call.function), limit):
                yield one


class _Behind:
    """An HTTP API whose operations functions serve."""

    def __init__(self, rest: Carrier, name: str, settings: Settings, api: HttpApi) -> None:
        # The setting is where AWS's own API is; of this one the description may say it.
        told = api.catalog.url.startswith("http")
        url = None if told else f"https://{api.name}.execute-api.amazonaws.com"
        self.base = urlsplit(api.catalog.url).path.rstrip("/") if told else ""
        self.client = rest.connect(name, replace(settings, url=url), api.catalog)
        self.functions = {one.name: one for one in api.catalog.functions}


def _value(binding: Binding, answer: Response) -> Any:
    if not binding.event:
        return decoded(answer.body)
    return {"accepted": True, "requestId": answer.header("x-amzn-requestid")}


async def _limited(chunks: AsyncIterator[bytes], most: float) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise Malformed(f"the answer is larger than the limit of {most} bytes")
        yield chunk
