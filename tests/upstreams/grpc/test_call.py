"""Calls over the wire: what goes in, what comes out, what can go wrong."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from grpc import StatusCode

from tests.backends.grpc_server import Context
from tests.backends.process import LOOPBACK, Server, free_port
from tests.upstreams.grpc import mocked
from tests.upstreams.grpc.asking import connected, upstream
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.errors import BadInput, Malformed, TimedOut, Unreachable
from upstreams.grpc import KIND
from upstreams.grpc.model import Binding, Oneofs, Settings, Wire
from upstreams.grpc.translate import translate
from upstreams.model import Catalog, Flow, restore, store

All = message("splice.test.v1.All")
Number = message("splice.test.v1.Number")
Empty = message("google.protobuf.Empty")
Record = message("splice.legacy.Record", "legacy")

UNSET: Mapping[str, Any] = {
    **dict.fromkeys(("aDouble", "aFloat", "anInt32", "anInt64", "aUint32", "aUint64"), 0),
    **dict.fromkeys(("aSint32", "aSint64", "aFixed32", "aFixed64", "aSfixed32", "aSfixed64"), 0),
    "aBool": False,
    "aString": "",
    "someBytes": b"",
    "state": "STATE_UNSPECIFIED",
    **{name: [] for name in ("numbers", "many", "states", "floats", "times", "values")},
    **{name: {} for name in ("texts", "byNumber", "byTruth", "spans")},
}
"""A message of which no field was set."""

NESTED = {"from": "", "clear": 0}


async def echo(request: Any, _: Context) -> Any:
    """The answer is the request."""
    return request


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aDouble", 1.7976931348623157e308),
        ("aFloat", 0.1),
        ("anInt32", -(2**31)),
        ("anInt64", -(2**63)),
        ("anInt64", 2**53 + 1),
        ("aUint32", 2**32 - 1),
        ("aUint64", 2**64 - 1),
        ("aSint32", 2**31 - 1),
        ("aSint64", 2**63 - 1),
        ("aFixed32", 2**32 - 1),
        ("aFixed64", 2**64 - 1),
        ("aSfixed32", -(2**31)),
        ("aSfixed64", -(2**63)),
        ("aBool", True),
        ("aString", "\u00e9\U0001f600\x00"),
        ("someBytes", bytes(range(256))),
        ("state", "STATE_BAD"),
        ("nested", {"from": "here", "clear": 7, "inner": {"deep": True}}),
        ("nested", NESTED),
        ("all", UNSET),
        ("nothing", {}),
        ("maybeInt", 0),
        ("maybeText", ""),
        ("maybeState", "STATE_UNSPECIFIED"),
        ("numbers", [1, -1, 2**63 - 1]),
        ("many", [NESTED, {"from": "x", "clear": 1}]),
        ("states", ["STATE_GOOD", "STATE_UNSPECIFIED"]),
        ("floats", [0.1, 3.4028235e38, 1.1754944e-38, 16777216.0]),
        ("texts", {"": "empty", "k": ""}),
        ("byNumber", {"-9223372036854775808": NESTED}),
        ("byTruth", {"true": "STATE_BAD", "false": "STATE_GOOD"}),
        ("asText", ""),
        ("asNumber", 0),
        ("asNested", NESTED),
        ("at", "2024-02-29T12:00:00.000000001Z"),
        ("lasting", "-1.500s"),
        ("mask", "aName,nested.from"),
        ("struct", {"a": [1, 2.5, None, True, {"b": "c"}], "": {}}),
        ("json", [[], {}, "text"]),
        ("list", [1, "two", None]),
        ("boxedLong", 2**63 - 1),
        ("boxedLong", 0),
        ("boxedBytes", b"\x00"),
        ("boxedFloat", 0.1),
        ("times", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"]),
        ("values", [None, 1, {"a": None}]),
        ("spans", {"x": "0s"}),
        ("any", {"@type": "type.googleapis.com/splice.test.v1.Number", "value": "5"}),
    ],
)
async def test_every_field_survives_the_wire(name: str, value: Any) -> None:
    """A value that goes in comes out the same, at the edges of what its type can hold."""
    async with upstream({"Echo": echo}) as line:
        answer = await line.ask("Echo", {name: value})

    assert answer == {**UNSET, name: value}


async def test_nothing_set() -> None:
    """Fields without presence come out with their defaults; those with it are absent."""
    async with upstream({"Echo": echo}) as line:
        answer = await line.ask("Echo")

    assert answer == UNSET


async def test_null_is_not_set() -> None:
    """A field given as null is left alone, except where null is a value."""
    given = {"nested": None, "maybeInt": None, "numbers": None, "at": None, "aString": None}

    async with upstream({"Echo": echo}) as line:
        answer = await line.ask("Echo", {**given, "asValue": None})

    assert answer == {**UNSET, "asValue": None}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"at": "2024-01-01T01:00:00+01:00"}, {"at": "2024-01-01T00:00:00Z"}),
        ({"lasting": "PT1M1.5S"}, {"lasting": "61.500s"}),
        ({"lasting": "-P1DT1H"}, {"lasting": "-90000s"}),
        ({"lasting": "P1W"}, {"lasting": "604800s"}),
        ({"state": "STATE_FINE"}, {"state": "STATE_GOOD"}),
    ],
)
async def test_another_spelling(given: Mapping[str, Any], meant: Mapping[str, Any]) -> None:
    """Of several spellings of one value, protobuf's canonical one comes back."""
    async with upstream({"Echo": echo}) as line:
        answer = await line.ask("Echo", given)

    assert answer == {**UNSET, **meant}


