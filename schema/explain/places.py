"""Where, in a response, the objects are that a join belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLType
from graphql import get_named_type as named_type

from schema.fields import Member
from schema.join import Steps
from schema.sources import names
from upstreams.shape import Constant, Entries, Leaf, Many, Object, Slot, Varied, Wanted


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is."""

    path: str
    """`getOrder.lines[]`: response keys, and lists by their brackets."""
    sizes: tuple[int | None, ...] = ()
    """As `Calls.sizes`."""
    whole: bool = True
    """Whether it is the whole of an answer."""
    asked: str = ""
    """The same for the same value of the same answer, whatever clients call it."""

    def below(self, key: str, name: str = "") -> "Place":
        """A field of the object there; `name` is the backend's, where it is one of its fields."""
        asked = f"{self.asked}.{name or key}"
        return Place(f"{self.path}.{key}", self.sizes, whole=False, asked=asked)

    def each(self, most: int | None = None) -> "Place":
        """An item of the list there, which has at most so many."""
        sizes = (*self.sizes, most)
        return Place(f"{self.path}[]", sizes, whole=False, asked=f"{self.asked}[]")

    def of(self, step: str, same: str) -> "Place":
        """What is here of a step's answer, where that of another step is the same."""
        return replace(self, asked=same + self.path.removeprefix(step))


@dataclass(frozen=True, slots=True)
class Owner:
    """The objects that a slot is in."""

    place: Place
    type_name: str


def owners(wanted: Wanted, place: Place, most: int | None) -> Iterator[tuple[int, Owner]]:
    """The slots of an answer, by index, each with its objects.

    `most` is how many items the first list has at most.
    """
    match wanted:
        case Many(of):
            yield from owners(of, place.each(most), None)
        case Entries(of):
            yield from owners(of, place.each(most), None)
        case Varied(objects):
            for one in objects.values():
                yield from owners(one, place, most)
        case Object():
            yield from _of_object(wanted, place, most)
        case Leaf():
            return


def _of_object(wanted: Object, place: Place, most: int | None) -> Iterator[tuple[int, Owner]]:
    for part in wanted.parts:
        match part.of:
            case Slot(index):
                yield index, Owner(place, wanted.type_name)
            case Many() | Entries() | Varied() | Object() as inner:
                yield from owners(inner, place.below(part.key, part.name), most)
            case Leaf() | Constant():
                pass


def type_at(schema: GraphQLSchema, type_name: str, steps: Steps) -> GraphQLType | None:
    """The type of what stands at a path below an object; None where clients see nothing of it."""
    of_type: GraphQLType | None = schema.type_map.get(type_name)
    for step in steps:
        of_type = _field(of_type, step)
        if of_type is None:
            return None
    return of_type


def _field(of_type: GraphQLType | None, name: str) -> GraphQLType | None:
    holder = of_type and named_type(of_type)
    if not isinstance(holder, GraphQLObjectType | GraphQLInterfaceType):
        return None
    for one in holder.fields.values():
        if isinstance(one, Member) and name in names(one) and one.join is None:
            return one.type
    return None


def keys(path: str, needs: Sequence[Steps]) -> str:
    """`posts[].userId`; of several `posts[].{userId, at}`; of none, the objects themselves."""
    names = [".".join(steps) for steps in needs]
    if not names:
        return path
    return f"{path}.{names[0]}" if len(names) == 1 else f"{path}.{{{', '.join(names)}}}"
