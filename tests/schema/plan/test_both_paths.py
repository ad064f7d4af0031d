"""Both paths give the same: random schemas, joins, operations and bytes of answers."""

import asyncio
from collections import Counter

import pytest
from graphql import GraphQLSchema, OverlappingFieldsCanBeMergedRule, parse, validate
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from schema.failures import INTERNAL
from schema.plan.plans import Plans
from tests.schema.plan.answers import Source
from tests.schema.plan.operations import operation, variables
from tests.schema.plan.running import Asking, Backend, Ran, by_plan, exactly
from tests.schema.plan.worlds import World, world

WORLDS = 112
"""How many are made in one run, beside those that once told paths apart."""
OPERATIONS = 12
"""How many are asked of each world."""
DIRT = (0.0, 0.01, 0.05, 0.0)
"""Of the answers to each operation, how likely each part of them is wrong."""
COMPARED = 5000
"""How many answers are compared at least; each is read by both kinds of shapes."""
READERS = ("projections", "shapes of JSON")
seen: Counter[str] = Counter()


async def compare(made: World, schema: GraphQLSchema, at: str) -> None:
    """One operation gives the same in every way there is, whatever is answered."""
    text = operation(made.dice, schema)
    document = parse(text)
    if validate(schema, document, [OverlappingFieldsCanBeMergedRule]):
        seen["fields that do not merge"] += 1
        return
    plans = [Plans(schema, document) for _ in READERS]
    for case, dirt in enumerate(DIRT):
        asking = Asking(schema, document, variables(made.dice))
        source = Source(made, document, f"{at} {case}", dirt)
        exact = await exactly(asking, Backend(source))
        seen["compared"] += 1
        for shaped, reader in enumerate(READERS):
            ran = await by_plan(asking, Backend(source, shaped=bool(shaped)), plans[shaped])
            seen[f"{reader}: {ran.unplanned or 'planned'}"] += 1
            assert_same(ran, exact, f"{at}, answers {case}, {reader}:\n{text}\n{asking.variables}")


def assert_same(ran: Ran, exact: Ran, case: str) -> None:
    """The response is the same, and so is what was asked for it."""
    if ran.batches != exact.batches and (ran.errors or exact.errors):
        # A failure is that of all keys in a call, and they went out in other company.
        seen["batched otherwise"] += 1
        return
    assert ran.data == exact.data, case
    assert ran.errors == exact.errors, case
    if not (ran.batches and ran.errors):
        # Of a batch that cannot be read, graphql-core notes the first place alone.
        assert ran.beside == exact.beside, case
    # What will be null for its sibling's sake need not be asked for.
    doomed = exact.calls - ran.calls, exact.keys - ran.keys
    assert not any(doomed) or ran.unplanned, case
    assert not ran.calls - exact.calls, case
    assert ran.keys <= exact.keys, case
    assert not any(INTERNAL in error for error in ran.errors), case


@given(seed=st.integers(0, 2**32))
@example(seed=501)  # a byte that is no UTF-8, where nobody selects it
@example(seed=503)  # a mutation's surprise, before its next write
@example(seed=504)  # more items in a batch than were asked for
@example(seed=1162)  # a field with arguments, which a directive leaves out
@settings(
    max_examples=WORLDS,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
@pytest.mark.timeout(300)
def test_a_plan_answers_as_graphql_core_does(seed: int) -> None:
    """Data byte for byte, errors by path and code, and nothing is asked that is known already."""
    made = world(seed)
    schema = made.schema()

    async def several() -> None:
        for number in range(OPERATIONS):
            await compare(made, schema, f"seed {seed}, operation {number}")

    asyncio.run(several())


def test_the_comparison_compares() -> None:
    """Thousands of answers were compared, and most of them were a plan's."""
    planned = [seen[f"{reader}: planned"] for reader in READERS]

    assert seen["compared"] >= COMPARED, seen
    assert min(planned) > 0.8 * seen["compared"], seen
    assert seen["batched otherwise"] < 0.05 * seen["compared"], seen