async def test_an_enum_number_without_a_name() -> None:
    """A number that the description does not name comes out as the number."""

    async def newer(_: Any, __: Context) -> Any:
        return All(state=99, states=[99])

    async with upstream({"Echo": newer}) as line:
        answer = await line.ask("Echo")

    assert answer == {**UNSET, "state": 99, "states": [99]}


async def test_any_of_an_unknown_type() -> None:
    """What an Any holds of a type nobody described comes out as its name and its bytes."""

    async def unknown(_: Any, __: Context) -> Any:
        answer = All()
        answer.any.type_url = "example.test/no.such.Type"
        answer.any.value = b"\x00\xff"
        return answer

    async with upstream({"Echo": unknown}) as line:
        answer = await line.ask("Echo")

    assert answer["any"] == {"@type": "example.test/no.such.Type", "value": "AP8="}


async def test_a_well_known_message_around_the_call() -> None:
    """A wrapper as a whole argument and answer is its value."""

    async def upper(request: Any, _: Context) -> Any:
        return type(request)(value=request.value.upper())

    async with upstream({"Upper": upper}) as line:
        answer = await line.ask("Upper", "quiet")

    assert answer == "QUIET"


async def test_empty_is_null() -> None:
    """A method that returns Empty gives nothing."""

    async def remove(_: Any, __: Context) -> Any:
        return Empty()

    async with upstream({"Remove": remove}) as line:
        assert await line.ask("Remove", {"name": "x"}) is None


async def test_proto2() -> None:
    """Groups, required fields and closed enums work; what was not set is absent."""
    record = {"id": "r", "part": {"label": "l"}, "levels": ["LOW"]}

    async with upstream({"splice.legacy.Old/Echo": echo}, descriptors("legacy")) as line:
        answer = await line.ask("splice.legacy.Old/Echo", record)

    assert answer == record


