"""What grpc's core does by itself for a channel: how calls are spread, and which are tried again.

See https://github.com/grpc/grpc/blob/master/doc/service_config.md and gRFC A6.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from upstreams.grpc.model import Settings

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds before a call is made again, which double from time to time."""
TOKENS, EARNED = 10, 0.1
"""Half as many failures in a row, and nothing is tried again until calls succeed."""


class UnusableConfigError(Exception):
    """A service config cannot be read; the message says which and why."""


def service_config(settings: Settings, reads: Collection[str]) -> str:
    """The service config as JSON: the one the settings name, else spreading, and retries of reads.

    `reads` are `package.Service/Method`. It reads a file where one is named, and raises
    `UnusableConfigError`.
    """
    if settings.service_config is not None:
        return _read(settings.service_config)
    config: dict[str, Any] = {"loadBalancingConfig": [{settings.load_balancing.value: {}}]}
    if reads and settings.retries:
        policy = _retry_policy(settings.retries)
        names = [_name(each) for each in reads]
        config["methodConfig"] = [{"name": names, "retryPolicy": policy}]
        config["retryThrottling"] = {"maxTokens": TOKENS, "tokenRatio": EARNED}
    return json.dumps(config)


def _retry_policy(retries: int) -> Mapping[str, Any]:
    return {
        "maxAttempts": retries + 1,
        "initialBackoff": f"{FIRST_PAUSE}s",
        "maxBackoff": f"{LONGEST_PAUSE}s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }


def _name(function: str) -> Mapping[str, str]:
    service, _, method = function.partition("/")
    return {"service": service, "method": method}


def _read(location: str) -> str:
    try:
        text = Path(location).read_text(encoding="utf-8")
        config = json.loads(text)
    except OSError as error:
        raise UnusableConfigError(f"the service config {location} cannot be read") from error
    except ValueError as error:
        raise UnusableConfigError(f"the service config {location} is not JSON") from error
    if not isinstance(config, dict):
        raise UnusableConfigError(f"the service config {location} is not an object")
    return text
