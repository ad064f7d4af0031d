"""What comes back: the envelope of an answer, and the value in it."""

import codecs
import functools
from collections.abc import Iterator, Sequence
from email.message import Message as Header
from typing import Any

from upstreams.errors import Malformed
from upstreams.kind import Call
from upstreams.soap.call.attachments import Part, include, unpacked
from upstreams.soap.call.faults import fault_in, refused, refused_by
from upstreams.soap.call.shown import shown
from upstreams.soap.model import ENVELOPES, Binding, Block
from upstreams.soap.shape import Answered
from upstreams.soap.xml import Element, Values, local_name, namespace, parse
from upstreams.transport import Response

_SEVERAL = "multipart/"
_ENVELOPES = frozenset(f"{{{version}}}Envelope" for version in ENVELOPES.values())


class Answers:
    """Reads the answers to one catalog's operations."""

    def __init__(self, values: Values, most: int) -> None:
        """`most`: how many bytes an answer may have, what it includes of its parts as well."""
        self._values = values
        self._most = most

    def answered(self, response: Response, call: Call) -> Answered:
        """The answer's Body. Raises `Refused` and `Malformed`.

        What the description declares of its Header, and parts that the envelope does not mean, are
        left beside it.
        """
        binding: Binding = call.function.binding
        if not response.body or response.body.isspace():
            return self._nothing(response, binding)
        envelope, unmeant = self._envelope(response)
        body = _body(envelope, response.status)
        fault = fault_in(body, binding)
        if fault is not None:
            raise refused(fault, response.status, binding, self._values)
        if response.status >= 300:
            raise refused_by(response.status)
        if (binding.received or unmeant) and (
            beside := dict(self._beside(envelope, binding.received, unmeant))
        ):
            call.aside.extensions = beside
        return Answered(self._values, binding.response, body, call.selection, len(response.body))

    def _nothing(self, response: Response, binding: Binding) -> Answered:
        """An answer without a body, which a one-way or empty operation may give."""
        if response.status >= 300:
            raise refused_by(response.status)
        if binding.response is not None and binding.response.content is not None:
            raise Malformed("the answer is empty")
        return Answered(self._values, None, None)

    def _envelope(self, response: Response) -> tuple[Element, Sequence[Part]]:
        """The envelope with all it includes, and the parts beside it that it does not mean."""
        content_type = response.header("content-type") or ""
        try:
            if not content_type.lstrip().lower().startswith(_SEVERAL):
                return _parsed(response.body, content_type), ()
            package = unpacked(response.body, content_type)
            root = _parsed(package.root.body, package.root.headers.get("content-type", ""))
            return root, include(root, package.others, self._most)
        except Malformed as error:
            if response.status >= 300:
                raise refused_by(response.status) from error
            raise

    def _beside(
        self, envelope: Element, blocks: Sequence[Block], unmeant: Sequence[Part]
    ) -> Iterator[tuple[str, Any]]:
        """What is shown beside the value, in `extensions`."""
        if blocks and (headers := dict(self._headers(envelope, blocks))):
            yield "headers", headers
        if unmeant:
            yield "attachments", [part.description for part in unmeant]

    def _headers(self, envelope: Element, blocks: Sequence[Block]) -> Iterator[tuple[str, Any]]:
        """The declared blocks that are there, each once."""
        header = envelope.find(f"{{{namespace(envelope.tag)}}}Header")
        by_name = {local_name(block.message.element): block for block in reversed(blocks)}
        for element in () if header is None else header:
            block = by_name.pop(local_name(element.tag), None)
            if block is not None:
                yield block.field, shown(self._values.read_alone(element, block.message))


def _parsed(body: bytes, content_type: str) -> Element:
    """The root of an envelope. Raises `Malformed`."""
    try:
        root = parse(body, _charset(content_type))
    except ValueError as error:
        raise Malformed(f"the answer cannot be read: {error}") from error
    if root.tag in _ENVELOPES:
        return root
    raise Malformed("the answer is no SOAP envelope")


def _body(envelope: Element, status: int) -> Element:
    """The Body of an envelope of whichever version it says it is."""
    name = f"{envelope.tag.removesuffix('Envelope')}Body"
    for child in envelope:
        if child.tag == name:
            return child
    if status >= 300:
        raise refused_by(status)
    raise Malformed("the answer's envelope has no Body")


@functools.lru_cache
def _charset(content_type: str) -> str | None:
    """The encoding the media type names, which goes before the document's own (RFC 7303 §3)."""
    header = Header()
    header["content-type"] = content_type
    named = header.get_content_charset()
    try:
        return codecs.lookup(named).name if named else None
    except LookupError:
        return None
