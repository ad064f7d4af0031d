"""Answers that come bit by bit: what is a message, how a stream ends, and what damage means."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal
from typing import Any
from zlib import crc32

import botocore.session
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.lambda_streaming import (
    Pieces,
    chunk,
    chunks,
    complete,
    cut,
    frame,
    saying,
    streaming,
)
from tests.upstreams.aws_lambda.asking import JSON, client, function
from tests.upstreams.aws_lambda.listening import answering, listening
from upstreams.aws_lambda.call import LambdaClient
from upstreams.aws_lambda.call.streams.frames import frames
from upstreams.aws_lambda.call.streams.messages import messages as read
from upstreams.aws_lambda.model import Binding, Form, Payload
from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.kind import Aside, Call, Streams
from upstreams.model import Effect, Scalar, ScalarKind

TOKENS = Binding("tokens", Payload.INPUT, streaming=True)
STRING, BYTES = Scalar(ScalarKind.STRING), Scalar(ScalarKind.BYTES)
PRELUDE = b"\0" * 8
HTTP = "application/vnd.awslambda.http-integration-response"


def call(item: Scalar = JSON, **arguments: Any) -> Call:
    """A subscription to a function whose messages are of that type."""
    return Call(function(TOKENS, Effect.READ, item), arguments, float("inf"))


async def messages(pieces: Pieces, item: Scalar = JSON, **settings: Any) -> list[Any]:
    """What a client makes of a function's stream."""
    async with streaming(pieces) as api, client(api.url, **settings) as connected:
        return [one async for one in connected.stream(call(item))]


async def failure(pieces: Pieces, **settings: Any) -> tuple[list[Any], CallError]:
    """The messages before a stream fails, and what it fails with."""
    found = []

    async def read(connected: LambdaClient) -> None:
        async for one in connected.stream(call()):
            found.append(one)  # noqa: PERF401 - kept although the stream fails

    async with streaming(pieces) as api, client(api.url, **settings) as connected:
        with pytest.raises(CallError) as caught:
            await read(connected)
    return found, caught.value


async def test_the_client_streams() -> None:
    """The gateway recognises that this kind's client streams."""
    async with client("http://127.0.0.1:9") as connected:
        assert isinstance(connected, Streams)


async def test_lines_of_json_are_messages() -> None:
    """However the function's writes cut them, each line is one; a last one needs no end."""
    pieces = chunks(b'{"n"', b': 1.10}\n{"n": 2}\n', b"\n", b'{"n": 3}')

    assert await messages(pieces) == [{"n": Decimal("1.10")}, {"n": 2}, {"n": 3}]


async def test_blank_chunks_say_nothing() -> None:
    """What is sent is told by the first chunk that has something."""
    assert await messages(chunks(b"", b"\n ", b"", b'{"n": 1}\n')) == [{"n": 1}]


async def test_a_prelude_may_come_in_pieces() -> None:
    """Where the content type announces it, it is waited for."""
    head = b'{"headers": {"content-type": "application/json"}}' + PRELUDE
    pieces = chunks(*cut(head + b"{}", 5))

    async with streaming(pieces, HTTP) as api, client(api.url) as connected:
        assert [one async for one in connected.stream(call())] == [{}]


async def test_what_is_no_json_is_text() -> None:
    """A chunk is a message; a letter cut in two is whole in the second."""
    assert await messages(chunks(b"na\xc3", b"\xafve", b"", b" text")) == ["na", "ïve", " text"]


async def test_declared_strings_are_never_read_as_json() -> None:
    """The types file says what a message is, whatever it looks like."""
    assert await messages(chunks(b'{"a"', b":1}"), STRING) == ['{"a"', ":1}"]


