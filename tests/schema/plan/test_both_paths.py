"""Both paths give the same: random schemas, operations and answers, byte for byte."""

import asyncio
import json
from collections import Counter
from inspect import isawaitable
from typing import Any

import pytest
from graphql import ExecutionResult, parse, validate
from graphql.execution import experimental_execute_incrementally
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graphql.body import encode
from schema.build import SchemaError, build
from schema.plan.model import Unplannable
from schema.plan.plans import Plans
from schema.plan.run import run
from schema.request import Asked, Origin, Request
from tests.schema.plan.worlds import World, operation, value, world
from upstreams.errors import CallError, Refused
from upstreams.shape import Shape, Steps, Value, Wanted

CASES = 6000
"""How many answers are compared in one run."""
PER_WORLD = 12
seen: Counter[str] = Counter()


class Backend:
    """Answers every call by the dice, the same for the same call."""

    def __init__(self, made: World, dirt: float) -> None:
        self._made = made
        self._dirt = dirt
        self._known: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()

    async def fetch(self, asked: Asked, request: Request) -> Value:
        key = f"{asked.origin.function.name}{asked.arguments!r}"
        self.asked[key] += 1
        if key not in self._known:
            self._known[key] = self._said(asked)
        said = self._known[key]
        if isinstance(said, CallError):
            raise said
        asked.aside.status = 200
        return Value(said)

    def _said(self, asked: Asked) -> Any:
        if self._made.dice.random() < self._dirt:
            return Refused("no", status=404)
        returns = asked.origin.function.returns
        return value(self._made, returns, dirt=self._dirt)

    def shape(self, origin: Origin, wanted: Wanted, inside: Steps) -> Shape | None:
        return None

    def stream(self, asked: Asked, request: Request) -> Any:
        raise NotImplementedError


async def compared(made: World, schema: Any, dirt: float) -> None:
    text, variables = operation(made, schema)
    document = parse(text)
    if validate(schema, document):
        seen["invalid"] += 1
        return
    backend = Backend(made, dirt)

    request = Request(backend, "r", deadline=float("inf"))
    try:
        plan, coerced = Plans(schema, document).operation(None).plan(variables)
        planned = await run(plan, request, coerced)
    except Unplannable as error:
        seen[error.reason] += 1
        planned = None
    asked = backend.asked.copy()
    exact = experimental_execute_incrementally(
        schema, document, context_value=request, variable_values=variables
    )
    result = await exact if isawaitable(exact) else exact
    assert isinstance(result, ExecutionResult)

    assert not (backend.asked & asked) or backend.asked == asked + (backend.asked - asked)
    assert all(count == 1 for count in backend.asked.values()), "something was fetched twice"
    if planned is not None:
        seen["planned, with errors" if planned.errors else "planned"] += 1
        assert bytes(planned.data) == encode(result.data), text
        assert told(planned.errors) == told(result.errors or ()), text


def told(errors: Any) -> list[str]:
    return sorted(json.dumps(error.formatted, sort_keys=True, default=str) for error in errors)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=CASES // PER_WORLD, deadline=None, database=None)
@pytest.mark.timeout(300)
def test_a_plan_answers_as_graphql_core_does(seed: int) -> None:
    """Data byte for byte, errors by path and code; and what a plan fetched is not fetched again."""
    made = world(seed)
    try:
        schema, _ = build({"x": made.catalog})
    except SchemaError:
        seen["no schema"] += 1
        return

    async def several() -> None:
        for case in range(PER_WORLD):
            await compared(made, schema, dirt=(0.0, 0.02, 0.1)[case % 3])

    asyncio.run(several())


def test_most_cases_are_planned() -> None:
    """The comparison compares: what it ran by a plan, it ran thousands of times."""
    assert seen["planned"] + seen["planned, with errors"] > 3500, seen
