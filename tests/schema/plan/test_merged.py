"""Both paths give the same where two upstreams' types are one and each has its own names."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLSchema, OverlappingFieldsCanBeMergedRule, parse, validate
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from schema.fields import named_fields
from schema.plan.plans import Plans
from schema.request import Asked, Request
from tests.schema.plan.answers import Source
from tests.schema.plan.operations import operation, variables
from tests.schema.plan.running import Asking, Backend, by_plan, exactly
from tests.schema.plan.test_both_paths import DIRT, OPERATIONS, assert_same
from tests.schema.plan.worlds import World, world
from upstreams.model import (
    Catalog,
    EnumType,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    TypeDef,
    UnionType,
)
from upstreams.shape import Answer

WORLDS = 30
KEPT = ("id", "fk", "items", "next", "value")
"""Fields that answers are matched by, and those of pages and boxes."""
_KEYWORDS = {
    ObjectType: "type",
    InterfaceType: "interface",
    UnionType: "union",
    InputType: "input",
    EnumType: "enum",
}
seen: Counter[str] = Counter()


def other(catalog: Catalog) -> Catalog:
    """The same, but for what the backend calls its fields and for the values of enums."""
    return replace(catalog, types=tuple(map(_other, catalog.types)))


def _other(definition: TypeDef) -> TypeDef:
    if isinstance(definition, UnionType):
        return definition
    if isinstance(definition, EnumType):
        values = (replace(one, value=f"y{one.value}") for one in definition.values)
        return replace(definition, values=tuple(values))
    return replace(definition, fields=tuple(map(_renamed, definition.fields)))


def _renamed(field: Field) -> Field:
    kept = field.name in KEPT or field.name.startswith("only")
    return field if kept else replace(field, name=f"y{field.name}")


def merged(made: World, twin: Catalog) -> GraphQLSchema:
    """The schema over both, in which every type is one for both."""
    catalogs = {"x": made.catalog, "y": twin}
    apart, names = build(catalogs)
    sdl = "\n".join((made.sdl, *_merging(made.catalog, twin, apart, names.type_names)))
    schema, _ = build(catalogs, extensions=Extensions(parsed([("graph.graphql", sdl)])))
    assert extended_of(schema).problems == ()
    return schema


def _merging(one: Catalog, twin: Catalog, apart: GraphQLSchema, names: Any) -> Iterator[str]:
    for first, second in zip(one.types, twin.types, strict=True):
        keyword = _KEYWORDS[type(first)]
        name = names["y"][first.key]
        yield f'extend {keyword} {names["x"][first.key]} @merge(with: "{name}")'
        fields = [] if name not in apart.type_map else list(_fields(first, second, apart, name))
        if fields:
            yield f"extend {keyword} {name} {{ {' '.join(fields)} }}"


def _fields(first: TypeDef, second: TypeDef, apart: GraphQLSchema, name: str) -> Iterator[str]:
    if isinstance(first, EnumType | UnionType) or isinstance(second, EnumType | UnionType):
        return
    inherited = {"shared"} if isinstance(first, ObjectType) and first.implements else set()
    types: Any = apart.type_map[name]
    pairs = zip(named_fields(first.fields), named_fields(second.fields), strict=True)
    for wanted, has in pairs:
        if wanted != has and wanted not in inherited:
            yield f'{has}: {types.fields[has].type} @rename(to: "{wanted}")'


class Both(Backend):
    """Two backends, each with answers of its own."""

    def __init__(self, one: Source, two: Source, *, shaped: bool = False) -> None:
        super().__init__(one, shaped=shaped)
        self._sources = {"x": one, "y": two}

    async def fetch(self, asked: Asked, request: Request) -> Answer:
        self._source = self._sources[asked.origin.upstream]
        return await super().fetch(asked, request)


async def compare(made: World, twin: World, schema: GraphQLSchema, at: str) -> None:
    """One operation gives the same in every way there is, whatever is answered."""
    text = operation(made.dice, schema)
    document = parse(text)
    if validate(schema, document, [OverlappingFieldsCanBeMergedRule]):
        return
    plans = Plans(schema, document)
    for case, dirt in enumerate(DIRT):
        asking = Asking(schema, document, variables(made.dice))
        sources = [Source(one, document, f"{at} {case}", dirt) for one in (made, twin)]
        exact = await exactly(asking, Both(*sources))
        for shaped in (False, True):
            ran = await by_plan(asking, Both(*sources, shaped=shaped), plans)
            seen[ran.unplanned or "planned"] += 1
            assert_same(ran, exact, f"{at}, answers {case}:\n{text}\n{asking.variables}")


@given(seed=st.integers(0, 2**32))
@settings(max_examples=WORLDS, deadline=None, database=None, phases=(Phase.generate,))
@pytest.mark.timeout(300)
def test_a_plan_answers_as_graphql_core_does(seed: int) -> None:
    """From whichever upstream an object is, with its names and its values."""
    made = world(seed)
    twin = World(other(made.catalog), "", made.dice)
    schema = merged(made, twin.catalog)

    async def several() -> None:
        for number in range(OPERATIONS):
            await compare(made, twin, schema, f"seed {seed}, operation {number}")

    asyncio.run(several())


def test_the_comparison_compares() -> None:
    """Most answers were a plan's."""
    assert seen["planned"] > 0.8 * sum(seen.values()) > 100, seen
