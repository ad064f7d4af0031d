"""The kind as a value, and what importing it costs."""

import subprocess
import sys

import pytest

from upstreams.aws_lambda.model import Settings
from upstreams.registry import KINDS

KIND = KINDS["lambda"]

SLOW = ("aiohttp", "boto3", "botocore", "graphql", "grpc", "httpx", "lxml", "zeep")


def test_the_kind_is_called_lambda() -> None:
    """The configuration's key and the settings that go with it."""
    assert (KIND.name, KIND.settings) == ("lambda", Settings)


@pytest.mark.parametrize(
    ("module", "slow"),
    [("upstreams.aws_lambda", ""), ("upstreams.aws_lambda.call", "")],
)
def test_imports_stay_cheap(module: str, slow: str) -> None:
    """Naming the kind loads nothing slow, nor does its client: botocore comes with a signature."""
    script = f"import sys, {module}; print(*sorted(set({SLOW}) & set(sys.modules)))"

    ran = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == slow
