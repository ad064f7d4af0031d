"""What was held back and what was approved of it, in the folder of the last good catalogs.

`held/<upstream>.json` is written by the gateway, `approved/<upstream>.json` by `splice approve`.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import msgspec

from schema.diff import Change
from upstreams.model import Catalog, store


class Held(msgspec.Struct, frozen=True):
    """A catalog that is not served, and why."""

    digest: str
    """Which catalog it is."""
    changes: tuple[Change, ...]
    """What of it breaks clients."""


class _Approved(msgspec.Struct, frozen=True):
    digest: str


class Approvals:
    """The records of all upstreams. Its methods block: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hold(self, upstream: str, held: Held) -> None:
        """Say what is held back. Raises `OSError`."""
        _write(self._held(upstream), held)

    def held(self, upstream: str) -> Held | None:
        """What is held back of it."""
        try:
            return msgspec.json.decode(self._held(upstream).read_bytes(), type=Held)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def approve(self, upstream: str, held: Held) -> None:
        """Let that catalog, and no other, be served. Raises `OSError`."""
        _write(self._approved(upstream), _Approved(held.digest))

    def is_approved(self, upstream: str, catalog: Catalog) -> bool:
        """Whether somebody approved of just that catalog."""
        try:
            approved = msgspec.json.decode(self._approved(upstream).read_bytes(), type=_Approved)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return False
        return approved.digest == digest(catalog)

    def forget(self, upstream: str) -> None:
        """Nothing is held back any more: an approval holds once."""
        for path in (self._held(upstream), self._approved(upstream)):
            with contextlib.suppress(OSError):
                path.unlink()

    def _held(self, upstream: str) -> Path:
        return self._folder / "held" / f"{upstream}.json"

    def _approved(self, upstream: str) -> Path:
        return self._folder / "approved" / f"{upstream}.json"


def digest(catalog: Catalog) -> str:
    """What tells a catalog from every other."""
    try:
        text = store(catalog)
    except UnicodeEncodeError:
        # Half a character somewhere: it cannot be stored, but named.
        text = repr(catalog).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()


def _write(path: Path, record: msgspec.Struct) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with open(descriptor, "wb") as file:
            file.write(msgspec.json.encode(record))
        os.replace(name, path)
    except (OSError, UnicodeEncodeError):
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
