"""What clients that nobody here wrote get by naming their documents."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.graphql.documents.manifests import HELLO, apollo, greeting, written
from tests.app.served import Asking
from tests.backends.process import NODE_HOME, node

pytestmark = pytest.mark.real

HI = {"hello": "hi"}


async def told(client: str, asking: Asking, *arguments: str) -> dict[str, Any]:
    """What a client's script printed: its answers, and what went over the wire."""
    process = await asyncio.create_subprocess_exec(
        *node(NODE_HOME / client, f"{asking.http.base_url}/graphql", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    said: dict[str, Any] = json.loads(output)
    return said


def sent(method: str, status: int, *, text: bool) -> dict[str, Any]:
    return {"method": method, "text": text, "status": status}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_apollo_client_sends_a_text_once(tmp_path: Path, method: str) -> None:
    """Its hash, then the text as well, and from then on the hash alone; with either method."""
    async with greeting(tmp_path) as asking:
        said = await told("apollo.mjs", asking, method, HELLO)

    assert said["answers"] == [HI, HI]
    assert said["wire"] == [
        sent(method, 400, text=False),
        sent("POST", 200, text=True),
        sent(method, 200, text=False),
    ]


async def test_apollo_client_stops_where_nothing_is_remembered(tmp_path: Path) -> None:
    """It sends the text without a hash from then on."""
    async with greeting(tmp_path, "persisted: false") as asking:
        said = await told("apollo.mjs", asking, "POST", HELLO)

    assert said["answers"] == [HI, HI]
    assert [one["text"] for one in said["wire"]] == [False, True, True]


async def test_apollo_client_with_a_manifest(tmp_path: Path) -> None:
    """It sends the manifest's ids, and no text ever."""
    manifest = apollo(Hello=HELLO)
    file = written(tmp_path, manifest)
    async with greeting(tmp_path, "trusted: persisted.json, only: true") as asking:
        said = await told("apollo.mjs", asking, "GET", HELLO, str(file))

    assert said["answers"] == [HI, HI]
    assert said["wire"] == [sent("GET", 200, text=False)] * 2


async def test_apollo_client_is_told_what_is_not_trusted(tmp_path: Path) -> None:
    """At once: sending the text as well would not help."""
    async with greeting(
        tmp_path, "trusted: persisted.json, only: true", apollo(Hello=HELLO)
    ) as asking:
        said = await told("apollo.mjs", asking, "POST", "query Other { other: hello }")

    assert said["answers"] == ["this gateway runs trusted documents only"] * 2
    assert said["wire"] == [sent("POST", 400, text=False)] * 2
