"""Calls as `grpcurl` commands."""

import json
from typing import Any

import pytest

from tests.upstreams.explaining import SECRET, explained
from tests.upstreams.grpc.asking import EVERYTHING, upstream
from upstreams.errors import Unreachable
from upstreams.grpc import KIND
from upstreams.grpc.model import Settings
from upstreams.kind import Explanation


async def told(
    name: str, given: Any, passed: dict[str, str] | None = None, **settings: Any
) -> Explanation:
    """How a method would be called by a client with those settings."""
    async with upstream({}) as one:
        function = one.function(name)
        client = KIND.connect("a", Settings(grpc="127.0.0.1:9", **settings), one.catalog)
    try:
        return await explained(client, function, passed, input=given)
    finally:
        await client.aclose()


async def test_a_call_in_protobufs_json() -> None:
    """Without TLS, and by reflection, unless the settings say else."""
    found = await told("GetThing", {"name": "it's"})

    assert found.words == (
        *("grpcurl", "-plaintext", "-d", '{"name": "it\'s"}'),
        *("127.0.0.1:9", f"{EVERYTHING}/GetThing"),
    )


async def test_what_proves_who_is_who() -> None:
    """Files are named; metadata is hidden, whatever it looks like."""
    found = await told(
        "GetThing",
        {},
        {"authorization": "***"},
        ca="/ca.pem",
        certificate="/me.pem",
        server_name="shop",
        headers={"x-key": SECRET, "x-key-bin": SECRET, "host": SECRET, "user-agent": "splice"},
    )

    assert found.words[1:] == (
        *("-cacert", "/ca.pem", "-cert", "/me.pem", "-key", "/me.pem", "-authority", "shop"),
        *("-H", "authorization: ***", "-H", "x-key: ***", "-H", "x-key-bin: ***"),
        *("-d", "{}", "127.0.0.1:9", f"{EVERYTHING}/GetThing"),
    )


@pytest.mark.parametrize(
    ("descriptors", "options"),
    [
        ("/a/all.binpb", ("-protoset", "/a/all.binpb")),
        ("/a/all.proto", ("-import-path", "/i", "-import-path", "/a", "-proto", "all.proto")),
        ("/a", ("-import-path", "/i", "-import-path", "/a", "-proto", "FILE.proto")),
    ],
)
async def test_where_reflection_is_off(descriptors: str, options: tuple[str, ...]) -> None:
    """Where the messages are described is told, too."""
    found = await told("GetThing", {}, descriptors=descriptors, imports=("/i",))

    assert found.words[2 : 2 + len(options)] == options


async def test_streams() -> None:
    """Every message that goes out; and how many are read at most."""
    found = await told("Double", [{"value": 1}, {"value": 2}], max_messages=7)

    given = found.words[found.words.index("-d") + 1]
    assert [json.loads(f"{one}}}") for one in given.split("}")[:-1]] == [
        {"value": "1"},
        {"value": "2"},
    ]
    assert found.most == 7


async def test_nobody_to_call() -> None:
    """Where only a description was given."""
    async with upstream({}) as one:
        client = KIND.connect("a", Settings(grpc="all.binpb"), one.catalog)

        with pytest.raises(Unreachable, match="no backend"):
            await explained(client, one.function("GetThing"))
