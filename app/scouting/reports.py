"""What a scout is asked, and what it says of each upstream."""

import struct
from dataclasses import dataclass
from typing import Any

import msgspec

from upstreams.kind import Settings
from upstreams.model import Catalog, store

BEGIN = b"\0scout\0"
"""Stands before all reports."""
LENGTH = struct.Struct("!I")
"""Stands before the bytes of every report."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One upstream to discover."""

    number: int
    """Which of a scout's upstreams it is, from 0."""
    name: str
    kind: str
    settings: Settings
    timeout: float
    """Seconds."""


class Report(msgspec.Struct, frozen=True):
    """How one discovery ended."""

    number: int
    catalog: msgspec.Raw = msgspec.Raw(b"null")
    problem: str | None = None
    """Why there is no catalog; it and the place as `DiscoveryError` has them."""
    place: str = ""


def framed(report: Report) -> bytes:
    """The report as it is sent."""
    text = msgspec.json.encode(report)
    return LENGTH.pack(len(text)) + text


def written(catalog: Catalog[Any, Any]) -> bytes:
    """The catalog as JSON; half a character, which clients would be shown so too, as U+FFFD."""
    try:
        return store(catalog)
    except UnicodeEncodeError:
        # Rare, and much to import.
        from app.graphql.body import encode

        return encode(msgspec.to_builtins(catalog))
