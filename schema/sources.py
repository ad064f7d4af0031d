"""What several upstreams have, shown as one: each field and value goes by where it is from.

A type that is made of several has one face: the names clients see. Behind it every upstream keeps
its own names of fields, its own values of enums and its own joins. On the exact path what stands
above a value tells whose it is; a plan knows it of each fetch.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLResolveInfo,
    get_named_type,
)

from schema.enums import Enum
from schema.fields import Member
from schema.request import Request
from schema.resolution import Resolver
from schema.values import Change
from upstreams.model import EnumType, EnumValue

FieldT = TypeVar("FieldT", bound=GraphQLField | GraphQLInputField)


class MergedMember(Member):
    """A field that upstreams have each in its own way."""

    sources: Mapping[str, Member]
    """By upstream."""


class MergedEnum(Enum):
    """An enum whose values differ by upstream: inside the gateway a value is its name."""

    def __init__(self, name: str, sources: Mapping[str, Enum]) -> None:
        first = next(iter(sources.values()))
        values = (
            EnumValue(name, name, one.description or "", one.deprecation_reason)
            for name, one in first.values.items()
        )
        super().__init__(name, EnumType(name, name, first.description or "", values=tuple(values)))
        self.sources = sources

    def told(self, upstream: str) -> Change:
        """How an upstream's values become names; what is none stays what it is, and no name."""
        own = self.sources[upstream]

        def change(value: Any) -> Any:
            try:
                return own.coerce_output_value(value)
            except GraphQLError:
                return _NoName(value)

        return change

    def given(self, upstream: str) -> Change:
        """How names become an upstream's values."""
        values = self.sources[upstream].values
        return lambda name: values[name].value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _NoName:
    """A backend's value that its enum does not know, whatever text it is."""

    value: object

    def __repr__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class BySource:
    """Which of several types a value is, as the upstream tells that it is from."""

    sources: Mapping[str, Resolver]

    def __call__(self, value: Any, info: GraphQLResolveInfo[Request], of_type: Any) -> str:
        """The type's name. Raises `GraphQLError` where nothing tells it."""
        return self.sources[upstream_of(info)](value, info, of_type)


def same_values(one: Enum, other: Enum) -> bool:
    """Whether two enums have the same values for the same names."""
    return {name: repr(value.value) for name, value in one.values.items()} == {
        name: repr(value.value) for name, value in other.values.items()
    }


def own(field: GraphQLField, upstream: str) -> GraphQLField:
    """The field as an upstream has it."""
    if isinstance(field, MergedMember):
        return field.sources.get(upstream, field)
    return field


def names(member: Member) -> set[str]:
    """What backends call the field."""
    sources = member.sources.values() if isinstance(member, MergedMember) else (member,)
    return {one.name for one in sources}


def upstream_of(info: GraphQLResolveInfo[Request]) -> str:
    """The upstream that what a resolver is given is from."""
    behind = info.context.behind(tuple(info.path.as_list()))
    assert behind is not None  # noqa: S101 - there is no value of a backend's without its call
    return behind[1].origin.upstream


def merged_fields(
    sources: Mapping[str, Mapping[str, GraphQLField]],
) -> dict[str, GraphQLField]:
    """The fields of a type of several upstreams, which all have the same."""
    first = next(iter(sources.values()))
    return {
        name: _field({upstream: fields[name] for upstream, fields in sources.items()})
        for name in first
    }


def _field(sources: Mapping[str, GraphQLField]) -> GraphQLField:
    members = {name: one for name, one in sources.items() if isinstance(one, Member)}
    first = next(iter(sources.values()))
    if len(members) < len(sources) or _are_alike(members.values()):
        return described(first, sources.values())
    made = MergedMember(
        first.type,
        args=first.args,
        resolve=_resolver(members, first),
        description=first.description,
        deprecation_reason=first.deprecation_reason,
        extensions=first.extensions,
    )
    made.sources = members
    made.name = next(iter(members.values())).name
    return described(made, sources.values())


def described(field: FieldT, others: Iterable[FieldT]) -> FieldT:
    """The field with the first description that any of them has."""
    field.description = next((one.description for one in others if one.description), None)
    return field


def _are_alike(members: Iterable[Member]) -> bool:
    """Whether one field reads the values of all."""
    read = {(one.name, one.boxed, one.reads) for one in members}
    return (
        len(read) == 1
        and all(type(one) is Member and one.join is None and one.taking is None for one in members)
        and not any(isinstance(get_named_type(one.type), MergedEnum) for one in members)
    )


def _resolver(members: Mapping[str, Member], shown: GraphQLField) -> Callable[..., Any]:
    def resolve(source: Any, info: GraphQLResolveInfo[Request], /, **given: Any) -> Any:
        member = members[upstream_of(info)]
        assert member.resolve is not None  # noqa: S101 - all of ours have one
        return member.resolve(source, info, **_named(given, shown, member))

    return resolve


def _named(given: Mapping[str, Any], shown: GraphQLField, member: Member) -> dict[str, Any]:
    """Arguments under the names that an upstream has for them."""
    return {
        member.args[name].out_name or name: given[said]
        for name, one in shown.args.items()
        if (said := one.out_name or name) in given
    }
