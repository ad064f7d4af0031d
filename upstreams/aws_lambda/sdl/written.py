"""Types as the text of a types file, from which `read` gives equal ones."""

import json
from collections.abc import Iterable, Iterator, Sequence

from upstreams.aws_lambda.sdl.said import Typed, Types
from upstreams.model import (
    Effect,
    EnumType,
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
)

_ROOTS = ((Effect.READ, "Query"), (Effect.WRITE, "Mutation"))


def written(types: Types) -> str:
    """The text of a file that says the same.

    Names are GraphQL's, keys are names, and there are neither maps, boxes nor defaults.
    """
    blocks = [*_roots(types.fields), *(_definition(one) for one in types.types)]
    return "\n\n".join(blocks) + "\n"


def _roots(fields: Sequence[Typed]) -> Iterator[str]:
    for effect, root in _ROOTS:
        if found := [_root_field(one) for one in fields if one.effect is effect]:
            yield _block(f"type {root}", found)


def _root_field(one: Typed) -> str:
    directive = f" @lambda(name: {_quoted(one.function)})" if one.function else ""
    arguments = ", ".join(map(_argument, one.arguments))
    given = f"({arguments})" if arguments else ""
    return f"{_about(one.description)}{one.field}{given}: {_ref(one.returns)}{directive}"


def _argument(one: Field) -> str:
    about = f"{_quoted(one.description)} " if one.description else ""
    return f"{about}{one.name}: {_ref(one.type)}"


def _definition(one: TypeDef) -> str:
    return f"{_about(one.description, '')}{_body(one)}"


def _body(one: TypeDef) -> str:
    match one:
        case ObjectType() | InterfaceType():
            word = "type" if isinstance(one, ObjectType) else "interface"
            up = f" implements {' & '.join(one.implements)}" if one.implements else ""
            return _block(f"{word} {one.key}{up}", map(_field, one.fields))
        case InputType():
            once = " @oneOf" if one.one_of else ""
            return _block(f"input {one.key}{once}", map(_field, one.fields))
        case EnumType():
            return _block(f"enum {one.key}", (value.name for value in one.values))
        case UnionType():
            return f"union {one.key} = {' | '.join(one.members)}"


def _field(one: Field) -> str:
    return f"{_about(one.description)}{one.name}: {_ref(one.type)}"


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join((f"{head} {{", *(f"  {line}" for line in lines), "}"))


def _about(description: str, indent: str = "  ") -> str:
    return f"{_quoted(description)}\n{indent}" if description else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _ref(ref: TypeRef) -> str:
    match ref:
        case Required(of):
            return f"{_ref(of)}!"
        case ListOf(of):
            return f"[{_ref(of)}]"
        case Named(key):
            return key
        case Scalar(kind):
            return kind.value
        case _:
            return ScalarKind.JSON.value