async def test_declared_bytes_are_the_chunks() -> None:
    """Nothing is decoded."""
    assert await messages(chunks(b"\xff\x00", b"\n"), BYTES) == [b"\xff\x00", b"\n"]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/x-ndjson", b"1\n2\n", [1, 2]),
        ("application/jsonl; charset=utf-8", b'"a"\n', ["a"]),
        ("application/json-seq", b"\x1e[1]\n\x1e[2]\n", [[1], [2]]),
        ("application/json", b'{\n"a": 1\n}', [{"a": 1}]),
        ("application/problem+json", b"[\n1]", [[1]]),
        ("text/plain", b"{not json\n", ["{not json\n"]),
        (
            "text/event-stream",
            b': hi\ndata: {"a": 1}\n\nid: 7\r\ndata: x\r\ndata:y\r\n\r\n',
            [{"a": 1}, "x\ny"],
        ),
        ("application/octet-stream", b"{}\n[]\n", [{}, []]),
        ("", b"plain", ["plain"]),
        ("application/json", b"", []),
    ],
)
async def test_the_content_type_says_what_a_message_is(
    content_type: str, body: bytes, expected: list[Any]
) -> None:
    """A function that answers HTTP says it in front of its content."""
    head = b'{"statusCode": 200, "headers": {"Content-Type": "%s"}}' % content_type.encode()

    assert await messages(chunks(head + PRELUDE + body)) == expected


async def test_an_http_status_may_be_a_refusal() -> None:
    """A streamed HTTP answer with an error status gives no messages."""
    found, error = await failure(chunks(b'{"statusCode": 503}' + PRELUDE, b"sorry"))

    assert (found, type(error), error.status, error.retryable) == ([], Refused, 503, True)


async def test_a_failure_comes_after_the_messages() -> None:
    """What was sent before the function failed arrives; its error is told, its trace is not."""
    told = '{"errorType": "RangeError", "errorMessage": "too far", "trace": ["at secret.js:1"]}'
    ended = complete(ErrorCode="Unhandled", ErrorDetails=told)

    found, error = await failure(saying(chunk(b'{"n": 1}\n'), ended))

    assert (found, error.status, error.told) == ([{"n": 1}], "RangeError", "too far")
    assert "secret" not in f"{vars(error)}"


async def test_a_failure_may_be_a_sentence() -> None:
    """Details that are no JSON are what the function said."""
    _, error = await failure(saying(complete(ErrorCode="Runtime.ExitError", ErrorDetails="died")))

    assert (type(error), error.status, error.told) == (Refused, "Runtime.ExitError", "died")


async def test_a_function_out_of_time_timed_out() -> None:
    """The runtime's own word for it becomes ours."""
    _, error = await failure(saying(complete(ErrorCode="Sandbox.Timedout", ErrorDetails="late")))

    assert isinstance(error, TimedOut)


async def test_aws_may_break_a_stream_off() -> None:
    """An exception of the service's own in the stream is told by its type."""
    headers = {":message-type": "exception", ":exception-type": "ServiceException"}

    _, error = await failure(saying(chunk(b"{}\n"), frame(headers, b"{}")))

    assert (error.status, error.retryable) == ("ServiceException", True)


@pytest.mark.parametrize("pieces", [(), (chunk(b"{}\n"),), (chunk(b"{}\n"), complete()[:20])])
async def test_a_stream_without_its_end_broke_off(pieces: tuple[bytes, ...]) -> None:
    """Only `InvokeComplete` ends an answer well."""
    _, error = await failure(saying(*pieces))

    assert isinstance(error, Unreachable)


async def test_a_damaged_chunk_is_malformed() -> None:
    """One bit that changed on the way is noticed."""
    damaged = bytearray(chunk(b'{"n": 1}\n'))
    damaged[-8] ^= 1

    _, error = await failure(saying(bytes(damaged), complete()))

    assert isinstance(error, Malformed)


def _prelude(size: int, headers: int) -> bytes:
    start = struct.pack("!II", size, headers)
    return start + struct.pack("!I", crc32(start)) + b"\0" * 20


