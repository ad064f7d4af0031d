"""In the place of API Gateway: an HTTP request as a function's event, and its answer as HTTP.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import asyncio

from msgspec.structs import replace

from upstreams.aws_lambda.call.gateway.answers import answered, streamed
from upstreams.aws_lambda.call.gateway.asked import asked
from upstreams.aws_lambda.call.gateway.events import event_1, event_2
from upstreams.aws_lambda.call.invocations import Invocation, Invoking
from upstreams.aws_lambda.call.payload import encoded
from upstreams.aws_lambda.call.streams import payloads
from upstreams.aws_lambda.model import Form
from upstreams.encoding import decoded
from upstreams.errors import Malformed, TimedOut
from upstreams.kind import Aside
from upstreams.transport import Request, Response


class Gateway:
    """A line to one function that stands in for API Gateway: HTTP on this side, events beyond."""

    def __init__(self, invocations: Invoking, one: Invocation, *, base: str, most: int) -> None:
        """`one` says what is invoked and how; `most` is how many bytes an answer may have.

        `base` is what stands before the routes in a path: the stage, or a custom domain's mapping.
        """
        assert one.binding.operation is not None  # noqa: S101 - who has none is called otherwise
        self._invocations = invocations
        self._one = one
        self._operation = one.binding.operation
        self._base = base
        self._most = most
        self.aside = Aside()
        """What came with the last invocation."""

    async def send(self, request: Request, deadline: float) -> Response:
        """What the function answers to the request. Raises `CallError`."""
        one = replace(self._one, event=self.event(request), deadline=deadline)
        if one.binding.piecemeal:
            found = await self._collected(one)
        else:
            answer = await self._invocations.invoke(one, self.aside)
            found = answered(answer.body, one.binding.form)
        if codings := found.header("content-encoding"):
            body = decoded(found.body, codings, self._most)
            return replace(found, body=body)
        return found

    def event(self, request: Request) -> bytes:
        """The event that API Gateway makes of a request. Raises `BadInput`."""
        event = event_1 if self._one.binding.form is Form.PROXY_1 else event_2
        told = asked(request, self._operation, self._base)
        return encoded(event(told, self._one.binding.function))

    async def _collected(self, one: Invocation) -> Response:
        """The whole of an answer that comes bit by bit."""
        whole = bytearray()
        try:
            async with (
                asyncio.timeout_at(one.deadline),
                self._invocations.stream(one, self.aside) as answer,
            ):
                async for chunk in payloads(answer.body, self._most):
                    whole += chunk
                    if len(whole) > self._most:
                        raise Malformed(
                            f"the answer is larger than the limit of {self._most} bytes"
                        )
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        return streamed(bytes(whole))

    async def aclose(self) -> None:
        """Nothing: the line is the upstream's own."""
