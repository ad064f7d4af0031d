"""The last good catalogs, on disk, so that a restart needs no backend to be alive."""

import contextlib
import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.config import Upstream
from upstreams.model import FORMAT, Catalog, store
from upstreams.registry import KINDS


class _Stored(msgspec.Struct, frozen=True):
    """What stands in one file."""

    format: int
    fingerprint: str
    refreshed_at: datetime
    catalog: msgspec.Raw


class Store:
    """A folder with one file for each upstream. Its methods block: call them in a thread.

    Without a folder nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def save(self, upstream: Upstream, catalog: Catalog) -> None:
        """Keep the catalog, in place of the last one, or leave the last one whole.

        Raises `OSError` when the folder cannot be written, `UnicodeEncodeError` when a text of the
        catalog has half a character.
        """
        if self._folder is None:
            return
        stored = _Stored(
            FORMAT, fingerprint(upstream), datetime.now(UTC), msgspec.Raw(store(catalog))
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")
        try:
            with open(descriptor, "wb") as file:
                file.write(msgspec.json.encode(stored))
            os.replace(name, _path(self._folder, upstream))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def load(self, upstream: Upstream) -> tuple[Catalog, datetime] | None:
        """The catalog and when it was discovered; None when there is none for these settings."""
        if self._folder is None:
            return None
        try:
            stored = msgspec.json.decode(_path(self._folder, upstream).read_bytes(), type=_Stored)
            if stored.format != FORMAT or stored.fingerprint != fingerprint(upstream):
                return None
            catalog = msgspec.json.decode(stored.catalog, type=KINDS[upstream.kind].catalog)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return catalog, stored.refreshed_at


def _path(folder: Path, upstream: Upstream) -> Path:
    return folder / f"{upstream.name}.json"


def fingerprint(upstream: Upstream) -> str:
    """What tells one upstream's settings from another's; secrets are no part of it."""
    return hashlib.sha256(f"{upstream.kind} {upstream.settings!r}".encode()).hexdigest()
