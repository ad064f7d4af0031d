"""The JSON of requests and responses."""

import json

import pytest

from app.graphql.body import decode, encode


def test_half_a_character_becomes_a_whole_one() -> None:
    """UTF-8 cannot say it, and the rest of the response must arrive."""
    body = {"data": {"a\ud800": ["x\udc00y", "\U0001f600", 1]}}

    assert json.loads(encode(body)) == {"data": {"a\ufffd": ["x\ufffdy", "\U0001f600", 1]}}


@pytest.mark.parametrize("text", ["NaN", '"\\ud800"', "[" * 5000 + "]" * 5000, b'"\xff"', ""])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    """By the one exception Strawberry expects."""
    with pytest.raises(json.JSONDecodeError):
        decode(text)
