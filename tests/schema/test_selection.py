"""What a client selects, as the kinds are told it."""

import pytest

from schema.build import build
from schema.request import Asked, Request
from tests.schema.catalogs import INT, LONG, STRING, ask, catalog, listed, mapped, named, reading
from upstreams.model import (
    Bound,
    ByTag,
    Field,
    FromParent,
    InterfaceType,
    Link,
    ObjectType,
    UnionType,
)
from upstreams.shape import Value

OWNER = InterfaceType("Owner", "Owner", fields=(Field("id", LONG),), resolution=ByTag("t", ()))
CAT = ObjectType(
    "Cat",
    "Cat",
    fields=(
        Field("id", LONG),
        Field("first-name", STRING),
        Field("lives", mapped(INT)),
        Field("kittens", listed(named("Cat"))),
    ),
    implements=("Owner",),
)
ANY = UnionType("Any", "Any", members=("Cat",), resolution=ByTag("t", ()))
LINK = Link("Cat", "again", "cat", (Bound(("id",), FromParent(("id",))),))


class Noting:
    """A caller that notes what is selected."""

    def __init__(self) -> None:
        self.selections: list[tuple[str, ...]] = []

    async def fetch(self, asked: Asked, _: Request) -> Value:
        self.selections.append(asked.selection)
        return Value(None)


async def selected(query: str, *, selective: bool = True) -> tuple[str, ...]:
    one = catalog(
        reading("cat", named("Cat"), Field("id", LONG), selective=selective),
        reading("owner", named("Owner"), selective=selective),
        reading("any", named("Any"), selective=selective),
        types=(OWNER, CAT, ANY),
    )
    schema, _ = build({"x": type(one)(one.kind, one.functions, one.types, None, links=(LINK,))})
    noting = Noting()
    await ask(schema, noting, query)
    return noting.selections[0]


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("{ cat { id a: first_name b: first_name } }", ("id", "first-name")),
        ("{ cat { kittens { id kittens { id } } } }", ("kittens.id", "kittens.kittens.id")),
        ("{ cat { lives { key } } }", ("lives",)),
        ("{ cat { ...f } } fragment f on Cat { id ...g } fragment g on Cat { id }", ("id",)),
        ("{ owner { id ... on Cat { first_name } ... { id } } }", ("id", "first-name")),
        ("{ any { ... on Owner { id } ... on Cat { first_name } } }", ("id", "first-name")),
        ("{ cat { __typename first_name @include(if: true) } }", ("first-name",)),
        ("{ cat { id first_name @skip(if: true) } }", ("id",)),
        ("{ cat { id ... @include(if: false) { first_name } } }", ("id",)),
        ("{ cat { again { first_name } } }", ("id",)),
        ("{ cat { id } cat { kittens { id } } }", ("id", "kittens.id")),
    ],
)
async def test_paths_are_the_backends_names(query: str, paths: tuple[str, ...]) -> None:
    """Aliases and fragments aside; a link counts as what it passes on."""
    assert await selected(query) == paths


async def test_only_who_asks_is_told() -> None:
    """Nothing is worked out for a function that does not care."""
    assert await selected("{ cat { id } }", selective=False) == ()


async def test_fragments_within_fragments_cost_no_more_than_what_they_select() -> None:
    """Each names the next twice, at two places; the paths are as many as the levels."""
    depth = 16
    fragments = " ".join(
        f"fragment f{n} on Cat {{ kittens {{ id ...{one} ...{one} }} kittens {{ ...{one} }} }}"
        for n in range(depth)
        for one in [f"f{n + 1}"]
    )
    last = f"fragment f{depth} on Cat {{ first_name }}"

    paths = await selected(f"{{ cat {{ ...f0 }} }} {fragments} {last}")

    assert len(paths) == depth + 1
