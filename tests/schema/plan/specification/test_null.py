"""Null where none may be: how far up it goes, through objects and lists."""

from typing import Any, NamedTuple

import pytest

from schema.build import build
from tests.schema.catalogs import (
    INT,
    Answers,
    ask,
    catalog,
    listed,
    mapped,
    named,
    reading,
    required,
)
from upstreams.model import (
    Field,
    ObjectType,
    TypeRef,
)

BAD = "not a number"


class Propagation(NamedTuple):
    """A type of the field `it`, its value, and what comes of them."""

    type: TypeRef
    value: Any
    data: Any
    """Of `holder`."""
    at: tuple[str | int, ...] = ()
    """Where below `holder` the error is; none: there is none."""


PROPAGATING = {
    "[T]: null": Propagation(listed(INT), None, {"it": None}),
    "[T]: null inside": Propagation(listed(INT), [1, None], {"it": [1, None]}),
    "[T]: an error inside": Propagation(listed(INT), [1, BAD, 3], {"it": [1, None, 3]}, ("it", 1)),
    "[T!]: null": Propagation(listed(required(INT)), None, {"it": None}),
    "[T!]: null inside": Propagation(listed(required(INT)), [1, None], {"it": None}, ("it", 1)),
    "[T!]: an error inside": Propagation(listed(required(INT)), [BAD], {"it": None}, ("it", 0)),
    "[T]!: null": Propagation(required(listed(INT)), None, None, ("it",)),
    "[T]!: null inside": Propagation(required(listed(INT)), [None], {"it": [None]}),
    "[T]!: an error inside": Propagation(required(listed(INT)), [BAD], {"it": [None]}, ("it", 0)),
    "[T!]!: null": Propagation(required(listed(required(INT))), None, None, ("it",)),
    "[T!]!: null inside": Propagation(required(listed(required(INT))), [1, None], None, ("it", 1)),
    "[T!]!: an error inside": Propagation(required(listed(required(INT))), [BAD], None, ("it", 0)),
    "[[T!]]: null inside": Propagation(
        listed(listed(required(INT))),
        [[1], [2, None], None],
        {"it": [[1], None, None]},
        ("it", 1, 1),
    ),
    "[[T]!]: null inside": Propagation(
        listed(required(listed(INT))), [[None], None], {"it": None}, ("it", 1)
    ),
    "[T]: no list": Propagation(listed(INT), 3, {"it": None}, ("it",)),
    "T!: null": Propagation(required(INT), None, None, ("it",)),
    "T!: an error": Propagation(required(INT), BAD, None, ("it",)),
    "T: an error": Propagation(INT, BAD, {"it": None}, ("it",)),
    "{T!}: null inside": Propagation(
        mapped(required(INT)), {"a": None}, {"it": None}, ("it", 0, "value")
    ),
}


@pytest.mark.parametrize("case", PROPAGATING.values(), ids=PROPAGATING)
async def test_handling_of_execution_errors(case: Propagation) -> None:
    """6.4.4: null goes up to the nearest place that may be null, and the error keeps its path."""
    holder = ObjectType("Holder", "Holder", fields=(Field("it", case.type),))
    top = ObjectType("Top", "Top", fields=(Field("holder", named("Holder")),))
    schema, _ = build({"x": catalog(reading("top", named("Top")), types=(holder, top))})
    caller = Answers({"top": lambda _: {"holder": {"it": case.value}}})
    shown = "it { key value }" if "{" in str(case.data) and case.at[-1:] == ("value",) else "it"

    result = await ask(schema, caller, f"{{ top {{ holder {{ {shown} }} }} }}")

    assert result.data == {"top": {"holder": case.data}}
    found = [tuple(error.path or ()) for error in result.errors or ()]
    assert found == ([("top", "holder", *case.at)] if case.at else [])


@pytest.mark.parametrize(
    ("depth", "required_from", "shown"),
    [
        (3, 3, {"next": {"next": None}}),
        (3, 2, {"next": None}),
        (3, 1, None),
    ],
)
async def test_null_goes_as_far_as_it_must(depth: int, required_from: int, shown: Any) -> None:
    """6.4.4: past every place that may not be null."""
    fields = {
        level: required(named(f"N{level + 1}"))
        if level >= required_from
        else named(f"N{level + 1}")
        for level in range(1, depth)
    }
    types = tuple(
        ObjectType(f"N{level}", f"N{level}", fields=(Field("next", of),))
        for level, of in fields.items()
    )
    last = ObjectType(f"N{depth}", f"N{depth}", fields=(Field("end", required(INT)),))
    schema, _ = build({"x": catalog(reading("top", named("N1")), types=(*types, last))})
    caller = Answers({"top": lambda _: {"next": {"next": {"end": None}}}})

    result = await ask(schema, caller, "{ top { next { next { end } } } }")

    assert result.data == {"top": shown}