async def test_a_stored_catalog_is_enough() -> None:
    """A client works from a catalog that was stored and read back, without discovery."""
    async with upstream({"Echo": echo}) as line:
        catalog = restore(store(line.catalog), Catalog[Binding, Wire])
        settings = line.settings
        async with connected(settings, catalog) as again:
            answer = await again.ask("Echo", {"anInt32": 1})

    assert answer == {**UNSET, "anInt32": 1}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"anInt32": 2**31}, "input.anInt32: 2147483648 is not between"),
        ({"anInt64": 1.0}, "input.anInt64: not an integer"),
        ({"anInt32": True}, "input.anInt32: not an integer"),
        ({"aUint64": -1}, "input.aUint64: -1 is not between"),
        ({"aFloat": 1e39}, "input.aFloat: too large for a 32-bit float"),
        ({"aBool": 1}, "input.aBool: not a boolean"),
        ({"aString": 1}, "input.aString: not text"),
        ({"aString": "\ud800"}, "input.aString: not text that UTF-8 can say"),
        ({"someBytes": "text"}, "input.someBytes: not bytes"),
        ({"state": "NO_SUCH"}, "input.state: not a value of splice.test.v1.State"),
        ({"nested": 5}, "input.nested: not an object"),
        ({"many": [{}, {"clear": "x"}]}, "input.many[1].clear: not an integer"),
        ({"numbers": [1, None]}, "input.numbers[1]: not an integer"),
        ({"numbers": 1}, "input.numbers: not a list"),
        ({"byNumber": {"01": {}}}, "input.byNumber.01: the keys of this map are integers"),
        ({"byTruth": {"yes": "STATE_BAD"}}, "input.byTruth.yes: the keys of this map are true"),
        ({"asText": "a", "asNumber": 1}, "input: only one of asText, asNumber can be given"),
        ({"at": "yesterday"}, "input.at: not a Timestamp"),
        ({"lasting": "P1M"}, "input.lasting: not a Duration"),
        ({"json": 2**53 + 1}, "input.json: google.protobuf.Value cannot hold this number"),
        ({"any": {"@type": "x/no.such"}}, "input.any: not a message of a known type"),
        ({"unknown": 1}, "input.unknown: no such field"),
    ],
)
async def test_wrong_arguments(given: Any, problem: str) -> None:
    """What a field cannot hold is refused by its place, and the backend is not asked."""

    async def never(_: Any, context: Context) -> Any:
        await context.abort(StatusCode.INTERNAL, "asked")

    async with upstream({"Echo": never}) as line:
        with pytest.raises(BadInput) as raised:
            await line.ask("Echo", given)

    assert problem in raised.value.message


async def test_a_missing_required_field() -> None:
    """Proto2's required fields must be given."""
    async with upstream({"splice.legacy.Old/Echo": echo}, descriptors("legacy")) as line:
        with pytest.raises(BadInput, match=r"input\.id: missing, and required"):
            await line.ask("splice.legacy.Old/Echo", {"size": 1})


@pytest.mark.parametrize("field", ["all", "json"])
async def test_arguments_nested_too_deeply(field: str) -> None:
    """Nesting beyond what protobuf's parsers accept is refused here."""
    given: Any = {}
    for _ in range(5000):
        given = {field: given}

    async with upstream({"Echo": echo}) as line:
        with pytest.raises(BadInput, match="nested"):
            await line.ask("Echo", given)


async def test_streams_out_are_lists() -> None:
    """A server stream is the list of its messages."""
    async with upstream({"Count": count}) as line:
        answer = await line.ask("Count", {"value": 3})

    assert answer == [{"value": 0}, {"value": 1}, {"value": 2}]


async def count(request: Any, _: Context) -> AsyncIterator[Any]:
    """As many numbers as are asked for."""
    for value in range(request.value):
        yield Number(value=value)


async def test_streams_in_are_lists() -> None:
    """A client stream takes the list of its messages."""

    async def add(requests: AsyncIterator[Any], _: Context) -> Any:
        return Number(value=sum([each.value async for each in requests]))

    async with upstream({"Sum": add}) as line:
        answer = await line.ask("Sum", [{"value": 1}, {}, {"value": 41}])

    assert answer == {"value": 42}


async def test_streams_both_ways() -> None:
    """A bidirectional stream takes a list and gives one."""

    async def double(requests: AsyncIterator[Any], _: Context) -> AsyncIterator[Any]:
        async for each in requests:
            yield Number(value=each.value * 2)

    async with upstream({"Double": double}) as line:
        answer = await line.ask("Double", [{"value": 1}, {"value": 2}])

    assert answer == [{"value": 2}, {"value": 4}]


