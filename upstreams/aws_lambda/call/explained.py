"""Invocations as `aws lambda invoke` commands, and as `curl` for functions that have a URL."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from upstreams import shell
from upstreams.aws_lambda.call.invocations import Invocation, Invoking
from upstreams.aws_lambda.model import Form, Settings
from upstreams.kind import Aside, Explanation
from upstreams.shell import HIDDEN, curl
from upstreams.transport import Request, Response, Streamed


class _Noted(Exception):  # noqa: N818 - nothing went wrong: it is how an invocation is handed out
    def __init__(self, one: Invocation) -> None:
        super().__init__()
        self.one = one


class _Noting:
    """Invokes nothing, and hands out what was to be invoked."""

    async def invoke(self, one: Invocation, aside: Aside) -> Response:  # noqa: ARG002 - as `Invoking`
        raise _Noted(one)

    def stream(self, one: Invocation, aside: Aside) -> AbstractAsyncContextManager[Streamed]:  # noqa: ARG002 - as `Invoking`
        raise _Noted(one)


async def noted(asking: Callable[[Invoking], Awaitable[object]]) -> Invocation:
    """The first invocation that whoever asks would make. Raises `CallError`."""
    try:
        await asking(_Noting())
    except _Noted as told:
        return told.one
    raise LookupError("nothing would be invoked")


def concealed(settings: Settings) -> Settings:
    """The same settings, with nothing in them that is secret."""
    context = dict.fromkeys(settings.client_context, HIDDEN)
    return replace(shell.concealed(settings), client_context=context)


async def explained(one: Invocation, settings: Settings) -> Explanation:
    """The command for an invocation; `settings` have no secrets."""
    if one.binding.form is Form.URL:
        return Explanation(await _by_url(one, settings))
    words = ("aws", "lambda", "invoke", *_options(one, settings), "/dev/stdout")
    # The command line of AWS has no way to send headers.
    lacking = f"sent with the headers {', '.join(settings.headers)}" if settings.headers else ""
    return Explanation(words, lacking)


async def _by_url(one: Invocation, settings: Settings) -> tuple[str, ...]:
    headers = {**settings.headers, **one.forwarded, "content-type": "application/json"}
    request = Request("POST", one.binding.function, tuple(headers.items()), one.event)
    told = await curl(request, settings)
    region = one.binding.region
    if not region or not settings.sign:
        return told
    return (*told, "--aws-sigv4", f"aws:amz:{region}:lambda", "--user", HIDDEN)


def _options(one: Invocation, settings: Settings) -> Iterator[str]:
    binding = one.binding
    for option, value in (
        ("--function-name", binding.function),
        ("--qualifier", binding.qualifier),
        ("--region", binding.region or settings.region),
        ("--endpoint-url", settings.url),
        ("--profile", settings.profile),
        ("--ca-bundle", settings.ca),
        ("--invocation-type", "Event" if binding.event else None),
        ("--client-context", one.context),
    ):
        if value:
            yield from (option, value)
    if not settings.sign:
        yield "--no-sign-request"
    if one.event:
        yield from ("--cli-binary-format", "raw-in-base64-out", "--payload", one.event.decode())
