"""XML from strangers made safe to read, and values written and read by a catalog's layouts.

Read in this order: `document` (parsing, names), `text` (leaves), `untyped` (elements of no known
type as JSON), `arranged` (layouts made ready for use), `write` and `read`, `encoded`,
`arrays` and `references` (what encoding adds to both); `compiled_writer` and
`compiled_reader` do the same for less.
"""

from upstreams.errors import BadInput
from upstreams.soap.model import ARGUMENT, ENCODINGS, Message, Nested, Version, Wire
from upstreams.soap.xml.arranged import arranged, families
from upstreams.soap.xml.compiled_reader import CompiledReader
from upstreams.soap.xml.compiled_writer import CompiledWriter
from upstreams.soap.xml.document import Element, local_name, namespace, parse
from upstreams.soap.xml.encoded import EncodedWriter
from upstreams.soap.xml.read import Reader
from upstreams.soap.xml.references import settle
from upstreams.soap.xml.write import Writer

__all__ = ["Element", "Values", "local_name", "namespace", "parse"]


class Values:
    """Values as XML and back, by the layouts of one catalog."""

    def __init__(self, wire: Wire) -> None:
        self.layouts = layouts = arranged(wire)
        self.families = relations = families(wire)
        self._writer = Writer(layouts, relations)
        self._encoded = {
            ENCODINGS[version]: EncodedWriter(layouts, relations, version) for version in Version
        }
        self._ready_writer = CompiledWriter(layouts)
        self._reader = Reader(layouts, relations)
        self.ready = CompiledReader(layouts, relations, self._reader)

    def write(
        self, around: Element, message: Message, value: object, argument: str = ARGUMENT
    ) -> None:
        """Put a message with this value into the Body or Header.

        Raises `BadInput` naming the argument that cannot be written.
        """
        writer = self._encoded.get(message.encoding, self._writer)
        try:
            writer.write(around, message, value, argument)
        except ValueError as error:
            raise BadInput("the description has names that XML cannot carry") from error

    def text(self, message: Message, value: object) -> str | None:
        """A message with this value as XML; None where it is not plain, or wrong: see `write`."""
        return self._ready_writer.write(message, value)

    def read(self, body: Element, message: Message, selection: tuple[str, ...] = ()) -> object:
        """The value of the message in a Body, of it at least the selected fields (none: all).

        Raises `Malformed` naming the place.
        """
        return self.ready.read(body, message, selection)

    def read_exactly(self, body: Element, message: Message) -> object:
        """The same, element by element by the one definition of what XML means."""
        return self._reader.read(body, message)

    def read_alone(self, element: Element, message: Message) -> object:
        """The value of a message whose element this is, in a Header or a Fault's detail.

        What it refers to may stand anywhere in the envelope. Raises `Malformed` naming the place.
        """
        if message.encoding:
            settle(element.getroottree().getroot())
        return self._reader.message(element, message)

    def names(self, message: Message) -> dict[str, str]:
        """The names of the elements in a message, by the fields they are in."""
        if not isinstance(message.content, Nested):
            return {}
        members = self.layouts[message.content.key].inside
        return {member.field: member.name for member in members if member.name}