@pytest.mark.parametrize(
    "wrong",
    [b"<html>not an event stream</html>", _prelude(8, 0), _prelude(2**31, 2**30), _prelude(90, 80)],
)
async def test_what_is_no_event_stream_is_malformed(wrong: bytes) -> None:
    """A page, and lengths that cannot be, are refused before more is read."""
    _, error = await failure(saying(wrong))

    assert isinstance(error, Malformed)


async def test_a_header_block_that_lies_is_malformed() -> None:
    """Lengths inside the headers that lead out of them end the stream."""
    block = b"\x05ab"
    start = struct.pack("!II", 16 + len(block), len(block))
    start += struct.pack("!I", crc32(start))
    whole = start + block

    _, error = await failure(saying(whole + struct.pack("!I", crc32(whole))))

    assert isinstance(error, Malformed)


async def test_a_chunk_over_the_limit_is_malformed() -> None:
    """A chunk's size is known, and refused, before it is held."""
    _, error = await failure(saying(chunk(b"x" * 5000)[:100]), max_response=4096)

    assert isinstance(error, Malformed)


async def test_a_line_over_the_limit_is_malformed() -> None:
    """A message that never ends is not kept for ever."""
    _, error = await failure(chunks(b"{", *[b" " * 1000] * 5), max_response=4096)

    assert isinstance(error, Malformed)


async def test_messages_arrive_as_they_are_sent() -> None:
    """The first message is there before the function sends its second."""
    seen = asyncio.Event()

    async def pieces(_: bytes) -> AsyncIterator[bytes]:
        yield chunk(b'{"n": 1}\n')
        await seen.wait()
        yield chunk(b'{"n": 2}\n')
        yield complete()

    found = []
    async with asyncio.timeout(5), streaming(pieces) as api, client(api.url) as connected:
        async for one in connected.stream(call()):
            seen.set()
            found.append(one["n"])

    assert found == [1, 2]


async def test_closing_a_stream_ends_it_at_the_backend() -> None:
    """A subscriber who leaves takes the invocation's connection along."""

    async def pieces(_: bytes) -> AsyncIterator[bytes]:
        yield chunk(b"{}\n")
        await asyncio.Event().wait()

    async with streaming(pieces) as api, client(api.url) as connected:
        async with aclosing(connected.stream(call())) as found:
            await anext(found)

        async with asyncio.timeout(5):
            await api.left.wait()


async def test_a_query_gets_all_messages() -> None:
    """Called instead of subscribed to, the function's value is the list of its messages."""
    async with streaming(chunks(b"{}\n", b"[]\n")) as api, client(api.url) as connected:
        asked = Call(function(TOKENS), {}, asyncio.get_running_loop().time() + 5)

        assert await connected.call(asked) == [{}, []]


async def test_a_query_has_a_deadline() -> None:
    """A stream that does not end in time is no answer."""

    async def pieces(_: bytes) -> AsyncIterator[bytes]:
        yield chunk(b"{}\n")
        await asyncio.Event().wait()

    async with streaming(pieces) as api, client(api.url) as connected:
        with pytest.raises(TimedOut):
            await connected.call(
                Call(function(TOKENS), {}, asyncio.get_running_loop().time() + 0.2)
            )


async def test_a_query_has_a_limit() -> None:
    """All messages together are no larger than an answer may be."""
    pieces = chunks(*[b'"%s"\n' % (b"x" * 1000)] * 5)
    async with streaming(pieces) as api, client(api.url, max_response=4096) as connected:
        with pytest.raises(Malformed, match="4096"):
            await connected.call(Call(function(TOKENS), {}, asyncio.get_running_loop().time() + 5))


async def test_the_event_goes_in_and_the_version_comes_beside() -> None:
    """A streamed invocation is told its event, and says which version ran."""
    aside = Aside()
    async with streaming(chunks(b"{}\n")) as api, client(api.url) as connected:
        asked = Call(function(TOKENS), {"input": {"q": 1}}, float("inf"), aside=aside)
        [one async for one in connected.stream(asked)]

    assert api.events == [b'{"q":1}']
    assert (aside.status, aside.headers["x-amz-executed-version"]) == (200, "7")


