"""The one way XML from outside is parsed: no entities, no network, no huge trees, no DTD."""

from lxml import etree


def parser(encoding: str | None = None, *, recover: bool = False) -> etree.XMLParser:
    """A parser for one document; `encoding` overrides what the document says of itself."""
    return etree.XMLParser(
        encoding=encoding,
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def has_doctype(root: etree._Element) -> bool:
    """Whether the document has a document type, which bombs are made of."""
    return bool(root.getroottree().docinfo.doctype)  # type: ignore[attr-defined]  # the stubs lack it
