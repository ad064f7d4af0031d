"""What clients are told of a refusal: statuses, google.rpc's details, and trailers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.protobuf.message import Message

# Published without the marker that says it is typed.
from google.rpc import (  # type: ignore[import-untyped]
    code_pb2,
    error_details_pb2,
    status_pb2,
)
from grpc import StatusCode

from tests.backends.grpc_server import Context
from tests.backends.process import Server
from tests.upstreams.grpc.asking import connected, upstream
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.errors import CallError, Refused, TimedOut, Unreachable
from upstreams.grpc.call.details import Asked, place_of
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate

DETAILS = "grpc-status-details-bin"
All = message("splice.test.v1.All")


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        (StatusCode.CANCELLED, Refused, False),
        (StatusCode.UNKNOWN, Refused, False),
        (StatusCode.INVALID_ARGUMENT, Refused, False),
        (StatusCode.DEADLINE_EXCEEDED, TimedOut, True),
        (StatusCode.NOT_FOUND, Refused, False),
        (StatusCode.ALREADY_EXISTS, Refused, False),
        (StatusCode.PERMISSION_DENIED, Refused, False),
        (StatusCode.RESOURCE_EXHAUSTED, Refused, True),
        (StatusCode.FAILED_PRECONDITION, Refused, False),
        (StatusCode.ABORTED, Refused, True),
        (StatusCode.OUT_OF_RANGE, Refused, False),
        (StatusCode.UNIMPLEMENTED, Refused, False),
        (StatusCode.INTERNAL, Refused, False),
        (StatusCode.UNAVAILABLE, Unreachable, True),
        (StatusCode.DATA_LOSS, Refused, False),
        (StatusCode.UNAUTHENTICATED, Refused, False),
    ],
)
async def test_statuses(code: StatusCode, kind: type[CallError], *, retryable: bool) -> None:
    """A status becomes an error of ours that bears its name, and none of the backend's words."""
    async with refusing(code, "secret words") as error:
        assert type(error) is kind
        assert (error.status, error.retryable) == (code.name, retryable)
        assert "secret" not in error.message


async def test_what_the_backend_told() -> None:
    """A refusal's own words are kept beside the error, for those who may see them."""
    async with refusing(StatusCode.NOT_FOUND, "no such thing") as error:
        assert error.told == "no such thing"


async def test_words_of_grpc_itself() -> None:
    """Where it is not the backend that refused, nothing is told: grpc's words name addresses."""
    async with refusing(StatusCode.UNAVAILABLE, "connect to 10.0.0.7 failed") as error:
        assert (error.told, error.answer) == (None, None)


async def test_field_violations() -> None:
    """They name arguments as clients write them; what is said of them is the backend's."""
    request = error_details_pb2.BadRequest()
    request.field_violations.add(field="a_string", description="too short", reason="SHORT")
    localized = request.field_violations.add(field="many[2].clear").localized_message
    localized.locale, localized.message = "de", "zu kurz"

    async with refusing(StatusCode.INVALID_ARGUMENT, "no", request) as error:
        assert error.details == {
            "violations": [{"field": "input.aString"}, {"field": "input.many[2].clear"}]
        }
        assert error.answer == {
            "violations": [
                {"field": "a_string", "description": "too short", "reason": "SHORT"},
                {
                    "field": "many[2].clear",
                    "localizedMessage": {"locale": "de", "message": "zu kurz"},
                },
            ]
        }


async def test_when_to_try_again() -> None:
    """A delay is in seconds, and makes any refusal one that may be tried again."""
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromMilliseconds(1500)

    async with refusing(StatusCode.FAILED_PRECONDITION, "not yet", retry) as error:
        assert (error.retryable, error.details) == (True, {"retryAfter": 1.5})


async def test_the_reason() -> None:
    """Its name and whose it is are shown; what comes with it only to those who may see it."""
    info = error_details_pb2.ErrorInfo(
        reason="STOCKOUT", domain="shop.test", metadata={"zone": "a"}
    )

    async with refusing(StatusCode.RESOURCE_EXHAUSTED, "none left", info) as error:
        assert error.details == {"reason": "STOCKOUT", "domain": "shop.test"}
        assert error.answer == {"metadata": {"zone": "a"}}


