"""Values of backends as clients see them: scalars, enums, lists, and one of several types."""

from typing import Any

import pytest

from schema.build import build
from tests.schema.catalogs import (
    LONG,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
)
from tests.schema.plan.specification.zoo import CATALOG, REX, TOM
from upstreams.model import (
    Field,
    ObjectType,
    Scalar,
    ScalarKind,
)

BAD = "what no scalar takes"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (ScalarKind.INT, 7, 7),
        (ScalarKind.INT, 7.0, 7),
        (ScalarKind.INT, "7", 7),
        (ScalarKind.INT, True, 1),
        (ScalarKind.INT, 2**31, BAD),
        (ScalarKind.INT, 7.5, BAD),
        (ScalarKind.INT, "", BAD),
        (ScalarKind.FLOAT, 7, 7.0),
        (ScalarKind.FLOAT, 7.5, 7.5),
        (ScalarKind.FLOAT, "7.5", 7.5),
        (ScalarKind.FLOAT, float("inf"), BAD),
        (ScalarKind.FLOAT, "x", BAD),
        (ScalarKind.STRING, "x", "x"),
        (ScalarKind.STRING, 7, "7"),
        (ScalarKind.STRING, True, "true"),
        (ScalarKind.STRING, [1], BAD),
        (ScalarKind.BOOLEAN, False, False),
        (ScalarKind.BOOLEAN, 1, True),
        (ScalarKind.BOOLEAN, "true", BAD),
        (ScalarKind.ID, "x", "x"),
        (ScalarKind.ID, 7, "7"),
        (ScalarKind.ID, True, BAD),
        (ScalarKind.LONG, 2**62, f"{2**62}"),
        (ScalarKind.LONG, 2**63, BAD),
    ],
)
async def test_result_coercion_of_scalars(kind: ScalarKind, value: Any, shown: Any) -> None:
    """3.5: what a scalar can be without losing anything, it is; anything else is an error."""
    holder = ObjectType("Holder", "Holder", fields=(Field("it", Scalar(kind)),))
    schema, _ = build({"x": catalog(reading("holder", named("Holder")), types=(holder,))})

    result = await ask(schema, Answers({"holder": lambda _: {"it": value}}), "{ holder { it } }")

    assert result.data == {"holder": {"it": None if shown is BAD else shown}}
    assert [error.path for error in result.errors or ()] == [["holder", "it"]] * (shown is BAD)


@pytest.mark.parametrize(
    ("value", "shown"), [("calm", "CALM"), (1, "WILD"), ("CALM", BAD), ("1", BAD), (True, BAD)]
)
async def test_result_coercion_of_enums(value: Any, shown: Any) -> None:
    """3.9: the name of the backend's value; another value is an error."""
    schema, _ = build({"zoo": CATALOG})
    caller = Answers({"dog": lambda _: {**REX, "mood": value}})

    result = await ask(schema, caller, "{ dog { mood } }")

    assert result.data == {"dog": {"mood": None if shown is BAD else shown}}
    assert len(result.errors or ()) == (shown is BAD)


@pytest.mark.parametrize(
    ("pets", "shown", "wrong"),
    [
        ([REX, TOM], [{"t": "Dog"}, {"t": "Cat"}], []),
        ([{"is": "cow"}, TOM], [None, {"t": "Cat"}], [0]),
        ([{}, "Rex", TOM], [None, None, {"t": "Cat"}], [0, 1]),
    ],
)
async def test_resolving_abstract_types(pets: list[Any], shown: Any, wrong: list[int]) -> None:
    """6.4.3: a value is of the type that it says; one that says none is an error."""
    schema, _ = build({"zoo": CATALOG})
    caller = Answers({"human": lambda _: {"pets": pets}})

    result = await ask(schema, caller, "{ human { pets { t: __typename } } }")

    assert result.data == {"human": {"pets": shown}}
    paths = [tuple(error.path or ()) for error in result.errors or ()]
    assert paths == [("human", "pets", index) for index in wrong]


async def test_values_of_lists_and_longs() -> None:
    """3.12: items are completed one by one."""
    schema, _ = build({"x": catalog(reading("all", listed(listed(LONG))))})

    result = await ask(schema, Answers({"all": lambda _: [[1, "2"], [], None]}), "{ all }")

    assert result.data == {"all": [["1", "2"], [], None]}
