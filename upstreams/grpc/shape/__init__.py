"""What is wanted of messages, as Python written once for it, over the messages that upb parsed.

The source is made of names of its own and of literals; whatever else it uses, descriptors and what
clients call things among it, it knows by such names. What a message has beside what is wanted is
not looked at, so that an answer may be read of which `Client.call` would say that it is malformed.

Read in this order: `source` (functions, and the names they use), `fields` (how a message's fields
are spelled), `leaves`, `needs` (what slots need), `objects`.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, cast

from google.protobuf.descriptor import Descriptor

from upstreams.errors import Malformed
from upstreams.grpc.read import Readers
from upstreams.grpc.shape.fields import UnsuitedError
from upstreams.grpc.shape.objects import Objects
from upstreams.grpc.shape.source import Source
from upstreams.shape import Answer, Hole, Read, Steps, Surprise, Wanted

Holes: TypeAlias = list[list[Hole]]
Projection: TypeAlias = Callable[[Any, Holes], Any]
"""A message, or the list of them -> what is wanted of it."""


class Messages(Answer, Protocol):
    """An answer that has messages."""

    @property
    def message(self) -> Any:
        """The message, or the list of them, the same every time. Raises `Malformed`."""


class MessageShape:
    """A compiled reader of one method's answers."""

    def __init__(self, project: Projection, slots: int) -> None:
        self._project = project
        self._slots = slots

    def read(self, answer: Answer) -> Read:
        """See `upstreams.shape.Shape`."""
        holes: Holes = [[] for _ in range(self._slots)]
        try:
            return Read(self._project(cast(Messages, answer).message, holes), holes)
        except KeyError as error:
            raise Surprise("an enum's number that has no name") from error
        except (Malformed, ValueError, RecursionError) as error:
            raise Surprise("a value that cannot be read") from error


def shape(
    readers: Readers, response: Descriptor, wanted: Wanted, inside: Steps, *, many: bool
) -> MessageShape | None:
    """A reader of messages, or lists of them; None where what is wanted does not suit them."""
    source = Source()
    objects = Objects(source, readers)
    try:
        if many:
            name = objects.answers(response, wanted, inside)
        else:
            name = objects.answer(response, wanted, inside)
    except UnsuitedError:
        return None
    return MessageShape(source.compiled(name), objects.slots)
