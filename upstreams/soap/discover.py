"""Reading a WSDL and everything it imports, under limits, into a catalog.

Documents are fetched here, parsed by us, and only then given to zeep, which sees no network and no
file: what was not fetched does not exist for it.
"""

import asyncio
import os.path
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree
from zeep import Settings as ZeepSettings
from zeep.exceptions import Error as ZeepError
from zeep.xsd import Schema as ZeepSchema

from upstreams import documents, tls
from upstreams.documents import Document, is_url, shown
from upstreams.errors import DiscoveryError
from upstreams.model import Remark
from upstreams.soap.mend import (
    ENCODING_NAMESPACE,
    KNOWN,
    XSD,
    Declared,
    Schema,
    adopt,
    measure,
    mend,
    spelt_out,
)
from upstreams.soap.model import Settings, SoapCatalog
from upstreams.soap.translate import Description, translate
from upstreams.soap.wsdl import WSDL, Definitions
from upstreams.soap.xml import Element, local_name, parse

MAX_DOCUMENTS = 300
MAX_BYTES = 64 * 1024 * 1024
"""Of all documents together."""
TIMEOUT_SECONDS = 60.0
"""For all documents together."""

_LINKS: Mapping[str, str] = {
    f"{{{WSDL}}}import": "location",
    f"{{{XSD}}}import": "schemaLocation",
    f"{{{XSD}}}include": "schemaLocation",
    f"{{{XSD}}}redefine": "schemaLocation",
}


@dataclass(slots=True)
class _Sources:
    """The documents read so far, by the location they are imported from."""

    start: str = ""
    """The location of the WSDL itself, after redirects."""
    roots: dict[str, Element] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    problems: list[Remark] = field(default_factory=list)
    size: int = 0


async def discover(settings: Settings) -> SoapCatalog:
    """What the WSDL offers. Raises `DiscoveryError` naming the place."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            sources = await _fetch(settings)
    except TimeoutError as error:
        reason = f"it and its imports were not read within {TIMEOUT_SECONDS:g} s"
        raise DiscoveryError(reason, at=shown(settings.soap)) from error
    return await asyncio.to_thread(_catalog, sources, settings)


async def _fetch(settings: Settings) -> _Sources:
    """The WSDL, and every document it leads to."""
    sources = _Sources()
    document = await _read(settings.soap, settings, sources)
    root = await asyncio.to_thread(_wsdl, document, sources.problems)
    sources.start = document.location
    sources.roots[document.location] = root
    waiting = _links(root, document.location, sources)
    while waiting:
        location = waiting.pop(0)
        if len(sources.tried) > MAX_DOCUMENTS:
            reason = f"it imports more than {MAX_DOCUMENTS} documents"
            raise DiscoveryError(reason, at=shown(settings.soap))
        try:
            root = await asyncio.to_thread(_parsed, await _read(location, settings, sources))
        except DiscoveryError as error:
            reason = error.message
            sources.problems.append(Remark(_file_name(location), f"not imported: {reason}"))
            continue
        sources.roots[location] = root
        waiting.extend(_links(root, location, sources))
    return sources


async def _read(location: str, settings: Settings, sources: _Sources) -> Document:
    """One document. What the settings say of who asks is for the WSDL's own host only."""
    sources.tried.add(location)
    ours = urlsplit(location)[:2] == urlsplit(settings.soap)[:2]
    files = tls.files(settings)
    document = await documents.read(
        location,
        headers=settings.own_headers if ours else None,
        files=files if ours else files.unnamed(),
        max_bytes=MAX_BYTES - sources.size,
    )
    sources.size += len(document.body)
    return document


def _wsdl(document: Document, problems: list[Remark]) -> Element:
    """The root of a WSDL 1.1 document."""
    root = _parsed(document)
    name = local_name(root.tag)
    if root.tag == f"{{{WSDL}}}definitions":
        return root
    if adopt(root):
        reason = "its elements are in no namespace of WSDL; taken as WSDL 1.1 by their names"
        problems.append(Remark(_file_name(document.location), reason))
        return root
    if name.lower() == "html":
        _refuse_html(document)
    if name == "description":
        raise DiscoveryError("WSDL 2.0 is not read, only 1.1", at=shown(document.location))
    raise DiscoveryError(f"not a WSDL: its root element is {root.tag}", at=shown(document.location))


def _parsed(document: Document) -> Element:
    if document.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        _refuse_html(document)
    try:
        return parse(document.body)
    except ValueError as error:
        raise DiscoveryError(str(error), at=shown(document.location)) from error


