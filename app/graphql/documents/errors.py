"""Why the document that a request means is not run, and the code by which clients know.

* DocumentError
  x MalformedError        GRAPHQL_BAD_REQUEST            the request contradicts itself
    - HashMismatchError   PERSISTED_QUERY_HASH_MISMATCH  the text is not the one that was hashed
  x NotRememberedError    PERSISTED_QUERY_NOT_FOUND      the text must be sent along this time
  x NotSupportedError     PERSISTED_QUERY_NOT_SUPPORTED  texts must always be sent, without a hash
  x UnknownDocumentError  DOCUMENT_NOT_FOUND             no document is known by that id
  x NotTrustedError       DOCUMENT_NOT_TRUSTED           only trusted documents run; it is none

Apollo's clients look for the messages of the persisted ones, word by word, or for their codes.
"""

from typing import ClassVar

from graphql import GraphQLError

BAD_REQUEST = "GRAPHQL_BAD_REQUEST"


class DocumentError(GraphQLError):
    """The root of the tree."""

    code: ClassVar[str]
    reason: ClassVar[str] = ""
    """What clients are told unless the one who raises it knows better."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.reason, extensions={"code": self.code})


class MalformedError(DocumentError):
    """What the request says of its document makes no sense, whatever is known here."""

    code = BAD_REQUEST


class HashMismatchError(MalformedError):
    """The hash is not that of the text beside it."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"
    reason = "provided sha does not match query"


class NotRememberedError(DocumentError):
    """Nobody sent the text of that hash yet, or it is forgotten."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    reason = "PersistedQueryNotFound"


class NotSupportedError(DocumentError):
    """Texts are not remembered here."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    reason = "PersistedQueryNotSupported"


class UnknownDocumentError(DocumentError):
    """No document is known by the id."""

    code = "DOCUMENT_NOT_FOUND"
    reason = "no document is known by this id"


class NotTrustedError(DocumentError):
    """Only trusted documents are run, and this is none."""

    code = "DOCUMENT_NOT_TRUSTED"
    reason = "this gateway runs trusted documents only"
