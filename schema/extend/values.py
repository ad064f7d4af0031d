"""What is written under `args:` as the values that a function takes, each checked for its type."""

import re

from graphql import (
    ConstListValueNode,
    ConstObjectFieldNode,
    ConstObjectValueNode,
    ConstValueNode,
    EnumValueNode,
    GraphQLError,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    Undefined,
    print_ast,
)
from graphql.utilities import coerce_input_literal

from schema.extend.fits import fits
from schema.extend.model import Wrong, near
from schema.extend.references import References
from schema.extend.world import Typed, World, found_by
from schema.fields import named_fields
from schema.joins.values import (
    EachKey,
    Literal,
    Members,
    Several,
    Value,
    Written,
)
from schema.types import Types
from upstreams.errors import BadInput
from upstreams.model import (
    EnumType,
    Field,
    Function,
    InputType,
    ListOf,
    MapOf,
    Named,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)

INPUT = "input"
"""The argument that a request message or body is."""
_PATTERN = re.compile(r"\{(\$[^{}]*)\}")
_STRING = Scalar(ScalarKind.STRING)
_JSON = Scalar(ScalarKind.JSON)


class Reader:
    """Reads the arguments of one call."""

    def __init__(self, world: World, types: Types, function: Function, known: References) -> None:
        self._world = world
        self._types = types
        self._upstream = known.upstream
        self._function = function
        self._known = known

    def read(self, node: ConstObjectValueNode) -> Members:
        """The function's arguments. Raises `Wrong`."""
        return self._members(self._gathered(node), self._function.arguments, self._name)

    def _gathered(self, node: ConstObjectValueNode) -> ConstObjectValueNode:
        """What is written, with the fields of the request message put into it."""
        inner = [one for one in node.fields if self._is_inside(one.name.value)]
        if not inner:
            return node
        whole = ConstObjectValueNode(fields=tuple(inner), loc=node.loc)
        message = ConstObjectFieldNode(name=NameNode(value=INPUT), value=whole, loc=inner[0].loc)
        outer = (one for one in node.fields if one not in inner)
        return ConstObjectValueNode(fields=(*outer, message), loc=node.loc)

    def _is_inside(self, name: str) -> bool:
        """Whether it is the request message that has something of that name."""
        if found_by(name, named_fields(self._function.arguments)):
            return False
        for argument in self._function.arguments:
            definition = self._definition(argument.type)
            if argument.name == INPUT and isinstance(definition, InputType):
                return found_by(name, named_fields(definition.fields)) is not None
        return False

    def _members(
        self,
        node: ConstObjectValueNode,
        fields: tuple[Field, ...],
        whole: str,
        *,
        each: bool = False,
    ) -> Members:
        named = named_fields(fields)
        values: dict[str, Value] = {}
        for one in node.fields:
            name = one.name.value
            found = found_by(name, named)
            if found is None:
                taken = ", ".join(named) or "nothing"
                raise Wrong(one, f"{whole} takes no {name!r}, but {taken}{near(name, named)}")
            if found.name in values:
                raise Wrong(one, f"{name!r} is given twice")
            values[found.name] = self._value(one.value, found.type, each=each)
        needed = (name for name, one in named.items() if isinstance(one.type, Required))
        if missing := [name for name in needed if named[name].name not in values]:
            raise Wrong(node, f"{whole} needs {', '.join(missing)} too")
        return Members(values)

    @property
    def _name(self) -> str:
        return f"{self._upstream}.{self._function.label}"

    def _typed(self, ref: TypeRef) -> Typed:
        return Typed(self._upstream, ref)

    def _definition(self, ref: TypeRef) -> TypeDef | None:
        return self._world.definition(self._typed(ref))

    def _value(self, node: ConstValueNode, ref: TypeRef, *, each: bool) -> Value:
        """`each`: whether this is part of one item of a list with an item for every key."""
        wanted = nullable(ref)
        match node:
            case StringValueNode(value=text) if text.startswith("$$"):
                return self._literal(StringValueNode(value=text[1:], loc=node.loc), ref)
            case StringValueNode(value=text) if text.startswith("$"):
                return self._known.value(node, text, ref, each=each)
            case StringValueNode(value=text) if _PATTERN.search(text):
                return self._written(node, text, ref, each=each)
            case ListValueNode() if isinstance(wanted, ListOf):
                return self._list(node, wanted.of, each=each)
            case ListValueNode() if wanted == _JSON:
                return self._list(node, wanted, each=each)
            case ListValueNode() if isinstance(wanted, MapOf):
                raise self._misfit(node, "a list", ref)
            case ObjectValueNode() if isinstance(wanted, ListOf):
                return Several((self._value(node, wanted.of, each=each),))
            case ObjectValueNode():
                return self._object(node, ref, each=each)
            case StringValueNode(value=text) if isinstance(self._definition(ref), EnumType):
                # In YAML there is no other way to write an enum's value.
                return self._literal(EnumValueNode(value=text, loc=node.loc), ref)
            case _:
                return self._literal(node, ref)

    def _list(self, node: ConstListValueNode, item: TypeRef, *, each: bool) -> Value:
        if not each and len(node.values) == 1 and _has_keys(node):
            return EachKey(self._value(node.values[0], item, each=True))
        return Several(tuple(self._value(one, item, each=each) for one in node.values))

    def _object(self, node: ConstObjectValueNode, ref: TypeRef, *, each: bool) -> Value:
        match nullable(ref):
            case MapOf(of):
                return self._entries(node, of, each=each)
            case Scalar(ScalarKind.JSON):
                return self._entries(node, _JSON, each=each)
            case Named() if isinstance(definition := self._definition(ref), InputType):
                return self._input(node, definition, each=each)
            case _:
                raise self._misfit(node, "an object", ref)

    def _entries(self, node: ConstObjectValueNode, ref: TypeRef, *, each: bool) -> Members:
        """By whatever keys."""
        return Members(
            {one.name.value: self._value(one.value, ref, each=each) for one in node.fields}
        )

    def _input(self, node: ConstObjectValueNode, definition: InputType, *, each: bool) -> Members:
        members = self._members(node, definition.fields, definition.label, each=each)
        given = members.values.keys()
        if definition.one_of and len(given) != 1:
            fields = ", ".join(named_fields(definition.fields))
            raise Wrong(node, f"{definition.label} takes exactly one of {fields}")
        for group in definition.exclusive:
            if len(both := sorted(given & set(group))) > 1:
                raise Wrong(node, f"{definition.label} takes only one of {', '.join(both)}")
        return members

    def _literal(self, node: ConstValueNode, ref: TypeRef) -> Value:
        if isinstance(node, NullValueNode) and not isinstance(ref, Required):
            return Literal(None)
        try:
            value = coerce_input_literal(node, self._types.input(self._upstream, ref))
            change = self._types.taken(self._upstream, ref, self._name)
        except GraphQLError:
            value, change = Undefined, None
        if value is Undefined:
            raise self._misfit(node, print_ast(node), ref)
        try:
            return Literal(value if change is None else change(value))
        except (BadInput, GraphQLError) as error:
            raise Wrong(node, error.message) from error

    def _written(self, node: ConstValueNode, text: str, ref: TypeRef, *, each: bool) -> Value:
        """A text such as `order-{$parent.id}`; `{$parent.id}` is what such a text says."""
        if alone := _PATTERN.fullmatch(text):
            return self._known.value(node, alone[1], ref, each=each)
        if not fits(self._world, self._typed(_STRING), self._typed(ref)):
            raise self._misfit(node, "a text", ref)
        pieces = _PATTERN.split(text)
        parts = [
            self._known.value(node, piece, _STRING, each=each) if place % 2 else Literal(piece)
            for place, piece in enumerate(pieces)
            if piece
        ]
        return Written(tuple(parts), ref)

    def _misfit(self, node: ConstValueNode, what: str, ref: TypeRef) -> Wrong:
        return Wrong(node, f"{what} does not fit {self._world.shown(self._typed(ref))}")


def _has_keys(node: ConstValueNode) -> bool:
    """Whether `$parents` is somewhere in the value."""
    return "$parents." in print_ast(node)
