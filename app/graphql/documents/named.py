"""What a request says of the document it means, whether it came over HTTP or a WebSocket."""

from collections.abc import Mapping
from typing import Any

from cross_web import HTTPException

PERSISTED = "persistedQuery"
"""The extension by which Apollo's clients name a text's hash."""
IDS = ("documentId", "doc_id")
"""Parameters that name a document: that of GraphQL over HTTP (appendix A), and Relay's.

`id`, which some Relay clients send, is not among them: others number their requests with it.
"""


class Named(str):
    """A request's text, which may be empty, and what stands beside it of the document it means.

    Strawberry hands on the text of a request and, of a WebSocket's, nothing else.
    """

    __slots__ = ("document_id", "extensions")

    document_id: str | None
    extensions: Mapping[str, Any] | None


def named(request: dict[str, Any]) -> dict[str, Any]:
    """A request's parameters, its text `Named` where it says which document it means.

    Raises `HTTPException` for an id that is none.
    """
    extensions = request.get("extensions")
    document_id = next((request[name] for name in IDS if request.get(name) is not None), None)
    if document_id is None and not (isinstance(extensions, dict) and PERSISTED in extensions):
        return request
    if not isinstance(document_id, str | None):
        raise HTTPException(400, f"{' and '.join(IDS)} must be texts")
    query = request.get("query")
    if not isinstance(query, str | None):
        return request
    text = Named(query or "")
    text.document_id = document_id
    text.extensions = extensions if isinstance(extensions, dict) else None
    return {**request, "query": text}
