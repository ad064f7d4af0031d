"""The seam of plans: what an operation wants of an answer, and what reads an answer into it.

A plan selects fields once per operation text. What it wants of one function's answer is a tree of
the nouns here; a *shape* is what some kind of backend makes of that tree: a reader, compiled once,
that goes from the bytes of an answer to a value which is the response as soon as it is encoded.

**What a shape gives.** Objects are `dict`s or `msgspec.Struct`s whose keys are response keys in
response order; nothing else is in them once the encoder has left out what is `msgspec.UNSET`.
Leaves are as clients see them (`Leaf.write`), null is None. A shape never gives something that the
exact path would not: whatever is not as promised (a value of another type, null where none may be)
is a `Surprise`, after which the same answer is read in full and completed by graphql-core.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from upstreams.kind import Call
from upstreams.model import Function, ScalarKind

Steps: TypeAlias = tuple[str, ...]
"""A path below a value: the backend's names of fields."""


class Surprise(Exception):  # noqa: N818 - nothing went wrong yet: the exact path will tell
    """An answer is not what the shape was compiled for."""

    def __init__(self, reason: str, at: str = "") -> None:
        """`at` is where, in the backend's names, as far as it is known."""
        super().__init__(reason)
        self.reason = reason
        self.at = at


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum."""

    kind: ScalarKind | None
    """None: an enum."""
    write: Callable[[Any], Any]
    """A value as `Client.call` gives it -> what clients see. Raises where it cannot be that."""
    names: Mapping[Any, str] | None = None
    """Of an enum whose values are texts alone: what clients see, by the backend's value."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: "Wanted"
    required: bool
    """Whether no item is null."""


@dataclass(frozen=True, slots=True)
class Entries:
    """A map, shown as a list of entries in the map's order, none of which is null.

    The parts of `of` are called `key`, a text, and `value`.
    """

    of: "Object"


@dataclass(frozen=True, slots=True)
class Constant:
    """What is known without asking: `__typename`, and the null that an empty type has."""

    value: str | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that is filled later, by another function's answer; null until then."""

    index: int
    """Which of the shape's slots it is; a slot may stand in several objects (of a union, say)."""
    needs: tuple[Steps, ...]
    """What of the object's value, selected or not, tells with what it is filled."""


@dataclass(frozen=True, slots=True)
class Part:
    """One selected field of an object."""

    key: str
    """Its response key; empty for a slot that is not shown, of which only the needs are wanted."""
    name: str
    """The backend's name, under which `of` is found; empty for constants and slots."""
    of: "Wanted | Constant | Slot"
    required: bool
    """Whether it is never null; absent and null are one."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object, of the parts of which the response is made in this order."""

    type_name: str
    """What clients call its type."""
    parts: tuple[Part, ...]
    boxed: bool = False
    """Whether the value has no object around it: every part that has a name is the value itself."""


@dataclass(frozen=True, slots=True)
class Varied:
    """One of several objects: an interface, or a union."""

    objects: Mapping[str, Object]
    """By the name of the type."""
    resolve: Callable[[Any], str]
    """A value as `Client.call` gives it -> the name of its type. Raises where it has none."""
    tag: str = ""
    """The backend's name of the field that tells the type; empty where the value's shape does."""
    tags: Mapping[str, str] | None = None
    """By what the tag says, the name of the type."""


Wanted: TypeAlias = Leaf | Many | Entries | Object | Varied


class Hole(NamedTuple):
    """One place of a slot in one answer."""

    container: Any
    place: str | int
    """Where in the container the value goes; empty where it is not shown, an index in a list."""
    parts: tuple[Any, ...]
    """What the object has at the slot's needs, as `Client.call` gives it; None for nothing."""


def fill(holes: Iterable[Hole], value: Any) -> None:
    """Put the value where each is shown."""
    for container, place, _ in holes:
        if container.__class__ is dict or isinstance(place, int):
            container[place] = value
        else:
            setattr(container, place, value)


class Read(NamedTuple):
    """An answer read."""

    value: Any
    """What is encoded; the holes belong to it."""
    holes: Sequence[Sequence[Hole]] = ()
    """By the index of the slot; in the order of the objects in the answer, depth first."""


def below(value: Any, steps: Steps) -> Any:
    """What stands at a path below a value; None for nothing. Raises `Surprise`."""
    for step in steps:
        if value is None:
            return None
        if value.__class__ is not dict:
            raise Surprise("an object was promised", step)
        value = value.get(step)
    return value


class Answer(Protocol):
    """What a backend answered: no failure, though perhaps not what was promised."""

    def value(self) -> Any:
        """What `Client.call` gives, the same every time. Raises `Malformed`."""


@dataclass(frozen=True, slots=True)
class Value:
    """An answer of which nothing is left to read."""

    known: Any

    def value(self) -> Any:
        """As `Answer` says."""
        return self.known


class Shape(Protocol):
    """A compiled reader of one function's answers."""

    def read(self, answer: Answer) -> Read:
        """What is wanted of an answer; it may be read several times. Raises `Surprise`."""


@runtime_checkable
class Shapes(Protocol):
    """What else a client can do: hand out answers before they are read."""

    async def fetch(self, call: Call) -> Answer:
        """As `Client.call`, but for the reading. Raises `CallError`."""

    def shape(self, function: Function, wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of that function's answers; None where this kind has none for it.

        `inside` leads from the function's value to what is wanted of it. Null on the way is null.
        """
