"""What may be passed on as what: the rule before, and the values then."""

from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError

from schema.expressions import fitted
from schema.extend.fits import fits
from schema.extend.world import Typed, World
from schema.merge import merge
from upstreams.model import ListOf, MapOf, Required, Scalar, ScalarKind

WORLD = World(merge({}), {}, (), ())

INTEGERS = (
    *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
    ScalarKind.BIG_INT,
)
SAMPLES: dict[ScalarKind, Any] = {
    **dict.fromkeys(INTEGERS, 7),
    ScalarKind.STRING: "text",
    ScalarKind.ID: "7",
    ScalarKind.FLOAT: 1.5,
    ScalarKind.BOOLEAN: True,
    ScalarKind.DECIMAL: Decimal("7.00"),
    ScalarKind.DATE: "2024-02-29",
    ScalarKind.TIME: "12:30:00",
    ScalarKind.DATE_TIME: "2024-02-29T12:30:00Z",
    ScalarKind.LOCAL_DATE_TIME: "2024-02-29T12:30:00",
    ScalarKind.DURATION: "PT1S",
    ScalarKind.UUID: "00000000-0000-4000-8000-000000000000",
    ScalarKind.URI: "https://example.com/",
    ScalarKind.EMAIL: "a@example.com",
    ScalarKind.BYTES: "aGk=",
    ScalarKind.JSON: {"a": 1},
}
READ = frozenset({ScalarKind.STRING, ScalarKind.ID, ScalarKind.JSON})
"""What may hold anything: each value is looked at when it comes."""


def typed(kind: ScalarKind) -> Typed:
    return Typed("a", Scalar(kind))


@pytest.mark.parametrize("source", [kind for kind in SAMPLES if kind not in READ])
def test_what_fits_by_its_type_fits_by_its_value(source: ScalarKind) -> None:
    """No join that is accepted fails for every value there is."""
    targets = [kind for kind in SAMPLES if fits(WORLD, typed(source), typed(kind))]

    assert source in targets
    for target in targets:
        assert fitted(SAMPLES[source], Scalar(target), {}) is not None


@pytest.mark.parametrize(
    ("source", "target", "so"),
    [
        (ScalarKind.INT, ScalarKind.LONG, True),
        (ScalarKind.LONG, ScalarKind.INT, True),
        (ScalarKind.LONG, ScalarKind.ID, True),
        (ScalarKind.ID, ScalarKind.LONG, True),
        (ScalarKind.STRING, ScalarKind.UUID, True),
        (ScalarKind.STRING, ScalarKind.LONG, False),
        (ScalarKind.DECIMAL, ScalarKind.LONG, True),
        (ScalarKind.DECIMAL, ScalarKind.STRING, False),
        (ScalarKind.FLOAT, ScalarKind.LONG, False),
        (ScalarKind.LONG, ScalarKind.FLOAT, False),
        (ScalarKind.BOOLEAN, ScalarKind.STRING, False),
        (ScalarKind.DATE, ScalarKind.DATE_TIME, False),
        (ScalarKind.JSON, ScalarKind.LONG, True),
        (ScalarKind.BYTES, ScalarKind.UPLOAD, False),
        (ScalarKind.VOID, ScalarKind.JSON, False),
        (ScalarKind.JSON, ScalarKind.UPLOAD, False),
    ],
)
def test_a_scalar_and_another(source: ScalarKind, target: ScalarKind, *, so: bool) -> None:
    """What loses something, or could never be it, does not fit."""
    assert fits(WORLD, typed(source), typed(target)) is so


def test_lists_and_maps() -> None:
    """One value fits a list of such, a list does not fit one; null is not looked at."""
    one, many = Scalar(ScalarKind.INT), ListOf(Required(Scalar(ScalarKind.LONG)))

    assert fits(WORLD, Typed("a", one), Typed("a", many))
    assert fits(WORLD, Typed("a", ListOf(one)), Typed("a", Required(many)))
    assert not fits(WORLD, Typed("a", many), Typed("a", one))
    assert fits(WORLD, Typed("a", MapOf(one)), Typed("a", MapOf(one)))
    assert not fits(WORLD, Typed("a", MapOf(one)), Typed("a", one))


def test_a_text_that_is_not_what_it_is_to_be() -> None:
    """It is found out when it comes."""
    with pytest.raises(GraphQLError, match="UUID cannot represent value: 'text'"):
        fitted("text", Scalar(ScalarKind.UUID), {})
