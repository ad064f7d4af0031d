"""The types that operations use, as a catalog says them: one XSD type is two, out and in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from upstreams.model import (
    ByTag,
    Field,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
)
from upstreams.soap.model import TYPE_KEY, Array, Codec, Content, Leaf, Member, Nested, Varied
from upstreams.soap.translate.defaults import default
from upstreams.soap.xsd import Shape, Types

_KINDS: Mapping[Codec, ScalarKind] = {
    Codec.STRING: ScalarKind.STRING,
    Codec.URI: ScalarKind.URI,
    Codec.BOOLEAN: ScalarKind.BOOLEAN,
    Codec.INT: ScalarKind.INT,
    Codec.LONG: ScalarKind.LONG,
    Codec.UNSIGNED_LONG: ScalarKind.UNSIGNED_LONG,
    Codec.INTEGER: ScalarKind.BIG_INT,
    Codec.DECIMAL: ScalarKind.DECIMAL,
    Codec.DOUBLE: ScalarKind.FLOAT,
    Codec.DATE: ScalarKind.DATE,
    Codec.TIME: ScalarKind.TIME,
    Codec.DATE_TIME: ScalarKind.LOCAL_DATE_TIME,
    Codec.DURATION: ScalarKind.DURATION,
    Codec.BASE64: ScalarKind.BYTES,
    Codec.HEX: ScalarKind.BYTES,
    Codec.QNAME: ScalarKind.STRING,
    Codec.JSON: ScalarKind.JSON,
    Codec.PRESENCE: ScalarKind.BOOLEAN,
}
_INPUT = "#input"
"""What the key of a type that goes in ends with."""
_ANY = "#any"
"""What the key of a type ends with that stands for a type and all derived from it."""


def output_ref(content: Content) -> TypeRef:
    """What comes out."""
    return _ref(content, "")


def input_ref(content: Content) -> TypeRef:
    """What goes in."""
    return _ref(content, _INPUT)


def _ref(content: Content, direction: str) -> TypeRef:
    match content:
        case Nested(key):
            return Named(key + direction)
        case Varied(key):
            return Named(key + _ANY + direction)
        case Array(item=item, rank=rank):
            lists = _ref(item, direction)
            for _ in range(rank):
                lists = ListOf(lists)
            return lists
        case Leaf(enum=enum, codec=codec, listed=listed):
            leaf: TypeRef = Named(enum) if enum else Scalar(_KINDS[codec])
            return ListOf(Required(leaf)) if listed else leaf


def output(member: Member) -> TypeRef:
    """A member of what comes out. A list is always there, if only empty."""
    item = output_ref(member.content)
    if member.repeated:
        return Required(ListOf(item if member.nillable else Required(item)))
    certain = member.required and not member.nillable
    return Required(item) if certain else item


def taken(member: Member) -> TypeRef:
    """A member of what goes in."""
    item = input_ref(member.content)
    if member.repeated:
        item = ListOf(item if member.nillable else Required(item))
    certain = member.required and not member.nillable and member.default is None
    return Required(item) if certain else item


def catalog_types(refs: Iterable[TypeRef], types: Types) -> tuple[TypeDef, ...]:
    """Every type that references lead to, each once."""
    made: dict[str, TypeDef] = {}
    makers = _Makers(types)
    waiting = list(refs)
    while waiting:
        leaf = innermost(waiting.pop())
        if isinstance(leaf, Named) and leaf.key not in made:
            made[leaf.key] = one = makers.make(leaf.key)
            waiting.extend(_led(one))
    interfaces = [one for one in made.values() if isinstance(one, InterfaceType)]
    return tuple(makers.related(one, interfaces) for one in made.values())


def _led(one: TypeDef) -> Iterator[TypeRef]:
    match one:
        case ObjectType(fields=fields) | InputType(fields=fields):
            yield from (field.type for field in fields)
        case InterfaceType(fields=fields, resolution=ByTag(members=members)):
            yield from (field.type for field in fields)
            yield from (Named(key) for _, key in members)
        case UnionType(members=members):
            yield from map(Named, members)
        case _:
            pass


class _Makers:
    """Makes the catalog's types from what the schemas say."""

    def __init__(self, types: Types) -> None:
        self._types = types

    def make(self, key: str) -> TypeDef:
        """The type of that key, which implements nothing yet."""
        if key in self._types.enums:
            return self._types.enums[key]
        plain = key.removesuffix(_INPUT)
        declared = plain.removesuffix(_ANY)
        shape = self._types.shapes[declared]
        match key != plain, plain != declared:
            case True, True:
                return self._choosing(key, shape)
            case True, False:
                return self._input(key, shape)
            case False, True:
                return self._varied(key, shape)
            case _:
                return self._object(shape)

    def related(self, one: TypeDef, interfaces: Sequence[InterfaceType]) -> TypeDef:
        """The same, with the interfaces it implements."""
        match one:
            case ObjectType(key=key):
                implemented = tuple(each.key for each in interfaces if key in _tags(each))
            case InterfaceType(key=key):
                implemented = tuple(
                    each.key
                    for each in interfaces
                    if key.removesuffix(_ANY) in self._descendants(each) and _covers(one, each)
                )
            case _:
                return one
        return msgspec.structs.replace(one, implements=implemented)

    def _descendants(self, interface: InterfaceType) -> frozenset[str]:
        return self._types.kinships[interface.key.removesuffix(_ANY)].descendants

    def _object(self, shape: Shape) -> ObjectType:
        return ObjectType(
            key=shape.key,
            label=self._label(shape),
            description=shape.description,
            scope=shape.scope,
            source=shape.key,
            fields=_outputs(shape),
        )

    def _varied(self, key: str, shape: Shape) -> InterfaceType | UnionType:
        """A declared type with all derived from it, where the fields they share are its own.

        Without such a field it is a union: GraphQL has no interface without fields.
        """
        members = [member for _, member in self._types.kinships[shape.key].family.members]
        resolution = ByTag(TYPE_KEY, tuple((member, member) for member in members))
        held = [_by_name(_outputs(self._types.shapes[member])) for member in members]
        shared = tuple(
            field
            for field in _outputs(shape)
            if all(field.name in each and _fits(each[field.name], field.type) for each in held)
        )
        union = UnionType(
            key=key,
            label=shape.label,
            description=shape.description,
            scope=shape.scope,
            source=shape.key,
            members=tuple(members),
            resolution=resolution,
        )
        return _interface(union, shared) if shared else union

    def _input(self, key: str, shape: Shape) -> InputType:
        return InputType(
            key=key,
            label=self._label(shape),
            description=shape.description,
            scope=shape.scope,
            source=shape.key,
            fields=tuple(
                Field(
                    member.field,
                    taken(member),
                    shape.said.get(member.field, ""),
                    default=default(member),
                )
                for member in shape.layout.members
            ),
            one_of=shape.one_of,
            exclusive=() if shape.one_of else shape.layout.exclusive,
        )

    def _choosing(self, key: str, shape: Shape) -> InputType:
        """Which of several types a value going in is: the one field given says it."""
        return InputType(
            key=key,
            label=shape.label,
            description=shape.description,
            scope=shape.scope,
            source=shape.key,
            fields=tuple(
                Field(field, Named(member + _INPUT), self._types.shapes[member].description)
                for field, member in self._types.kinships[shape.key].family.members
            ),
            one_of=True,
        )

    def _label(self, shape: Shape) -> str:
        """The type's own name, unless that is the one of all derived from it."""
        return f"Plain{shape.label}" if shape.key in self._types.kinships else shape.label