def _refuse_html(document: Document) -> NoReturn:
    raise DiscoveryError(
        "an HTML page, not a WSDL; many backends serve theirs at …?wsdl",
        at=shown(document.location),
    )


def _links(root: Element, location: str, sources: _Sources) -> list[str]:
    """The documents an imported one leads to, not tried before; links become absolute in place."""
    found = []
    for node in root.iter(*_LINKS):
        link = node.get(_LINKS[str(node.tag)], "").strip()
        if not link or node.get("namespace") == ENCODING_NAMESPACE:
            continue
        target = _absolute(location, link)
        if target is None:
            reason = "a remote document may not import a local one; ignored"
            sources.problems.append(Remark(_file_name(location), reason))
            del node.attrib[_LINKS[str(node.tag)]]
            continue
        node.set(_LINKS[str(node.tag)], target)
        if target not in sources.tried:
            sources.tried.add(target)
            found.append(target)
    return found


def _file_name(location: str) -> str:
    """`/srv/bank/types.xsd` -> `types.xsd`: enough to find it, and nothing about the machine."""
    path = shown(location).rstrip("/")
    return path.rpartition("/")[2]


def _absolute(base: str, link: str) -> str | None:
    """Where a link leads; None from a URL to anything else."""
    if is_url(base):
        target = urljoin(base, link)
        return target if is_url(target) else None
    if is_url(link):
        return link
    path = unquote(urlsplit(link).path) if link.startswith("file:") else link
    return os.path.normpath(os.path.join(os.path.dirname(base), path))


def _catalog(sources: _Sources, told: Settings) -> SoapCatalog:
    """What the documents say together. Runs in a thread: large ones take seconds."""
    definitions = _definitions(sources)
    sources.roots |= {location: parse(text) for location, text in KNOWN.items()}
    schemas = [
        Schema(root, _file_name(location))
        for location, document in sources.roots.items()
        for root in document.iter(f"{{{XSD}}}schema")
    ]
    mended = tuple(mend(schemas, sources.roots))
    declared = Declared(schemas)
    with _understood(sources.start):
        measure(schemas, declared)
        loaded = _loaded(sources)
        assumed = (*sources.problems, *mended)
        # zeep resolves some of what it loaded only when it is looked at.
        return translate(
            Description(definitions, loaded, declared, told.port, told.carried, assumed)
        )


def _definitions(sources: _Sources) -> Definitions:
    """All that is WSDL of what was read; there is something to call in it."""
    definitions = Definitions(
        [root for root in sources.roots.values() if root.tag == f"{{{WSDL}}}definitions"]
    )
    if not definitions.has_bindings:
        reason = "it has no binding: it is a part of descriptions that import it; name one of them"
        raise DiscoveryError(reason, at=shown(sources.start))
    if not definitions.services:
        reason = "it has no service; its bindings are called at the upstream's `url`"
        sources.problems.append(Remark(_file_name(sources.start), reason))
    return definitions


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Stands in for zeep's transport: the documents that were fetched, and nothing else."""

    roots: Mapping[str, Element]

    def load(self, url: str) -> bytes:
        """The document as it was mended."""
        return etree.tostring(self.roots[url])


def _loaded(sources: _Sources) -> ZeepSchema:
    """All schemas as zeep understands them."""
    # `forbid_external` stays off: it refuses what we have fetched, and `_Fetched` has nothing else.
    settings = ZeepSettings(strict=False, forbid_dtd=True, forbid_entities=True, force_https=False)
    schema = ZeepSchema(  # type: ignore[no-untyped-call]  # zeep's lack annotations
        transport=_Fetched(sources.roots), location=sources.start, settings=settings
    )
    opened = [
        schema.create_new_document(spelt_out(root), location)  # type: ignore[no-untyped-call]  # as above
        for location, document in sources.roots.items()
        if document.tag == f"{{{WSDL}}}definitions"
        for root in document.iter(f"{{{XSD}}}schema")
    ]
    for each in opened:
        each.resolve()
    return schema


@contextmanager
def _understood(location: str) -> Iterator[None]:
    """Errors of zeep, which are of many kinds, stop here."""
    try:
        yield
    except RecursionError as error:
        raise DiscoveryError("its types are nested too deeply", at=shown(location)) from error
    except _ZEEP_ERRORS as error:
        reason = f"its schemas cannot be understood: {error or type(error).__name__}"
        raise DiscoveryError(reason, at=shown(location)) from error


_ZEEP_ERRORS = (
    ZeepError,
    etree.LxmlError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    RuntimeError,
)
"""What zeep raises on schemas it was not made for."""
