"""From what a request says of its document to the text that is run."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from app.config.model import DocumentSettings
from app.graphql.documents.errors import (
    DocumentError,
    HashMismatchError,
    MalformedError,
    NotRememberedError,
    NotSupportedError,
    NotTrustedError,
    UnknownDocumentError,
)
from app.graphql.documents.manifest import Trusted, trusted
from app.graphql.documents.named import PERSISTED
from app.graphql.documents.remembered import Remembered

_SHA256 = "sha256:"
"""What an id begins with that is a text's hash (GraphQL over HTTP, appendix A)."""


class Documents:
    """The texts that requests may name: trusted ones, and those that clients sent before.

    They belong to no snapshot: a text means the same in every schema.
    """

    def __init__(
        self, approved: Iterable[Trusted] = (), *, persisted: bool = True, only: bool = False
    ) -> None:
        """`persisted`: texts that clients send with their hash are remembered.

        `only`: nothing but trusted documents is run, so nothing else is remembered either.
        """
        self.trusted = tuple(approved)
        self.hits = self.misses = self.refused = 0
        """Names that led to a text, names that did not, and texts that are not trusted."""
        self._persisted = persisted and not only
        self._only = only
        self._texts = frozenset(one.text for one in self.trusted)
        self._by_name = {digest(one.text): one.text for one in self.trusted}
        self._by_name |= {one.id: one.text for one in self.trusted}
        self._remembered = Remembered()

    @classmethod
    def of(cls, settings: DocumentSettings) -> "Documents":
        """What the settings say. Raises `ConfigError` for what is wrong with a manifest."""
        return cls(trusted(settings.trusted), persisted=settings.persisted, only=settings.only)

    def text(
        self, query: str | None, extensions: Mapping[str, Any] | None, document_id: str | None
    ) -> str:
        """The text to run for what a request says; an empty one where it says nothing.

        Raises `DocumentError`.
        """
        try:
            return self._text(query, extensions, document_id)
        except NotTrustedError:
            self.refused += 1
            raise
        except (UnknownDocumentError, NotRememberedError):
            self.misses += 1
            raise

    def known(
        self, query: str | None, extensions: Mapping[str, Any] | None, document_id: str | None
    ) -> str | None:
        """The same, for who asks `text` where it is None: what is refused is not counted."""
        try:
            return self._text(query, extensions, document_id)
        except DocumentError:
            return None

    def _text(
        self, query: str | None, extensions: Mapping[str, Any] | None, document_id: str | None
    ) -> str:
        if document_id:
            return self._by_id(document_id, query)
        if extensions and (hashed := _hash(extensions)):
            return self._by_hash(hashed, query)
        return self._allowed(query) if query else ""

    def _by_id(self, document_id: str, query: str | None) -> str:
        if query:
            raise MalformedError("a request names its document or sends its text, not both")
        found = self._by_name.get(document_id) or self._known(document_id.removeprefix(_SHA256))
        if not found:
            raise UnknownDocumentError
        return self._hit(found)

    def _by_hash(self, hashed: str, query: str | None) -> str:
        """The text of an automatic persisted query (Apollo's protocol, version 1)."""
        found = self._known(hashed)
        if found and query in (None, "", found):
            return self._hit(found)
        if query and digest(query) != hashed:
            raise HashMismatchError
        if self._only:
            return self._allowed(query or "")
        if not self._persisted:
            raise NotSupportedError
        if not query:
            raise NotRememberedError
        self._remembered.put(hashed, query)
        return query

    def _known(self, name: str) -> str | None:
        return self._by_name.get(name) or self._remembered.get(name)

    def _allowed(self, text: str) -> str:
        """The text itself. Raises `NotTrustedError`."""
        if self._only and text not in self._texts:
            raise NotTrustedError
        return text

    def _hit(self, text: str) -> str:
        self.hits += 1
        return text


def digest(text: str) -> str:
    """The hash by which clients name a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hash(extensions: Mapping[str, Any]) -> str | None:
    """The hash of an automatic persisted query, where there is one. Raises `MalformedError`."""
    said = extensions.get(PERSISTED)
    if said is None:
        return None
    hashed = said.get("sha256Hash") if isinstance(said, dict) and said.get("version") == 1 else None
    if not isinstance(hashed, str) or not hashed:
        raise MalformedError(f"`{PERSISTED}` must have version 1 and a `sha256Hash`")
    return hashed