def _interface(union: UnionType, shared: tuple[Field, ...]) -> InterfaceType:
    return InterfaceType(
        key=union.key,
        label=union.label,
        description=union.description,
        scope=union.scope,
        source=union.source,
        fields=shared,
        resolution=union.resolution,
    )


def _outputs(shape: Shape) -> tuple[Field, ...]:
    return tuple(
        Field(member.field, output(member), shape.said.get(member.field, ""))
        for member in shape.layout.members
    )


def _by_name(fields: Iterable[Field]) -> dict[str, TypeRef]:
    return {field.name: field.type for field in fields}


def _tags(interface: InterfaceType) -> frozenset[str]:
    resolution = interface.resolution
    return (
        frozenset(key for _, key in resolution.members)
        if isinstance(resolution, ByTag)
        else frozenset()
    )


def _covers(one: InterfaceType, other: InterfaceType) -> bool:
    """Whether an interface has all fields of another."""
    own = _by_name(one.fields)
    return all(field.name in own and _fits(own[field.name], field.type) for field in other.fields)


def _fits(own: TypeRef, wanted: TypeRef) -> bool:
    """Whether a field of one type may stand where another is promised (GraphQL §3.6.1)."""
    match own, wanted:
        case Required(one), Required(other):
            return _fits(one, other)
        case Required(one), _:
            return _fits(one, wanted)
        case ListOf(one), ListOf(other):
            return _fits(one, other)
        case _:
            return own == wanted
