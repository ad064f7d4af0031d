"""The shape that every list has that is given page by page.

It follows the GraphQL Cursor Connections specification, with `nodes` for those who want no cursor.
"""

from collections.abc import Iterator, Mapping

import msgspec

from upstreams.json_schema import pascal
from upstreams.model import (
    Field,
    Function,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)
from upstreams.openapi.model import Binding, By, Paging, Parameter, Where
from upstreams.openapi.translate.paging.seen import Seen
from upstreams.openapi.translate.paging.words import TURNING, plain

_STRING = Scalar(ScalarKind.STRING)
_PAGE_INFO = "connections: PageInfo"
_OURS = ("first", "after")


class Connections:
    """The types of the connections of one description, one for each kind of item."""

    def __init__(self, types: Mapping[str, TypeDef]) -> None:
        self._types = types
        self._made: dict[str, ObjectType] = {}
        self._totals: set[str] = set()

    def types(self) -> Iterator[ObjectType]:
        """Every type that is needed."""
        for key, one in self._made.items():
            if key in self._totals:
                one = msgspec.structs.replace(one, fields=(*one.fields, _TOTAL))
            yield one
        if self._made:
            yield _page_info()

    def paged(self, function: Function[Binding], one: Seen, paging: Paging) -> Function[Binding]:
        """The function as a connection: its pages are no business of its arguments."""
        hidden = {
            asked.parameter.argument
            for asked in one.query
            if asked.parameter.name in (paging.position, paging.size)
            or (paging.by is By.LINK and plain(asked.parameter.name) in TURNING)
        }
        binding = function.binding
        kept = tuple(it for it in binding.parameters if it.argument not in hidden)
        arguments = (_apart(field, kept) for field in function.arguments)
        return msgspec.structs.replace(
            function,
            arguments=(
                *(field for field in arguments if field.name not in hidden),
                _first(paging),
                _AFTER,
            ),
            returns=Required(Named(self._connection(function, one, paging))),
            binding=msgspec.structs.replace(
                binding, parameters=tuple(map(_renamed, kept)), paging=paging
            ),
            batch=None,
        )

    def _connection(self, function: Function[Binding], one: Seen, paging: Paging) -> str:
        item = one.listing.item
        label = self._label(item) or pascal(function.label)
        key = f"connections: {_spelled(item) or function.name}"
        if key not in self._made:
            edge = f"{key} edge"
            self._made[key] = _connection(key, label, item, edge)
            self._made[edge] = _edge(edge, label, item)
        if paging.total or paging.total_header:
            self._totals.add(key)
        return key

    def _label(self, item: TypeRef) -> str:
        match nullable(item):
            case Named(key=key):
                return self._types[key].label
            case Scalar(kind=kind) if kind is not ScalarKind.JSON:
                return str(kind.value)
            case _:
                return ""


def _apart(field: Field, parameters: tuple[Parameter, ...]) -> Field:
    """The field under another name where it has the name of one of ours."""
    if field.name not in _OURS:
        return field
    where = next((one.where for one in parameters if one.argument == field.name), Where.FORM)
    return msgspec.structs.replace(field, name=_other(where, field.name))


def _renamed(parameter: Parameter) -> Parameter:
    if parameter.argument not in _OURS:
        return parameter
    other = _other(parameter.where, parameter.argument)
    return msgspec.structs.replace(parameter, argument=other)


def _other(where: Where, name: str) -> str:
    return f"{where.value}-{name}"


def _spelled(ref: TypeRef) -> str:
    """What tells one kind of item from another; empty for what is any JSON."""
    match ref:
        case Named(key=key):
            return key
        case Scalar(kind=ScalarKind.JSON):
            return ""
        case Scalar(kind=kind):
            return f"{kind.value} (scalar)"
        case Required(of=inner):
            return f"{_spelled(inner)}!"
        case ListOf(of=inner):
            return f"[{_spelled(inner)}]"
        case MapOf(of=inner):
            return f"{{{_spelled(inner)}}}"


def _connection(key: str, label: str, item: TypeRef, edge: str) -> ObjectType:
    return ObjectType(
        key,
        f"{label}Connection",
        "Some items of a list, and how to go on.",
        fields=(
            Field("nodes", Required(ListOf(item)), "The items."),
            Field("edges", Required(ListOf(Required(Named(edge)))), "The items, with cursors."),
            Field("pageInfo", Required(Named(_PAGE_INFO))),
        ),
    )


def _edge(key: str, label: str, item: TypeRef) -> ObjectType:
    cursor = Field("cursor", Required(_STRING), "Given as `after`, it leads on from this item.")
    return ObjectType(
        key,
        f"{label}Edge",
        "One item of a list, and where it stands.",
        fields=(cursor, Field("node", item)),
    )


def _page_info() -> ObjectType:
    more = Field(
        "hasNextPage",
        Required(Scalar(ScalarKind.BOOLEAN)),
        "Whether there may be more. Some backends only show by an empty page that there is not.",
    )
    end = Field("endCursor", _STRING, "Given as `after`, it leads on from here.")
    fields = (more, end)
    return ObjectType(_PAGE_INFO, "PageInfo", "How to go on in a list.", fields=fields, shared=True)


_TOTAL = Field("totalCount", Scalar(ScalarKind.LONG), "How many items there are in all.")
_AFTER = Field("after", _STRING, "Where to go on: an `endCursor`, or the `cursor` of an edge.")


def _first(paging: Paging) -> Field:
    told = f"How many items, at most {paging.max_items}; default: one page of the backend's."
    return Field("first", Scalar(ScalarKind.INT), told)