async def test_an_unknown_function_streams_nothing() -> None:
    """A refusal instead of a stream is the same error as without one."""
    answer = answering({}, status=404, x_amzn_errortype="ResourceNotFoundException")

    async with listening(answer) as api, client(api.url) as connected:
        with pytest.raises(Refused) as caught:
            await anext(connected.stream(call()))

    assert caught.value.status == "ResourceNotFoundException"


async def test_a_function_url_streams_without_frames() -> None:
    """Behind a URL of its own a function's content comes as HTTP sends it."""
    async with listening(answering(b'{"n": 1}\n{"n": 2}\n')) as api, client(api.url) as connected:
        binding = Binding(api.url + "/", Payload.INPUT, form=Form.URL, streaming=True)
        found = [one async for one in connected.stream(Call(function(binding), {}, float("inf")))]

    assert found == [{"n": 1}, {"n": 2}]


async def _pieces(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(1, 50))
async def test_frames_survive_any_cut(payloads: list[bytes], every: int) -> None:
    """However the network cuts a stream, its frames are the same."""
    whole = b"".join(map(chunk, payloads))

    found = [one.payload async for one in frames(_pieces(list(cut(whole, every))), 200)]

    assert found == payloads


@given(st.lists(st.dictionaries(st.text(), st.text()), min_size=1), st.integers(1, 30))
async def test_lines_survive_any_cut(values: list[dict[str, str]], every: int) -> None:
    """However a function's writes cut its lines, the messages are the same."""
    whole = b"".join(json.dumps(one).encode() + b"\n" for one in values)

    found = [one async for one in read(_pieces(list(cut(whole, every))), "", JSON, len(whole))]

    assert found == values


@given(
    st.lists(st.binary(max_size=60), max_size=4),
    st.sampled_from(["", HTTP, "text/plain", "text/event-stream", "application/x-ndjson"]),
)
async def test_any_content_is_messages_or_malformed(pieces: list[bytes], kind: str) -> None:
    """Whatever a function writes, its stream ends, or fails as a call may."""
    try:
        found = [one async for one in read(_pieces(pieces), kind, JSON, 1000)]
    except (Malformed, Refused):
        found = []

    assert len(found) <= sum(map(len, pieces))


@given(st.lists(st.binary(max_size=60), max_size=4))
async def test_garbage_is_an_error_of_ours(pieces: list[bytes]) -> None:
    """Whatever a server sends, a stream of frames ends, or fails as a call may."""
    try:
        found = [one async for one in frames(_pieces(pieces), 1000)]
    except (Malformed, Unreachable):
        found = []

    assert found == []


@pytest.mark.real
async def test_aws_own_client_reads_our_server() -> None:
    """The server these tests speak to says what botocore expects of AWS."""
    ended = complete(ErrorCode="Unhandled", ErrorDetails="why")

    def asked(url: str) -> list[Any]:
        session = botocore.session.Session()
        session.set_credentials("AKIDEXAMPLE", "example")
        aws = session.create_client(
            "lambda",
            region_name="eu-west-1",
            endpoint_url=url,
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            answer = aws.invoke_with_response_stream(FunctionName="tokens", Payload=b"{}")
            return list(answer["EventStream"])
        finally:
            aws.close()

    async with streaming(saying(chunk(b"one"), chunk(b"two"), ended)) as api:
        found = await asyncio.to_thread(asked, api.url)

    assert found == [
        {"PayloadChunk": {"Payload": b"one"}},
        {"PayloadChunk": {"Payload": b"two"}},
        {"InvokeComplete": {"ErrorCode": "Unhandled", "ErrorDetails": "why"}},
    ]