async def test_a_reason_that_is_no_name() -> None:
    """A sentence where a name belongs is not shown."""
    info = error_details_pb2.ErrorInfo(reason="disk /dev/sda is full", domain="http://10.0.0.7/")

    async with refusing(StatusCode.INTERNAL, "no", info) as error:
        assert error.details == {}


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        (
            error_details_pb2.LocalizedMessage(locale="en", message="Sold out."),
            {"localizedMessage": {"locale": "en", "message": "Sold out."}},
        ),
        (
            error_details_pb2.QuotaFailure(violations=[{"subject": "u:7", "description": "spent"}]),
            {"quotas": [{"subject": "u:7", "description": "spent"}]},
        ),
        (
            error_details_pb2.PreconditionFailure(violations=[{"type": "TOS", "subject": "u:7"}]),
            {"preconditions": [{"type": "TOS", "subject": "u:7"}]},
        ),
        (
            error_details_pb2.ResourceInfo(resource_type="book", resource_name="books/7"),
            {"resource": {"type": "book", "name": "books/7"}},
        ),
        (
            error_details_pb2.Help(links=[{"description": "why", "url": "https://x.test"}]),
            {"help": [{"description": "why", "url": "https://x.test"}]},
        ),
        (error_details_pb2.DebugInfo(stack_entries=["secret.py:1"], detail="secret"), None),
    ],
)
async def test_other_details(detail: Message, told: Mapping[str, Any] | None) -> None:
    """They are the backend's words; its stack traces are nobody's."""
    async with refusing(StatusCode.ABORTED, "no", detail) as error:
        assert (error.details, error.answer) == ({}, told)


async def test_concealed() -> None:
    """Where the settings show no messages, only names, numbers and our own places are left."""
    request = error_details_pb2.BadRequest()
    request.field_violations.add(field="secret path", description="secret")
    info = error_details_pb2.ErrorInfo(reason="BAD", metadata={"host": "secret"})

    async with refusing(StatusCode.INVALID_ARGUMENT, "secret", request, info) as error:
        error.conceal()

        assert "secret" not in f"{error.message} {error.told} {error.answer} {error.details}"
        assert error.details == {"violations": [{"field": "input"}], "reason": "BAD"}


async def test_a_backend_that_is_away_for_a_reason() -> None:
    """Details show that it is the backend that speaks: then its words are kept, too."""
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromSeconds(30)

    async with refusing(StatusCode.UNAVAILABLE, "maintenance", retry) as error:
        assert isinstance(error, Unreachable)
        assert (error.told, error.details) == ("maintenance", {"retryAfter": 30})


@pytest.mark.parametrize("trailer", [b"\xff\xff", b""])
async def test_details_that_cannot_be_read(trailer: bytes) -> None:
    """They are as if there were none."""
    async with refused([(DETAILS, trailer)]) as (error, _):
        assert (error.details, error.answer) == ({}, None)


async def test_trailers() -> None:
    """What the backend sends after a refusal is told beside it, and noted for the call."""
    trailers: list[tuple[str, str | bytes]] = [
        ("x-shard", "7"),
        ("x-shard", "8"),
        ("x-blob-bin", b"\x00\xff"),
    ]

    async with refused(trailers) as (error, headers):
        told = {"x-shard": "7,8", "x-blob-bin": "AP8="}
        assert error.answer == {"trailers": told}
        assert headers.items() >= told.items()


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a_string", "input.aString"),
        ("aString", "input.aString"),
        ("nested.inner.deep", "input.nested.inner.deep"),
        ("many[0].clear", "input.many[0].clear"),
        ("many[0]", "input.many[0]"),
        ("many.clear", "input.many.clear"),
        ("by_number[7].clear", "input.byNumber"),
        ('texts["key"]', "input.texts"),
        ("all.all.a_bool", "input.all.all.aBool"),
        ("nested.unknown", "input.nested"),
        ("a_string.unknown", "input.aString"),
        ("unknown", "input"),
        ("many[x].clear", "input.many.clear"),
        ("", "input"),
        ("a_string]; secret", "input"),
    ],
)
def test_places(path: str, place: str) -> None:
    """A backend's path leads to the argument that it is, or as near as can be."""
    assert place_of(path, Asked(All.DESCRIPTOR)) == place


