"""Where a call goes and what it asks for, said in its envelope's Header (WS-Addressing 1.0)."""

import uuid

from lxml import etree

from upstreams.soap.xml import Element

_WSA = "http://www.w3.org/2005/08/addressing"
_ANONYMOUS = f"{_WSA}/anonymous"
"""The answer comes back on the connection the request went out on."""


def address(header: Element, to: str, action: str) -> None:
    """Put the blocks of a request into the Header, with a new MessageID."""
    _block(header, "To").text = to
    _block(header, "Action").text = action
    _block(header, "MessageID").text = f"urn:uuid:{uuid.uuid4()}"
    etree.SubElement(_block(header, "ReplyTo"), f"{{{_WSA}}}Address").text = _ANONYMOUS


def _block(header: Element, name: str) -> Element:
    return etree.SubElement(header, f"{{{_WSA}}}{name}", nsmap={"wsa": _WSA})
