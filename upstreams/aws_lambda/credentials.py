"""Who we are to AWS: keys from botocore's chain, renewed before they expire.

Importing this module and the functions said to block take long enough to be kept off the event
loop; `identity` does so.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
    RefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from upstreams.aws_lambda.model import Settings
from upstreams.aws_lambda.sign import Keys, Signer
from upstreams.errors import Unreachable

NO_CREDENTIALS = (
    "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a "
    "`profile`, or run under a role; for an emulator that checks none, set `sign: false`"
)
RETRY_SECONDS = 10.0
"""How long a failed renewal is left alone while the old keys still serve."""
LOOK_SECONDS = 1.0
"""How often it is seen whether keys are about to expire."""

_BRIEF = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})
"""How long asking for keys may take; botocore's own limits are minutes."""
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
        self._keys: Keys | None = None
        self._signers: dict[tuple[str, str], Signer] = {}
        self._look = 0.0

    @property
    def keys(self) -> Keys | None:
        """The keys at hand."""
        return self._keys

    def due(self) -> bool:
        """Whether keys are to be renewed: they are about to expire, or have."""
        now = time.monotonic()
        if now < self._look:
            return False
        self._look = now + LOOK_SECONDS
        return self._expires_within(None)

    def valid(self) -> bool:
        """Whether the keys at hand can be used."""
        return self._keys is not None and not self._expires_within(0)

    def renew(self) -> None:
        """Obtain the keys, again where they expire. Blocks.

        Raises `Unreachable`, unless the old ones still serve: botocore has logged why.
        """
        try:
            with _our_errors():
                frozen = self._credentials.get_frozen_credentials()
        except Unreachable:
            if not self.valid():
                raise
            self._look = time.monotonic() + RETRY_SECONDS
            return
        keys = Keys(frozen.access_key, frozen.secret_key, frozen.token or "")
        if keys == self._keys:
            # A refresh that failed early is botocore's to log, and gives the old keys.
            self._look = time.monotonic() + RETRY_SECONDS
        else:
            self._keys, self._signers = keys, {}

    def host(self, service: str, region: str) -> str:
        """`lambda`, `cn-north-1` -> `lambda.cn-north-1.amazonaws.com.cn`."""
        suffixes = (part.suffix for part in self._partitions if part.regions.match(region))
        return f"{service}.{region}.{next(suffixes, 'amazonaws.com')}"

    def signer(self, service: str, region: str) -> Signer:
        """What signs with the keys at hand."""
        known = self._signers.get((service, region))
        if known is None:
            assert self._keys is not None  # noqa: S101 - an identity is renewed before it is given
            known = self._signers[service, region] = Signer(self._keys, region, service)
        return known

    def _expires_within(self, seconds: int | None) -> bool:
        """None stands for as long before as botocore begins to refresh."""
        credentials = self._credentials
        if not isinstance(credentials, RefreshableCredentials):
            return False
        return bool(credentials.refresh_needed(seconds))


def look_up(settings: Settings) -> Identity:
    """The identity this process has for an upstream. Blocks; raises `Unreachable`.

    https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    """
    with _our_errors():
        session = botocore.session.Session(profile=settings.profile)
        region = _region(session, settings)
        # What asks STS for keys asks there, too.
        session.set_config_variable("region", region)
        session.set_default_client_config(_BRIEF)
        credentials = session.get_credentials()
        if credentials is None:
            raise Unreachable(NO_CREDENTIALS, retryable=False)
        described = session.get_component("data_loader").load_data("partitions")
        if settings.role:
            credentials = _assumed(session, credentials, settings)
    identity = Identity(credentials, region, tuple(_partitions(described)))
    identity.renew()
    return identity


def _region(session: botocore.session.Session, settings: Settings) -> str | None:
    # botocore alone among AWS's libraries does not read AWS_REGION, which EKS sets.
    own = settings.region or os.environ.get("AWS_REGION")
    found: str | None = own or session.get_config_variable("region")
    return found


def _assumed(
    session: botocore.session.Session, source: Credentials, settings: Settings
) -> Credentials:
    """The credentials of the upstream's role, which the source is allowed to take on."""
    told = {"RoleSessionName": settings.session_name, "ExternalId": settings.external_id}
    fetcher = AssumeRoleCredentialFetcher(
        session.create_client,
        source,
        settings.role,
        extra_args={name: value for name, value in told.items() if value},
    )
    assumed: Credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return assumed


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
            retryable=isinstance(error, HTTPClientError | NoConnectionError),
        ) from error
