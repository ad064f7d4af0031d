"""Where clients see another name than the one the description gives, and why."""

from collections.abc import Iterator, Mapping

from schema.fields import named_fields
from schema.merge import Merged, RootField
from schema.names import camel, graphql_name, is_name, pascal
from upstreams.model import EnumType, Field, Remark, TypeDef, UnionType


def renamed(merged: Merged, upstream: str) -> Iterator[Remark]:
    """Each function, type, argument and field of an upstream whose name had to change.

    That root fields are camelCase, types PascalCase and inputs end in `Input` is the rule, and no
    change.
    """
    for root in merged.root_fields:
        if root.upstream == upstream:
            yield from _root(root)
    names = merged.type_names[upstream]
    for definition in merged.catalogs[upstream].types:
        yield from _type(definition, names[definition.key])


def _root(root: RootField) -> Iterator[Remark]:
    function = root.function
    at = f"{root.root.value}.{root.name}"
    if root.name != camel(function.label):
        yield _remark(at, function.label, camel(function.label))
    yield from _fields(at, named_fields(function.arguments))


def _type(definition: TypeDef, name: str) -> Iterator[Remark]:
    usual = pascal(definition.label)
    if name not in (usual, f"{usual}Input"):
        yield _remark(name, definition.label, usual)
    if not isinstance(definition, EnumType | UnionType):
        yield from _fields(name, named_fields(definition.fields))


def _fields(at: str, fields: Mapping[str, Field]) -> Iterator[Remark]:
    for name, field in fields.items():
        if name != field.name:
            yield _remark(f"{at}.{name}", field.name, graphql_name(field.name))
        yield from _fields(f"{at}.{name}", named_fields(field.arguments))


def _remark(at: str, told: str, usual: str) -> Remark:
    """`told` is the description's name, `usual` what would be made of it if nobody had it."""
    if at.rpartition(".")[2] != usual:
        return Remark(at, f"called {told!r:.80}; {usual} is taken")
    if told.startswith("__"):
        return Remark(at, f"called {told!r:.80}; GraphQL keeps names that begin with __ for itself")
    if not is_name(told):
        return Remark(at, f"called {told!r:.80}, which GraphQL does not allow as a name")
    return Remark(at, f"called {told!r:.80}")
