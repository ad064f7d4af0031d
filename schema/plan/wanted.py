"""From selected fields to what is wanted of an answer."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
)

from schema.enums import Enum
from schema.fields import Member
from schema.join import Parts
from schema.nested import is_asked_by_variables, key_of
from schema.plan.collect import Collector
from schema.plan.model import Joined, Unplannable, Worked
from schema.resolution import ByTagField
from schema.shaping.coded.model import CodedMember
from schema.shaping.computed import ComputedMember
from schema.sources import BySource, MergedEnum, own
from schema.values import entries
from upstreams.model import ListOf, MapOf, ScalarKind, TypeRef, nullable
from upstreams.shape import Constant, Entries, Leaf, Many, Object, Part, Slot, Varied, Wanted

TYPENAME = "__typename"
IN_PYTHON = "fields in Python"
"""Why no plan answers an operation that has some."""
_KINDS = {kind.value: kind for kind in ScalarKind}

Joining = Callable[[Member, Sequence[FieldNode]], Joined]
"""Plans the fetch of a join."""


class Wanting:
    """What one fetch wants, and the slots that other fetches fill."""

    def __init__(
        self,
        schema: GraphQLSchema,
        collector: Collector,
        joining: Joining,
        upstream: str,
        *,
        runs: bool,
    ) -> None:
        """`upstream` is whose answer it is; `runs` as in `schema.plan.build`."""
        self._schema = schema
        self._runs = runs
        self._upstream = upstream
        self._collector = collector
        self._joining = joining
        self._slots: dict[tuple[object, ...], tuple[int, Joined | Worked]] = {}
        self.by_variables = False
        """Whether variables are among the arguments of what is wanted."""

    @property
    def slots(self) -> tuple[Joined | Worked, ...]:
        """The slots met so far, by index."""
        return tuple(joined for _, joined in self._slots.values())

    def of(self, of_type: Any, ref: TypeRef | None, nodes: Sequence[FieldNode]) -> Wanted:
        """What is wanted of a value of that type, null aside.

        `ref` is the type in the catalog's words; None where it has none, being ours.
        """
        of_type, ref = _bare(of_type), ref and nullable(ref)
        match of_type:
            case GraphQLList() if isinstance(ref, MapOf):
                entry = cast(GraphQLObjectType, _bare(_bare(of_type).of_type))
                return Entries(self._entry(entry, ref.of, nodes))
            case GraphQLList():
                item = ref.of if isinstance(ref, ListOf) else None
                inner = of_type.of_type
                return Many(self.of(inner, item, nodes), isinstance(inner, GraphQLNonNull))
            case GraphQLScalarType() | GraphQLEnumType():
                return self._leaf(of_type)
            case GraphQLObjectType():
                return self._object(of_type, nodes)
            case GraphQLInterfaceType() | GraphQLUnionType():
                return self._varied(of_type, nodes)
            case _:
                raise Unplannable("a type that is not known")

    def _object(self, of_type: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Object:
        fields = self._collector.fields(of_type, (node.selection_set for node in nodes))
        parts = tuple(self._part(of_type, key, found) for key, found in fields.items())
        boxed = any(isinstance(one, Member) and one.boxed for one in of_type.fields.values())
        return Object(of_type.name, parts, boxed)

    def _part(self, of_type: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Part:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Part(key, "", Constant(of_type.name), required=True)
        member = own(of_type.fields[name], self._upstream)
        if not isinstance(member, Member):
            # What stands in for the fields of a type that has none.
            return Part(key, "", Constant(None), required=False)
        if isinstance(member, CodedMember):
            return self._coded(key)
        if isinstance(member, ComputedMember):
            return Part(key, "", self._worked(member), required=False)
        if member.join is not None:
            return Part(key, "", self._slot(member, key, nodes), required=False)
        required = isinstance(member.type, GraphQLNonNull)
        name = member.name
        if member.taking is not None:
            self.by_variables |= is_asked_by_variables(nodes[0])
            name = key_of(name, nodes[0])
        return Part(key, name, self.of(member.type, member.ref, nodes), required)

    def _slot(self, member: Member, key: str, nodes: Sequence[FieldNode]) -> Slot:
        join = member.join
        assert join is not None  # noqa: S101 - the caller looked
        identity = (id(join), key, *map(id, nodes))
        if identity not in self._slots:
            self._slots[identity] = len(self._slots), self._joining(member, nodes)
        return Slot(self._slots[identity][0], join.needs)

    def _coded(self, key: str) -> Part:
        if self._runs:
            raise Unplannable(IN_PYTHON)
        return Part(key, "", Constant(None), required=False)

    def _worked(self, member: ComputedMember) -> Slot:
        one, write = member.computed, self._leaf(cast(GraphQLScalarType, member.type)).write

        def work(parts: Parts) -> Any:
            value = one.work(parts)
            return None if value is None else write(value)

        index, _ = self._slots.setdefault((id(one),), (len(self._slots), Worked(work)))
        return Slot(index, one.needs)

    def _entry(
        self, of_type: GraphQLObjectType, held: TypeRef, nodes: Sequence[FieldNode]
    ) -> Object:
        fields = self._collector.fields(of_type, (node.selection_set for node in nodes))
        names = {found[0].name.value for found in fields.values()}
        if "value" not in names and entries(held) is not None:
            # The exact path turns maps in maps into entries, whoever looks at them.
            raise Unplannable("maps of maps without their values")
        return Object(
            of_type.name, tuple(self._of_entry(of_type, held, *one) for one in fields.items())
        )

    def _of_entry(
        self, of_type: GraphQLObjectType, held: TypeRef, key: str, nodes: Sequence[FieldNode]
    ) -> Part:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Part(key, "", Constant(of_type.name), required=True)
        field = of_type.fields[name]
        ref = held if name == "value" else None
        required = isinstance(field.type, GraphQLNonNull)
        return Part(key, name, self.of(field.type, ref, nodes), required)

    def _varied(
        self, of_type: GraphQLInterfaceType | GraphQLUnionType, nodes: Sequence[FieldNode]
    ) -> Varied:
        resolve = of_type.resolve_type
        if resolve is None:
            raise Unplannable("a type that nothing resolves")
        objects = {
            one.name: self._object(one, nodes) for one in self._schema.get_possible_types(of_type)
        }
        tag, tags = "", None
        if isinstance(resolve, BySource):
            resolve = resolve.sources[self._upstream]
        if isinstance(resolve, ByTagField):
            tag, tags = resolve.field, resolve.names
        return Varied(objects, partial(_resolved, resolve), tag, tags)

    def _leaf(self, of_type: GraphQLScalarType | GraphQLEnumType) -> Leaf:
        if isinstance(of_type, MergedEnum):
            of_type = of_type.sources.get(self._upstream, of_type)
        write = of_type.coerce_output_value
        if isinstance(of_type, GraphQLScalarType):
            return Leaf(_KINDS.get(of_type.name), write)
        return Leaf(None, write, of_type.texts if isinstance(of_type, Enum) else None)


def _resolved(resolve: Callable[..., Any], value: Any) -> str:
    return cast(str, resolve(value, None, None))


def _bare(of_type: Any) -> Any:
    return of_type.of_type if isinstance(of_type, GraphQLNonNull) else of_type