@pytest.mark.parametrize(
    ("count", "path", "place"),
    [
        (1, "a_string", "input[0].aString"),
        (1, "unknown", "input[0]"),
        (1, "[0].a_string", "input[0].aString"),
        (3, "[2].many[1].clear", "input[2].many[1].clear"),
        (3, "[2]", "input[2]"),
        (3, "a_string", "input.aString"),
        (3, "[3].a_string", "input"),
        (0, "a_string", "input.aString"),
    ],
)
def test_places_in_a_stream(count: int, path: str, place: str) -> None:
    """They are in the only request, or in the one that the backend names."""
    assert place_of(path, Asked(All.DESCRIPTOR, count)) == place


async def test_violations_of_a_stream() -> None:
    """They name the request that was refused."""
    told = error_details_pb2.BadRequest()
    told.field_violations.add(field="[1].value", description="too large")
    status = status_pb2.Status()
    status.details.add().Pack(told)

    async def refuse(_: Any, context: Context) -> Any:
        trailers = ((DETAILS, status.SerializeToString()),)
        await context.abort(StatusCode.INVALID_ARGUMENT, "no", trailers)

    async with upstream({"Sum": refuse}) as line:
        with pytest.raises(Refused) as raised:
            await line.ask("Sum", [{"value": 1}, {"value": 2}])

    assert raised.value.details == {"violations": [{"field": "input[1].value"}]}


@pytest.mark.parametrize("name", ["Sum", "Double"])
async def test_a_refusal_while_requests_are_written(name: str) -> None:
    """It has the backend's status, however many requests were on their way."""

    async def refuse(_: Any, context: Context) -> Any:
        await context.abort(StatusCode.UNAUTHENTICATED, "who are you?")

    async def refuse_stream(_: Any, context: Context) -> AsyncIterator[Any]:
        await context.abort(StatusCode.UNAUTHENTICATED, "who are you?")
        yield

    found = set()
    async with upstream({"Sum": refuse, "Double": refuse_stream}) as line:
        for _ in range(50):
            with pytest.raises(CallError) as raised:
                await line.ask(name, [{"value": 1}] * 5)
            found.add((type(raised.value), raised.value.status, raised.value.told))

    assert found == {(Refused, "UNAUTHENTICATED", "who are you?")}


@pytest.mark.real
@pytest.mark.corpus
async def test_a_real_server_that_refuses_while_requests_are_written(lnd: Server) -> None:
    """A method it has not is said to be unimplemented, and not to have broken anything."""
    found = set()

    async with connected(Settings(grpc=lnd.address), translate(descriptors("everything"))) as line:
        for _ in range(50):
            with pytest.raises(CallError) as raised:
                await anext(line.stream("Double", [{"value": 1}] * 5))
            found.add(raised.value.status)

    assert found == {"UNIMPLEMENTED"}


@asynccontextmanager
async def refusing(code: StatusCode, told: str, *details: Message) -> AsyncIterator[CallError]:
    """The error of a call that is refused so."""
    status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT)
    for detail in details:
        status.details.add().Pack(detail)
    trailers: list[tuple[str, str | bytes]] = []
    if details:
        trailers.append((DETAILS, status.SerializeToString()))
    async with refused(trailers, code, told) as (error, _):
        yield error


@asynccontextmanager
async def refused(
    trailers: list[tuple[str, str | bytes]],
    code: StatusCode = StatusCode.INTERNAL,
    told: str = "no",
) -> AsyncIterator[tuple[CallError, Mapping[str, str]]]:
    """The error of a call that ends with these trailers, and what was noted of it."""

    async def refuse(_: Any, context: Context) -> Any:
        await context.abort(code, told, tuple(trailers))

    async with upstream({"Echo": refuse}, retries=0) as line:
        call = line.made("Echo")
        with pytest.raises(CallError) as raised:
            await line.client.call(call)
        yield raised.value, call.aside.headers
