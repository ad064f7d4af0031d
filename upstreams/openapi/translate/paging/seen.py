"""What a function shows of its pages: its parameters, the list it gives, and what is beside it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from upstreams.json_schema import Documents, Place, Unresolved
from upstreams.model import (
    Field,
    Function,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
    nullable,
)
from upstreams.openapi.model import Binding, Form, Parameter, Where
from upstreams.openapi.translate.paging.words import ASIDE, HOLDERS, plain

Path: TypeAlias = tuple[str, ...]
TypesByKey: TypeAlias = Mapping[str, TypeDef]

_JSON = Scalar(ScalarKind.JSON)
_DEPTH = 3
"""How many objects may be around what an answer says of its pages."""


class Asked(NamedTuple):
    """A query parameter, and the argument it is taken from."""

    parameter: Parameter
    field: Field

    @property
    def kind(self) -> ScalarKind | None:
        """The leaf it is; None when it is none."""
        ref = nullable(self.field.type)
        return ref.kind if isinstance(ref, Scalar) else None


class Listing(NamedTuple):
    """An answer with a list, and what it says beside it."""

    items: Path
    """Where the list is; none where the answer is the list."""
    item: TypeRef
    beside: Mapping[Path, TypeRef]
    answer: TypeRef

    def where(self, names: frozenset[str], kinds: frozenset[ScalarKind], *, last: int = 1) -> Path:
        """The first place of such a name and type; none when there is none."""
        for path, ref in self.beside.items():
            leaf = nullable(ref)
            named = plain("".join(path[-last:])) in names
            if named and isinstance(leaf, Scalar) and leaf.kind in kinds:
                return path
        return ()


class Seen(NamedTuple):
    """What one function shows of itself."""

    query: tuple[Asked, ...]
    listing: Listing
    headers: frozenset[str]
    """Of its successful answers, in lower case."""
    types: TypesByKey

    def asked(self, names: frozenset[str], kinds: frozenset[ScalarKind]) -> Asked | None:
        """The first query parameter of such a name and type."""
        found = (one for one in self.query if plain(one.parameter.name) in names)
        return next((one for one in found if one.kind in kinds), None)


def query(function: Function[Binding]) -> tuple[Asked, ...]:
    """The query parameters of a function."""
    fields = {field.name: field for field in function.arguments}
    return tuple(
        Asked(one, fields[one.argument])
        for one in function.binding.parameters
        if one.where is Where.QUERY and one.argument in fields
    )


def seen(
    documents: Documents, function: Function[Binding], types: TypesByKey, items: Path = ()
) -> Seen | None:
    """What a function shows of its pages; None when it gives no list, or none at a path."""
    if function.binding.answer is not Form.JSON or function.binding.method != "GET":
        return None
    asked = query(function)
    found = _listing(function.returns, types, items) if asked else None
    return found and Seen(asked, found, _headers(documents, function), types)


def _listing(returns: TypeRef, types: TypesByKey, told: Path) -> Listing | None:
    """The list in an answer: the one at a path, or else the only one of objects."""
    match nullable(returns):
        case ListOf(of=item):
            return None if told else Listing((), item, {}, returns)
        case Named(key=key):
            beside = dict(_below(types, key, _DEPTH))
            path = told or _only_list(beside, types)
            found = nullable(leading(path, returns, types) or _JSON) if path else None
            return Listing(path, found.of, beside, returns) if isinstance(found, ListOf) else None
        case _:
            return None


def leading(path: Path, ref: TypeRef, types: TypesByKey) -> TypeRef | None:
    """What is at a path in a value; `JSON` below what is open, None where there is nothing."""
    for key in path:
        bare = nullable(ref)
        if bare == _JSON or isinstance(bare, MapOf):
            return _JSON
        found = types.get(bare.key) if isinstance(bare, Named) else None
        fields = found.fields if isinstance(found, ObjectType | InterfaceType) else ()
        following = next((field.type for field in fields if field.name == key), None)
        if following is None:
            return None
        ref = following
    return ref


def _below(types: TypesByKey, key: str, depth: int) -> Iterator[tuple[Path, TypeRef]]:
    """The fields of an answer, and those of the objects in it that may speak of pages."""
    found = types.get(key)
    if not isinstance(found, ObjectType) or found.box:
        return
    for field in found.fields:
        yield (field.name,), field.type
        inner = nullable(field.type)
        if depth and isinstance(inner, Named) and plain(field.name) in HOLDERS:
            for path, ref in _below(types, inner.key, depth - 1):
                yield (field.name, *path), ref


def _only_list(beside: Mapping[Path, TypeRef], types: TypesByKey) -> Path:
    """The one list of objects that is nearest to the top; none when there are several."""
    lists = [path for path, ref in beside.items() if _is_list_of_objects(ref, types)]
    nearest = min(map(len, lists), default=0)
    found = [one for one in lists if len(one) == nearest]
    found = [one for one in found if plain(one[-1]) not in ASIDE] if len(found) > 1 else found
    return found[0] if len(found) == 1 else ()


def _is_list_of_objects(ref: TypeRef, types: TypesByKey) -> bool:
    bare = nullable(ref)
    if not isinstance(bare, ListOf):
        return False
    leaf = innermost(bare)
    objects = ObjectType | InterfaceType | UnionType
    return isinstance(leaf, Named) and isinstance(types.get(leaf.key), objects)


def _headers(documents: Documents, function: Function[Binding]) -> frozenset[str]:
    """The headers that successful answers are declared to have."""
    found: set[str] = set()
    responses = at(documents, function.source).child("responses")
    for status in responses.members:
        if status.startswith("2"):
            with suppress(Unresolved):
                answer = documents.resolve(responses.child(status))
                found.update(answer.child("headers").members)
    return frozenset(name.lower() for name in found)


def at(documents: Documents, source: str) -> Place:
    """The place that a source names; its value is None when there is none."""
    document, _, pointer = source.partition("#")
    here = Place(documents.trees.get(document), document)
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        here = here.child(int(key) if isinstance(here.value, list) and key.isdecimal() else key)
    return here
