"""A schema as a document: SDL, or the answer to an introspection."""

from typing import Any, TypeAlias

import msgspec

from upstreams import documents, tls
from upstreams.errors import DiscoveryError
from upstreams.graphql_api.model import Settings

Described: TypeAlias = str | dict[str, Any]
"""SDL, or the `data` of an introspection."""

_BOM = b"\xef\xbb\xbf"


async def read(settings: Settings) -> Described:
    """What the document says that the settings name. Raises `DiscoveryError`."""
    document = await documents.read(
        settings.graphql,
        headers=settings.headers,
        files=tls.files(settings),
        reach=documents.Reach(link_local=True),
    )
    body, at = documents.in_utf8(document).removeprefix(_BOM), documents.shown(document.location)
    if body.lstrip().startswith(b"{"):
        return data_of(body, at)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise DiscoveryError("neither SDL nor JSON: it is no text in UTF-8", at=at) from error


def data_of(body: bytes, at: str) -> dict[str, Any]:
    """The `data` of an introspection's answer, or what stands alone without one.

    Raises `DiscoveryError`.
    """
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DiscoveryError("it begins like JSON and is none", at=at) from error
    found = told.get("data", told)
    if not isinstance(found, dict) or not isinstance(found.get("__schema"), dict):
        raise DiscoveryError("JSON, but not the answer to an introspection", at=at)
    return found
