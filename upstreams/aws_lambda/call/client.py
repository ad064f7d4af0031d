"""One upstream's functions, each called the way its binding says."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from upstreams import json_shape
from upstreams.aws_lambda.api import Api
from upstreams.aws_lambda.call.direct import Direct
from upstreams.aws_lambda.call.each import each
from upstreams.aws_lambda.call.explained import concealed, explained, noted
from upstreams.aws_lambda.call.gateway import Gateway
from upstreams.aws_lambda.call.invocations import Invocation, Invocations, Invoking
from upstreams.aws_lambda.call.layouts import Described, Layout, Plain, Proxied
from upstreams.aws_lambda.call.payload import context, decoded, event, items, listed
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
        if not binding.answers_at_once:
            return Value(await self._otherwise(call, binding))
        if binding.operation is not None:
            return await self._operated(call, binding.operation)
        sent = self._invocation(call, event(binding.payload, call.arguments))
        answer = await self._invocations.invoke(sent, call.aside)
        return JsonAnswer(answer.body or b"null", decoded)

    def shape(self, function: Function[Binding], wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of the function's answers; None where they are not one JSON text."""
        binding = function.binding
        if not binding.answers_at_once:
            return None
        if binding.operation is not None:
            behind = self._behind[binding.operation.api]
            operated = behind.functions[binding.operation.name]
            return behind.client.shape(operated, wanted, inside)
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
            event = await other._layout(call).event({"input": items[0]})
            one = other._invocation(call, event)
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
        custom = self._settings.client_context
        if call.headers and binding.form is Form.PLAIN:
            custom = {**custom, **call.headers}
        return Invocation(
            binding,
            sent,
            call.deadline,
            reads=call.function.effect is Effect.READ,
            forwarded=call.headers,
            context=context(custom) if custom and binding.form is Form.PLAIN else "",
        )

    async def _otherwise(self, call: Call, binding: Binding) -> Any:
        """The value where it is more, or less, than one answer."""
        if binding.streaming:
            return await self._collected(call)
        if binding.each:
            return await self._each(call)
        if binding.itemwise:
            return await self._together(call)
        sent = self._invocation(call, await self._layout(call).event(call.arguments))
        answer = await self._invocations.invoke(sent, call.aside)
        return {"accepted": True, "requestId": answer.header("x-amzn-requestid")}

    async def _each(self, call: Call) -> list[Any]:
        sent, layout = self._invocation(call, b""), self._layout(call)

        async def invoke(item: Any) -> Response:
            one = msgspec.structs.replace(sent, event=await layout.event({"input": item}))
            return await self._invocations.invoke(one, call.aside)

        items = call.arguments.get("input") or ()
        answers = await each(items, invoke, self._settings.max_response)
        return [await layout.value(answer.body) for answer in answers]

    async def _together(self, call: Call) -> list[Any]:
        """One invocation for all items, each laid out for itself."""
        layout, given = self._layout(call), call.arguments.get("input") or ()
        events = [await layout.event({"input": item}) for item in given]
        sent = self._invocation(call, listed(events))
        answer = await self._invocations.invoke(sent, call.aside)
        return [await layout.value(one) for one in items(answer.body)]

    def _layout(self, call: Call) -> Layout:
        binding: Binding = call.function.binding
        if binding.operation is None:
            return Plain(binding.payload)
        behind = self._behind[binding.operation.api]
        function, line = behind.functions[binding.operation.name], self._line(call, behind.base)
        if isinstance(line, Gateway):
            return Proxied(behind.client, function, line)
        return Described(behind.client, function)

    async def _operated(self, call: Call, operation: Operation) -> Answer:
        """A call of an HTTP API's operation, whose client believes to speak HTTP."""
        behind = self._behind[operation.api]
        line = self._line(call, behind.base)
        try:
            return await behind.client.over(line).fetch(
                msgspec.structs.replace(call, function=behind.functions[operation.name])
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
        layout = self._layout(call)
        sent = self._invocation(call, await layout.event(call.arguments))
        sent = msgspec.structs.replace(sent, deadline=min(call.deadline, begun))
        async with self._invocations.stream(sent, call.aside) as answer:
            body = answer.body
            if binding.form is not Form.URL:
                body = payloads(body, limit)
            chunks = _limited(body, most)
            content_type = call.aside.headers.get("content-type", "")
            async for one in messages(chunks, content_type, message(call.function), limit):
                yield await layout.message(one)


class _Behind:
    """An HTTP API whose operations functions serve."""

    def __init__(self, rest: Carrier, name: str, settings: Settings, api: HttpApi) -> None:
        # The setting is where AWS's own API is; of this one the description may say it.
        told = api.catalog.url.startswith("http")
        url = None if told else f"https://{api.name}.execute-api.amazonaws.com"
        self.base = urlsplit(api.catalog.url).path.rstrip("/") if told else ""
        self.client = rest.connect(name, replace(settings, url=url), api.catalog)
        self.functions = {one.name: one for one in api.catalog.functions}


async def _limited(chunks: AsyncIterator[bytes], most: float) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise Malformed(f"the answer is larger than the limit of {most} bytes")
        yield chunk
