"""Where, in a response, the objects are that a join belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLType
from graphql import get_named_type as named_type

from schema.fields import Member
from schema.join import Steps
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

    def below(self, key: str) -> "Place":
        """A field of the object there."""
        return Place(f"{self.path}.{key}", self.sizes, whole=False)

    def each(self, most: int | None = None) -> "Place":
        """An item of the list there, which has at most so many."""
        return Place(f"{self.path}[]", (*self.sizes, most), whole=False)


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
                yield from owners(inner, place.below(part.key), most)
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
        if isinstance(one, Member) and one.name == name and one.join is None:
            return one.type
    return None


def keys(path: str, needs: Sequence[Steps]) -> str:
    """`posts[].userId`; of several `posts[].{userId, at}`; of none, the objects themselves."""
    names = [".".join(steps) for steps in needs]
    if not names:
        return path
    return f"{path}.{names[0]}" if len(names) == 1 else f"{path}.{{{', '.join(names)}}}"
