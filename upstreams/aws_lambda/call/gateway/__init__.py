"""In the place of API Gateway: an HTTP request as a function's event, and its answer as HTTP.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from dataclasses import replace

from upstreams.aws_lambda.call.gateway.answers import answered
from upstreams.aws_lambda.call.gateway.asked import asked
from upstreams.aws_lambda.call.gateway.events import event_1, event_2
from upstreams.aws_lambda.call.invocations import Invocation, Invoking
from upstreams.aws_lambda.call.payload import encoded
from upstreams.aws_lambda.model import Form
from upstreams.encoding import decoded
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
        event = event_1 if self._one.binding.form is Form.PROXY_1 else event_2
        told = asked(request, self._operation, self._base)
        sent = encoded(event(told, self._one.binding.function))
        answer = await self._invocations.invoke(
            replace(self._one, event=sent, deadline=deadline), self.aside
        )
        found = answered(answer.body, self._one.binding.form)
        if codings := found.header("content-encoding"):
            return replace(found, body=decoded(found.body, codings, self._most))
        return found

    async def aclose(self) -> None:
        """Nothing: the line is the upstream's own."""
