"""Functions described in JSON Schema: a body is the event, the body of the answer the value."""

from msgspec.structs import replace

from upstreams.aws_lambda.call.invocations import Invocation, Invoking
from upstreams.kind import Aside
from upstreams.transport import Request, Response

_JSON = (("content-type", "application/json"),)


class Direct:
    """A line to one function that is no HTTP API, and is described as if it were."""

    def __init__(self, invocations: Invoking, one: Invocation) -> None:
        self._invocations = invocations
        self._one = one
        self.aside = Aside()
        """What came with the last invocation."""

    async def send(self, request: Request, deadline: float) -> Response:
        """What the function answers, as JSON; null where it answers nothing."""
        event = request.body or b""
        assert isinstance(event, bytes)  # noqa: S101 - a JSON body is whole
        one = replace(self._one, event=event, deadline=deadline)
        answer = await self._invocations.invoke(one, self.aside)
        return Response(200, _JSON, answer.body or b"null")

    async def aclose(self) -> None:
        """Nothing: the line is the upstream's own."""