async def test_a_stream_is_read_up_to_its_limit() -> None:
    """An endless stream gives as many messages as the settings say, and is then ended."""
    ended = asyncio.Event()

    async def forever(_: Any, __: Context) -> AsyncIterator[Any]:
        try:
            while True:
                yield Number(value=1)
        finally:
            ended.set()

    async with upstream({"Count": forever}, max_messages=5) as line:
        answer = await line.ask("Count")
        await asyncio.wait_for(ended.wait(), 5)

    assert answer == [{"value": 1}] * 5


async def test_the_deadline() -> None:
    """Past its deadline a call has timed out, and the backend learns of it."""
    cancelled = asyncio.Event()

    async with upstream({"Echo": _sleeps(cancelled)}) as line:
        with pytest.raises(TimedOut):
            await line.ask("Echo", seconds=0.2)
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_no_time_left() -> None:
    """A call whose deadline has passed is not made."""
    async with upstream({"Echo": echo}) as line:
        with pytest.raises(TimedOut):
            await line.ask("Echo", seconds=0)


@pytest.mark.parametrize("name", ["Echo", "Count"])
async def test_cancellation_reaches_the_backend(name: str) -> None:
    """Cancelling the task that calls cancels the RPC on the server."""
    started, cancelled = asyncio.Event(), asyncio.Event()
    sleeps = _sleeps(cancelled, started)
    behavior = sleeps if name == "Echo" else _streams(sleeps)

    async with upstream({name: behavior}) as line:
        task = asyncio.ensure_future(line.ask(name))
        await asyncio.wait_for(started.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_closing_fails_calls_in_flight() -> None:
    """A call in flight when the client closes is unreachable, not cancelled."""
    started = asyncio.Event()

    async with upstream({"Echo": _sleeps(asyncio.Event(), started)}) as line:
        task = asyncio.ensure_future(line.ask("Echo"))
        await asyncio.wait_for(started.wait(), 5)
        await line.client.aclose()
        with pytest.raises(Unreachable):
            await task
        with pytest.raises(Unreachable):
            await line.ask("Echo")


def _sleeps(cancelled: asyncio.Event, started: asyncio.Event | None = None) -> Any:
    async def sleep(_: Any, __: Context) -> Any:
        if started:
            started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    return sleep


def _streams(behavior: Any) -> Any:
    async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
        yield Number(value=1)
        await behavior(request, context)

    return stream


async def test_nobody_there() -> None:
    """A backend that does not listen is unreachable."""
    settings = Settings(grpc=f"{LOOPBACK}:{free_port()}")

    async with connected(settings, translate(descriptors("everything"))) as line:
        with pytest.raises(Unreachable) as raised:
            await line.ask("Echo")

    assert raised.value.status == "UNAVAILABLE"


async def test_only_a_description() -> None:
    """An upstream that is a file can be looked at, and not called."""
    settings = Settings(grpc="everything.binpb")

    async with connected(settings, translate(descriptors("everything"))) as line:
        with pytest.raises(Unreachable, match="only a description") as raised:
            await line.ask("Echo")

    assert not raised.value.retryable


async def test_a_big_answer_is_refused() -> None:
    """An answer above the limit is not read, and nobody is told to try again."""

    async def big(_: Any, __: Context) -> Any:
        return All(some_bytes=bytes(200_000))

    async with upstream({"Echo": big}, max_response=100_000) as line:
        with pytest.raises(Malformed, match="larger than the limit") as raised:
            await line.ask("Echo")

    assert not raised.value.retryable


async def test_a_stream_that_is_big_in_all() -> None:
    """The limit holds for all messages of a stream together."""

    async def stream(_: Any, __: Context) -> AsyncIterator[Any]:
        for _ in range(1000):
            yield Number(value=2**62)

    async with upstream({"Count": stream}, max_response=2000) as line:
        with pytest.raises(Malformed, match="limit of 2000 bytes"):
            await line.ask("Count")


@pytest.mark.parametrize(
    "answer",
    [b"\xff\xff", All(at={"seconds": 2**60}).SerializeToString(), b"\x72\x01\xff"],
    ids=["no protobuf", "no date", "no UTF-8"],
)
async def test_a_wrong_answer(answer: bytes) -> None:
    """Bytes that are not the message, or a value that its type does not allow, are malformed."""

    async def wrong(_: Any, __: Context) -> Any:
        return answer

    async with upstream({"Echo": wrong}) as line:
        with pytest.raises(Malformed, match=r"not a valid splice\.test\.v1\.All"):
            await line.ask("Echo")


async def test_an_answer_without_its_required_fields() -> None:
    """Proto2's required fields must be in an answer."""

    async def partial(_: Any, __: Context) -> Any:
        return Record(size=1)

    async with upstream({"splice.legacy.Old/Echo": partial}, descriptors("legacy")) as line:
        with pytest.raises(Malformed, match="lacks required fields"):
            await line.ask("splice.legacy.Old/Echo", {"id": "x"})


async def test_metadata() -> None:
    """Configured headers and forwarded ones go along; the configured win; HTTP's own stay."""
    seen: list[tuple[str, Any]] = []

    async def look(request: Any, context: Context) -> Any:
        seen.extend(context.invocation_metadata() or ())
        return request

    configured = {"X-Key": "ours", "Trace-Bin": "AP8"}
    forwarded = {"x-key": "theirs", "authorization": "t", "host": "h", "grpc-timeout": "1n"}
    async with upstream({"Echo": look}, headers=configured) as line:
        await line.ask("Echo", headers=forwarded)

    told = dict(seen)
    assert told["x-key"] == "ours"
    assert told["trace-bin"] == b"\x00\xff"
    assert told["authorization"] == "t"
    assert "host" not in told


@pytest.mark.parametrize("value", ["line\r\nx-admin: yes", "caf\u00e9", "\x00"])
async def test_a_header_that_cannot_be_sent(value: str) -> None:
    """A value that is no metadata is refused, so that nothing can be smuggled in."""
    async with upstream({"Echo": echo}) as line:
        with pytest.raises(BadInput, match="metadata x-trace"):
            await line.ask("Echo", headers={"x-trace": value})


@pytest.mark.real
@pytest.mark.timeout(90)
async def test_every_method_of_a_real_server(lnd: Server) -> None:
    """Each of LND's 162 methods, unary and streaming, gives every value that npm's server sent."""
    settings = Settings(grpc=lnd.address, oneofs=Oneofs.FIELDS)
    answers: dict[str, Any] = {}

    async with connected(settings, await KIND.discover(settings)) as line:
        for function in line.catalog.functions:
            given: Any = [{}] if function.flow is Flow.BIDIRECTIONAL else None
            answers[function.name] = await line.ask(function.name, given)

    assert answers == mocked.answers("proto/lnd.binpb")


@pytest.mark.real
@pytest.mark.timeout(60)
async def test_a_real_server_reads_what_was_written(lnd: Server) -> None:
    """A request arrives at npm's server with every value that was given."""
    settings = Settings(grpc=lnd.address)
    given: dict[str, Any] = {
        "memo": "caf\u00e9",
        "rPreimage": b"\x00\xff",
        "value": 2**53 + 1,
        "cltvExpiry": 2**64 - 1,
        "private": True,
        "routeHints": [{"hopHints": [{"nodeId": "n", "chanId": 2**63}]}],
        "features": {"9": {"name": "f", "isKnown": True}},
    }

    async with connected(settings, await KIND.discover(settings)) as line:
        await line.ask("lnrpc.Lightning/AddInvoice", given)

    assert mocked.requests(lnd, "/lnrpc.Lightning/AddInvoice")[-1] == {
        "memo": "caf\u00e9",
        "r_preimage": "AP8=",
        "value": "9007199254740993",
        "cltv_expiry": "18446744073709551615",
        "private": True,
        "route_hints": [{"hop_hints": [{"node_id": "n", "chan_id": "9223372036854775808"}]}],
        "features": [{"key": 9, "value": {"name": "f", "is_known": True}}],
    }
