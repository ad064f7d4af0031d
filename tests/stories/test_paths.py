"""Which of both paths answers, as the gateway itself counts."""

from pathlib import Path

import pytest

from tests.app.served import gateway
from tests.backends.rest import TEXT, answering, json, rest

REASONS = {"planned": {"planned", "the gateway's own"}, "exact": {"asked for"}}
"""Why the paths were taken, by how the story is told."""


async def test_a_story_takes_the_path_that_it_is_told_by(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """With `SPLICE_EXACT=1` no operation is planned, without it every plain one is."""
    told = request.node.callspec.params["taken_path"]
    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        await asking.query("{ hello }")
        body = await asking.query("{ _gateway { paths { reason } } }")

    assert {one["reason"] for one in body["data"]["_gateway"]["paths"]} == REASONS[told]
