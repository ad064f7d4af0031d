"""The blocks of a request's Header: those a call gives, and those the settings have."""

from collections.abc import Mapping

from lxml import etree

from upstreams.kind import Call
from upstreams.soap.model import ENVELOPES, Binding, Block
from upstreams.soap.xml import Element, Values, local_name, namespace

TEXT = "#text"
"""What stands for the text of a block itself, as in JSON."""


class Headers:
    """Writes blocks into the Header."""

    def __init__(self, constants: Mapping[str, Mapping[str, str]], values: Values) -> None:
        self.constants = constants
        self._values = values

    def add(self, envelope: Element, call: Call) -> None:
        """Put a call's own blocks into the envelope, then those constants it gives none for.

        Raises `BadInput` naming the argument that cannot be written.
        """
        binding: Binding = call.function.binding
        given = [each for each in binding.sent if call.arguments.get(each.field) is not None]
        told = {local_name(each.message.element) for each in given}
        constants = {
            name: texts for name, texts in self.constants.items() if local_name(name) not in told
        }
        if not given and not constants:
            return
        header = _header(envelope, binding)
        for block in given:
            argument = call.arguments[block.field]
            self._values.write(header, block.message, argument, block.field)
            _mark(header, block, binding)
        for name, texts in constants.items():
            self._add_constant(header, name, texts, binding)

    def _add_constant(
        self, header: Element, name: str, texts: Mapping[str, str], binding: Binding
    ) -> None:
        """A block of the settings; its children are as declared, or else of its own namespace."""
        declared = next((each for each in binding.sent if _means(name, each)), None)
        element = name if declared is None else declared.message.element
        names = {} if declared is None else self._values.names(declared.message)
        block = etree.SubElement(header, element)
        for child, text in texts.items():
            if child == TEXT:
                block.text = text
            elif child.startswith("@"):
                block.set(child[1:], text)
            else:
                etree.SubElement(block, names.get(child) or _beside(element, child)).text = text
        if declared is not None:
            _mark(header, declared, binding)


def _means(name: str, block: Block) -> bool:
    """Whether a name, its namespace given or not, is that of a declared block."""
    return name in (block.message.element, local_name(block.message.element))


def _beside(element: str, child: str) -> str:
    """The Clark name of a child, in the namespace of its parent where it says none."""
    space = namespace(element)
    return child if child.startswith("{") or not space else f"{{{space}}}{child}"


def _header(envelope: Element, binding: Binding) -> Element:
    """The Header of the envelope, which comes first in it."""
    name = f"{{{ENVELOPES[binding.version]}}}Header"
    found = envelope.find(name)
    return etree.SubElement(envelope, name) if found is None else found


def _mark(header: Element, block: Block, binding: Binding) -> None:
    if block.understood:
        header[-1].set(f"{{{ENVELOPES[binding.version]}}}mustUnderstand", "1")
