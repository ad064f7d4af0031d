"""How much one plan may select."""

import pytest
from graphql import parse

from schema.build import build
from schema.plan.model import Unplannable
from schema.plan.plans import Plans
from tests.schema.catalogs import INT, ask, catalog, named, reading
from tests.schema.catalogs import Answers as Backend
from upstreams.model import ByTag, Field, ObjectType, UnionType

PET = ObjectType("Pet", "Pet", fields=(Field("id", INT), Field("mate", named("Pet"))))
NODES = tuple(
    ObjectType(f"Node{n}", f"Node{n}", fields=(Field("next", named("Node")),)) for n in range(10)
)
NODE = UnionType(
    "Node",
    "Node",
    members=tuple(one.key for one in NODES),
    resolution=ByTag("kind", tuple((one.key, one.key) for one in NODES)),
)
CATALOG = catalog(
    reading("pet", named("Pet")), reading("node", named("Node")), types=(PET, *NODES, NODE)
)


def doubling(depth: int) -> str:
    """Each fragment spreads the next one twice: 2**depth objects in a few lines."""
    spreads = (
        f"fragment F{n} on Pet {{ a: mate {{ ...F{n + 1} }} b: mate {{ ...F{n + 1} }} }}"
        for n in range(depth)
    )
    return "\n".join(("{ pet { ...F0 } }", *spreads, f"fragment F{depth} on Pet {{ id }}"))


def branching(depth: int) -> str:
    """Each of ten types has one of ten types below it: 10**depth objects."""
    spreads = (
        f"fragment F{n} on Node {{ "
        + " ".join(f"... on {one.key} {{ next {{ ...F{n + 1} }} }}" for one in NODES)
        + " }"
        for n in range(depth)
    )
    return "\n".join(
        ("{ node { ...F0 } }", *spreads, f"fragment F{depth} on Node {{ __typename }}")
    )


@pytest.mark.parametrize("text", [doubling(40), branching(20)])
async def test_what_selects_more_than_it_writes_has_no_plan(text: str) -> None:
    """It is given up long before all that it selects is looked at; then the answer alone counts."""
    schema, _ = build({"zoo": CATALOG})

    with pytest.raises(Unplannable, match="too many fields"):
        Plans(schema, parse(text)).operation(None).plan({})


async def test_the_plans_of_one_document_have_a_bound() -> None:
    """As many operations as there are names for may stand in one text."""
    schema, _ = build({"zoo": CATALOG})
    body = doubling(6)
    fragments = body[body.index("fragment") :]
    operations = " ".join(f"query Q{n} {{ pet {{ ...F0 }} }}" for n in range(100))
    plans = Plans(schema, parse(f"{operations} {fragments}"))

    plans.operation("Q0").plan({})

    with pytest.raises(Unplannable, match="too many plans"):
        _plan_all(plans)


def _plan_all(plans: Plans) -> None:
    for n in range(100):
        plans.operation(f"Q{n}").plan({})


async def test_deep_selections_that_do_not_double_are_planned() -> None:
    """A bound is for what grows without end."""
    schema, _ = build({"zoo": CATALOG})
    pet = {"id": 1, "mate": {"id": 2, "mate": None}}

    result = await ask(schema, Backend({"pet": lambda _: pet}), doubling(5))

    assert result.data == {"pet": dict.fromkeys("ab", dict.fromkeys("ab"))}
    Plans(schema, parse(doubling(5))).operation(None).plan({})
