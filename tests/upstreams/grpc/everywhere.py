"""Questions that ask for every field, and the differences between their answers and canonical JSON.

Within each other objects are asked for as deep as the mock in `grpc_mock.js` fills them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
)

DEPTH = 4

_GIVEN: Mapping[str, Any] = {
    **dict.fromkeys(("Int", "Float", "Long", "UnsignedInt", "UnsignedLong"), 1),
    "Boolean": True,
    "DateTime": "2024-01-01T00:00:00Z",
    "Duration": "1s",
    "Bytes": "AA==",
    "JSON": {},
}


def question(
    operation: str, name: str, field: GraphQLField, least: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """An operation that asks a root field for all it has, and the least it must be given.

    `least` is what the input must have beyond what its type says.
    """
    needed = {
        argument: one.type
        for argument, one in field.args.items()
        if isinstance(one.type, GraphQLNonNull) or (least and argument == "input")
    }
    declared = ", ".join(f"${argument}: {ref}" for argument, ref in needed.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in needed)
    of, given = (f"({declared})", f"({passed})") if needed else ("", "")
    text = f"{operation} {of} {{ it: {name}{given} {_selection(field.type, DEPTH)} }}"
    variables = {argument: _given(ref) for argument, ref in needed.items()}
    return text, {key: {**value, **least} for key, value in variables.items()}


def _given(ref: GraphQLInputType) -> Any:
    """A value of that type, as small as can be; protobuf's JSON has the same."""
    match ref:
        case GraphQLNonNull():
            return _given(ref.of_type)
        case GraphQLList():
            return [_given(ref.of_type)]
        case GraphQLEnumType():
            return next(iter(ref.values))
        case GraphQLInputObjectType():
            return {name: _given(one.type) for name, one in _needed(ref)}
        case _:
            return _GIVEN.get(ref.name, "x")


def _needed(ref: GraphQLInputObjectType) -> list[tuple[str, GraphQLInputField]]:
    fields = list(ref.fields.items())
    if ref.is_one_of:
        return fields[:1]
    return [(name, one) for name, one in fields if isinstance(one.type, GraphQLNonNull)]


def _selection(ref: GraphQLOutputType, depth: int) -> str:
    """All fields of a type; nothing for a leaf."""
    match get_named_type(ref):
        case GraphQLObjectType() as named:
            return f"{{ {' '.join(_fields(named, depth)) or '__typename'} }}"
        case GraphQLUnionType() as named:
            parts = (f"... on {one.name} {_renamed(one, depth)}" for one in named.types)
            return f"{{ __typename {' '.join(parts)} }}"
        case _:
            return ""


def _renamed(named: GraphQLObjectType, depth: int) -> str:
    """The fields of a union's member, under names that no other member has."""
    fields = (f"{named.name}_{field.partition(' ')[0]}: {field}" for field in _fields(named, depth))
    return f"{{ {' '.join(fields) or '__typename'} }}"


def _fields(named: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, field in named.fields.items():
        leaf = not isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLUnionType)
        if leaf or depth > 1:
            yield f"{name} {_selection(field.type, depth - 1)}".strip()


def differences(ref: GraphQLOutputType, got: Any, canonical: Any, at: str) -> Iterator[str]:
    """Where an answer is not what the canonical JSON says."""
    match ref:
        case GraphQLNonNull():
            yield from differences(ref.of_type, got, canonical, at)
        case GraphQLList() if isinstance(canonical, dict) and (entry := _entry(ref)):
            yield from _in_map(entry, got, canonical, at)
        case GraphQLList() if isinstance(got, list) and isinstance(canonical, list):
            if len(got) != len(canonical):
                yield f"{at}: {len(got)} items, not {len(canonical)}"
            for index, (one, other) in enumerate(zip(got, canonical, strict=False)):
                yield from differences(ref.of_type, one, other, f"{at}[{index}]")
        case GraphQLObjectType() if got is not None and isinstance(canonical, dict):
            yield from _in_object(ref, got, canonical, at)
        case GraphQLUnionType() if got is not None and isinstance(canonical, dict):
            yield from _in_union(ref, got, canonical, at)
        case _ if got != canonical and not (got is None and canonical == {}):
            yield f"{at}: {got!r:.80}, not {canonical!r:.80}"
        case _:
            pass


def _entry(ref: GraphQLList[Any]) -> GraphQLObjectType | None:
    """The type of a map's entries, where a list is one."""
    named = get_named_type(ref)
    if isinstance(named, GraphQLObjectType) and set(named.fields) == {"key", "value"}:
        return named
    return None


def _in_map(
    entry: GraphQLObjectType, got: Any, canonical: Mapping[str, Any], at: str
) -> Iterator[str]:
    found = {one["key"]: one.get("value") for one in got}
    if found.keys() != canonical.keys():
        yield f"{at}: the keys {sorted(found)}, not {sorted(canonical)}"
    for key in found.keys() & canonical.keys() if "value" in (got or [{}])[0] else ():
        ref = entry.fields["value"].type
        yield from differences(ref, found[key], canonical[key], f"{at}[{key}]")


def _in_object(
    ref: GraphQLObjectType, got: Mapping[str, Any], canonical: Mapping[str, Any], at: str
) -> Iterator[str]:
    for name in canonical.keys() - got.keys():
        if canonical[name]:
            yield f"{at}.{name}: not asked for"
    for name, value in got.items():
        if name != "__typename":
            field = ref.fields[name]
            yield from differences(field.type, value, canonical.get(name), f"{at}.{name}")


def _in_union(
    ref: GraphQLUnionType, got: Mapping[str, Any], canonical: Mapping[str, Any], at: str
) -> Iterator[str]:
    said = [value for value in canonical.values() if value is not None]
    member = next(one for one in ref.types if one.name == got["__typename"])
    if len(said) != 1:
        yield f"{at}: {member.name}, not {canonical!r:.80}"
        return
    prefix = f"{member.name}_"
    fields = {name.removeprefix(prefix): one for name, one in got.items() if name != "__typename"}
    yield from _in_object(member, fields, said[0], at)
