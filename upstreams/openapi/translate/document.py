"""The frame of a description: that it is OpenAPI, which version, and where it is served."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from upstreams.errors import DiscoveryError
from upstreams.json_schema import Dialect, Documents, Place, Types

_HTTP = ("http://", "https://")
_VARIABLE = re.compile(r"\{([^{}]*)\}")

_SAID = {Dialect.SWAGGER_2: "2.0", Dialect.OPENAPI_3_0: "3.0", Dialect.JSON_SCHEMA: "3.1"}
_USUAL = {"swagger": re.compile(r"2\.0"), "openapi": re.compile(r"3\.[01]\.\d+")}

_STRANGERS: Mapping[str, str] = {
    "asyncapi": "an AsyncAPI document",
    "swaggerVersion": "a Swagger 1.x document; convert it to OpenAPI 3",
    "item": "a Postman collection; export it as OpenAPI",
    "requests": "a Postman collection; export it as OpenAPI",
    "resourceVersion": "a WADL or Google discovery document",
    "discoveryVersion": "a Google API discovery document",
    "__schema": "a GraphQL introspection result",
    "log": "a HAR recording",
    "$schema": "a bare JSON Schema",
    "paths": "missing its version: put `openapi: 3.0.3` (or `swagger: '2.0'`) at its top",
}


def dialect(documents: Documents, at: str) -> Dialect:
    """Which version of OpenAPI the description follows. Raises `DiscoveryError` when none."""
    root = documents.start
    if not isinstance(root.value, dict):
        raise DiscoveryError(f"not an OpenAPI document: its root is {_said(root.value)}", at=at)
    for key in ("openapi", "swagger"):
        if key in root.members:
            return _version(str(root.members[key]), key, at)
    raise DiscoveryError(f"not an OpenAPI document: it is {_stranger(root)}", at=at)


def _said(value: object) -> str:
    match value:
        case list():
            return "a list, not an object"
        case str():
            return f"the text {value[:40]!r}, not an object"
        case _:
            return "no object"


def _stranger(root: Place) -> str:
    known = (text for key, text in _STRANGERS.items() if key in root.members)
    keys = ", ".join(repr(key) for key in list(root.members)[:5]) or "nothing"
    return next(known, f"an object with neither `openapi` nor `swagger`, but {keys}")


def _version(written: str, key: str, at: str) -> Dialect:
    if re.fullmatch(r"2(\.0)*", written):
        return Dialect.SWAGGER_2
    if written.startswith("3.0"):
        return Dialect.OPENAPI_3_0
    if written.startswith("3."):
        return Dialect.JSON_SCHEMA
    raise DiscoveryError(
        f"version {written[:40]!r} is not known; 2.0, 3.0 and 3.1 are", at=f"{at}#/{key}"
    )


def remarks(root: Place, dialect: Dialect, types: Types) -> None:
    """Note what the frame lacks or says in an unusual way."""
    key = "openapi" if "openapi" in root.members else "swagger"
    if not _USUAL[key].fullmatch(str(root.members[key])):
        types.assume(f"#/{key}", f"read as {_SAID[dialect]}")
    types.check(root.child("info"))
    if not root.child("info").members:
        types.assume("#/info", "missing; the description has no title")
    if not isinstance(root.members.get("paths"), dict):
        types.assume("#/paths", "missing; the description offers no functions")


def servers(root: Place, dialect: Dialect, location: str, types: Types) -> str:
    """The URL the backend is served under; empty when the description does not say."""
    old = dialect is Dialect.SWAGGER_2
    url = _hosted(root, location) if old else server(root, location, types)
    if not url:
        types.assume("#/servers", "no address to call; set `url`")
    return url


def server(place: Place, location: str, types: Types) -> str:
    """The first of the `servers` at a place, its variables at their defaults."""
    listed = place.child("servers").elements()
    if not listed:
        return _absolute("/", location)
    chosen = listed[0]
    values = dict(_defaults(chosen))
    url = _VARIABLE.sub(lambda found: values.get(found[1], found[0]), chosen.text("url"))
    if _VARIABLE.search(url):
        types.assume(chosen.at, "a variable has no default; set `url`")
        return ""
    return _absolute(url or "/", location)


def _defaults(chosen: Place) -> Iterator[tuple[str, str]]:
    for name, variable in chosen.child("variables").children():
        default = variable.members.get("default")
        if default is not None:
            yield name, str(default)


def _hosted(root: Place, location: str) -> str:
    """The address in the terms of Swagger 2.0: scheme, host and base path."""
    here = urlsplit(location)
    schemes = [str(one.value) for one in root.child("schemes").elements()]
    scheme = "https" if "https" in schemes else next(iter(schemes), here.scheme or "https")
    host = root.text("host")
    path = root.text("basePath") or "/"
    return _absolute(f"{scheme}://{host}{path}" if host else path, location)


def _absolute(url: str, location: str) -> str:
    """A server's URL, which may be relative to where the description was read; empty when none."""
    try:
        if location.startswith(_HTTP):
            return _bare(urljoin(location, url))
        return _bare(url) if url.startswith(_HTTP) else ""
    except ValueError:
        return ""


def _bare(url: str) -> str:
    """Without credentials, which are settings and no part of a description."""
    parts = urlsplit(url)
    return (
        parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        .geturl()
        .rstrip("/")
    )
