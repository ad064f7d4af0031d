"""Who we are to AWS: credentials from its usual chain, and the signature made with them.

Importing this module and the functions said to block take long enough to be kept off the event
loop; `api` does so.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from upstreams.errors import Unreachable
from upstreams.transport import Request

NO_CREDENTIALS = (
    "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a "
    "`profile`, or run under a role; for an emulator that checks none, set `sign: false`"
)
RETRY_SECONDS = 10.0
"""How long a failed refresh is left alone while the old credentials still serve."""

_FAILURES = (BotoCoreError, ClientError, OSError, RuntimeError, ValueError, KeyError)
"""botocore's own, and what it lets through: unreadable files, bad JSON, keys born expired."""


class Credentials(Protocol):
    """Of botocore's credentials, what we use."""

    def get_frozen_credentials(self) -> Any:
        """A consistent set of keys; blocks while they are refreshed."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of AWS with host names of its own: the world, China, GovCloud …"""

    regions: re.Pattern[str]
    suffix: str


class Identity:
    """Credentials, the region they come with, and where that and other regions are served."""

    def __init__(
        self, credentials: Credentials, region: str | None, partitions: tuple[Partition, ...]
    ) -> None:
        self.region = region
        self._credentials = credentials
        self._partitions = partitions
        self._frozen: Any = None
        self._refreshed = 0.0

    def stale(self) -> bool:
        """Whether `refresh` is due."""
        if self._frozen is None:
            return True
        return (
            isinstance(self._credentials, RefreshableCredentials)
            and bool(self._credentials.refresh_needed())
            and time.monotonic() - self._refreshed > RETRY_SECONDS
        )

    def refresh(self) -> None:
        """Obtain the keys, again where they expire. Blocks; raises `Unreachable`.

        Keys that cannot be renewed are used on, for up to ten minutes until they expire: botocore
        has logged why, and AWS says when they are no longer valid.
        """
        self._refreshed = time.monotonic()
        try:
            with _our_errors():
                self._frozen = self._credentials.get_frozen_credentials()
        except Unreachable:
            if self._frozen is None:
                raise

    def host(self, region: str) -> str:
        """`cn-north-1` -> `lambda.cn-north-1.amazonaws.com.cn`."""
        suffixes = (part.suffix for part in self._partitions if part.regions.match(region))
        return f"lambda.{region}.{next(suffixes, 'amazonaws.com')}"

    def sign(self, request: Request, region: str) -> Request:
        """The request with the headers that prove who sends it (Signature Version 4)."""
        signed = AWSRequest(request.method, request.url, dict(request.headers), request.body)
        SigV4Auth(self._frozen, "lambda", region).add_auth(signed)
        return replace(request, headers=tuple(signed.headers.items()))


def look_up(profile: str | None) -> Identity:
    """The identity this process has, by botocore's chain. Blocks; raises `Unreachable`."""
    with _our_errors():
        session = botocore.session.Session(profile=profile)
        credentials = session.get_credentials()
        if credentials is None:
            raise Unreachable(NO_CREDENTIALS, retryable=False)
        # botocore alone among AWS's libraries does not read AWS_REGION, which EKS sets.
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
        described = session.get_component("data_loader").load_data("partitions")
    identity = Identity(credentials, region, tuple(_partitions(described)))
    identity.refresh()
    return identity


def _partitions(described: Mapping[str, Any]) -> Iterator[Partition]:
    for part in described["partitions"]:
        yield Partition(re.compile(part["regionRegex"]), part["outputs"]["dnsSuffix"])


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        # Only the kind of failure: botocore's sentences can hold role names and addresses.
        reason = type(error).__name__
        raise Unreachable(
            f"the AWS credentials could not be obtained ({reason}): check the profile or role",
            retryable=False,
        ) from error
