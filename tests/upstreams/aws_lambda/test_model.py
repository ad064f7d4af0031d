"""How functions are named in the configuration."""

import pytest

from upstreams.aws_lambda.model import Reference, reference
from upstreams.errors import DiscoveryError

ARN = "arn:aws-cn:lambda:cn-north-1:123456789012:function:"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("quote", Reference("quote")),
        ("quote:live", Reference("quote", qualifier="live")),
        ("quote:$LATEST", Reference("quote", qualifier="$LATEST")),
        ("rates-*:7", Reference("rates-*", qualifier="7")),
        ("123456789012:function:quote", Reference("quote", prefix="123456789012:function:")),
        (f"{ARN}quote", Reference("quote", prefix=ARN, region="cn-north-1")),
        (f"{ARN}quote:7", Reference("quote", prefix=ARN, qualifier="7", region="cn-north-1")),
    ],
)
def test_references_come_apart_and_together(text: str, parts: Reference) -> None:
    """Every form AWS accepts is understood, and written again as it was."""
    assert reference(text) == parts
    assert parts.text == text


@pytest.mark.parametrize(
    "text", ["", ":", "a:b:c", "arn:aws:s3:::bucket", "arn:aws:lambda:eu-west-1:1:function:f", "f:"]
)
def test_other_texts_are_refused(text: str) -> None:
    """What cannot name a function is an error that says what can."""
    with pytest.raises(DiscoveryError, match="NAME:ALIAS"):
        reference(text)


@pytest.mark.parametrize(
    ("text", "is_glob"), [("rates-*", True), ("r?tes", True), ("[rq]*", True), ("rates", False)]
)
def test_globs_are_told_from_names(text: str, is_glob: bool) -> None:  # noqa: FBT001 - a column
    """A star, a question mark or a bracket asks for a listing."""
    assert reference(text).is_glob is is_glob
