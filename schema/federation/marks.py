"""What settings say of types and fields by globs: `Money`, `Order.*`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    StringValueNode,
)

from schema.extend.model import Problem, near, place


@dataclass(frozen=True, slots=True)
class Marks:
    """The schema coordinates that directives are put on."""

    shareable: frozenset[str] = frozenset()
    inaccessible: frozenset[str] = frozenset()

    def of(self, coordinate: str) -> str:
        """The directives, as they are written behind a name."""
        shared = " @shareable" if coordinate in self.shareable else ""
        return f"{shared} @inaccessible" if coordinate in self.inaccessible else shared


NO_MARKS = Marks()


def fields_of_objects(types: Iterable[GraphQLNamedType]) -> Iterator[str]:
    """The objects and their fields."""
    for one in types:
        if isinstance(one, GraphQLObjectType):
            yield from _with_fields(one)


def types_and_fields(types: Iterable[GraphQLNamedType]) -> Iterator[str]:
    """The types of every sort, and the fields of objects and interfaces."""
    for one in types:
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            yield from _with_fields(one)
        else:
            yield one.name


def _with_fields(named: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[str]:
    yield named.name
    yield from (f"{named.name}.{field}" for field in named.fields)


def found(
    setting: str,
    globs: Iterable[StringValueNode],
    known: Iterable[str],
    problems: list[Problem],
) -> frozenset[str]:
    """The coordinates that globs find; a problem is noted of each that finds none."""
    coordinates = list(known)
    marked: set[str] = set()
    for glob in globs:
        these = [one for one in coordinates if _matches(glob.value, one)]
        if not these:
            hint = near(glob.value, coordinates)
            message = f"{setting}: there is no {glob.value!r} it could be said of{hint}"
            problems.append(Problem(place(glob), message))
        marked.update(these)
    return frozenset(marked)


def _matches(glob: str, coordinate: str) -> bool:
    """Whether it is meant; a star goes no further than a dot."""
    texts, parts = glob.split("."), coordinate.split(".")
    return len(texts) == len(parts) and all(map(fnmatchcase, parts, texts))
