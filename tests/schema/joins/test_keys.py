"""Keys that are of one type at one backend and of another at the other."""

from decimal import Decimal
from typing import Any

import pytest

from tests.schema.catalogs import LONG, STRING, Answers, ask, catalog, listed, named, reading
from tests.schema.extend.shops import built, problems
from upstreams.model import (
    Catalog,
    EnumType,
    EnumValue,
    Field,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeRef,
)

QUERY = "{ listOrders { many { name } one { name } } }"
PLAIN = """extend type Order {
  many: Customer @call(function: "crm.many", args: { keys: "$parents.key" }, match: "key")
  one: Customer @call(function: "crm.one", args: { key: "$parent.key" })
}"""
READ = PLAIN.replace('"$parents.key"', '"{$parents.key}"').replace(
    '"$parent.key"', '"{$parent.key}"'
)


def shop(key: TypeRef) -> Catalog:
    """Orders with such a key."""
    order = ObjectType("Order", "Order", fields=(Field("id", LONG), Field("key", key)))
    return catalog(reading("listOrders", listed(named("Order"))), types=(order, COLOUR))


def crm(key: TypeRef) -> Catalog:
    """Customers with such a key."""
    customer = ObjectType("Customer", "Customer", fields=(Field("key", key), Field("name", STRING)))
    many = reading("many", listed(named("Customer")), Field("keys", listed(key)))
    one = reading("one", named("Customer"), Field("key", key))
    return catalog(many, one, types=(customer, COLOUR))


def answers(*keys: Any) -> Answers:
    """An order for each key, and a customer called after each that is asked for."""
    return Answers(
        {
            "listOrders": lambda _: [{"id": at, "key": key} for at, key in enumerate(keys)],
            "many": lambda asked: [{"key": one, "name": f"{one}"} for one in asked["keys"]],
            "one": lambda asked: {"name": f"{asked['key']}"},
        }
    )


def scalar(kind: ScalarKind) -> TypeRef:
    """A reference to it."""
    return Scalar(kind)


COLOUR = EnumType("Colour", "Colour", values=(EnumValue("RED", "red-1"), EnumValue("BLUE", "b")))


@pytest.mark.parametrize(
    ("sdl", "source", "target", "key", "asked"),
    [
        (PLAIN, scalar(ScalarKind.LONG), STRING, 2**53 + 1, "9007199254740993"),
        (PLAIN, scalar(ScalarKind.ID), LONG, "9007199254740993", 2**53 + 1),
        (PLAIN, scalar(ScalarKind.DECIMAL), LONG, Decimal("7.00"), 7),
        (PLAIN, LONG, scalar(ScalarKind.DECIMAL), 7, Decimal(7)),
        (PLAIN, named("Colour"), STRING, "red-1", "red-1"),
        (PLAIN, STRING, named("Colour"), "b", "b"),
        (PLAIN, named("Colour"), named("Colour"), "red-1", "red-1"),
        (
            *(PLAIN, scalar(ScalarKind.DATE_TIME), STRING),
            *("2024-02-29T12:30:00.000+01:00", "2024-02-29T12:30:00.000+01:00"),
        ),
        (READ, STRING, LONG, "9007199254740993", 2**53 + 1),
        (READ, STRING, scalar(ScalarKind.DECIMAL), "1.50", Decimal("1.50")),
        (READ, scalar(ScalarKind.DECIMAL), STRING, Decimal("1.50"), "1.50"),
        (READ, LONG, LONG, 7, 7),
    ],
)
async def test_a_key_goes_in_as_the_function_takes_it(
    sdl: str, source: TypeRef, target: TypeRef, key: Any, asked: Any
) -> None:
    """With every digit, one by one and many at once, and is found again in the answers."""
    caller = answers(key, None)

    result = await ask(built(sdl, shop=shop(source), crm=crm(target)), caller, QUERY)

    assert result.errors is None
    assert result.data == {
        "listOrders": [
            {"many": {"name": f"{asked}"}, "one": {"name": f"{asked}"}},
            {"many": None, "one": None},
        ]
    }
    said = {name: arguments for _, name, arguments in caller.calls[1:]}
    assert said == {"many": {"keys": [asked]}, "one": {"key": asked}}


@pytest.mark.parametrize(
    ("sdl", "source", "target", "keys"),
    [
        (PLAIN, LONG, scalar(ScalarKind.INT), (2**40, 7)),
        (PLAIN, scalar(ScalarKind.DECIMAL), LONG, (Decimal("7.5"), 7)),
        (PLAIN, scalar(ScalarKind.UNSIGNED_LONG), LONG, (2**63, 7)),
        (PLAIN, STRING, named("Colour"), ("green", "b")),
        (READ, STRING, LONG, ("x", "7")),
    ],
)
async def test_a_key_that_does_not_fit_is_an_error_at_its_path(
    sdl: str, source: TypeRef, target: TypeRef, keys: tuple[Any, Any]
) -> None:
    """Nobody is asked for it; the others of the same list are there."""
    caller = answers(*keys)

    result = await ask(built(sdl, shop=shop(source), crm=crm(target)), caller, QUERY)

    first, second = (result.data or {})["listOrders"]
    assert first == {"many": None, "one": None}
    assert second == {"many": {"name": f"{keys[1]}"}, "one": {"name": f"{keys[1]}"}}
    assert sorted(str(error.path) for error in result.errors or []) == [
        "['listOrders', 0, 'many']",
        "['listOrders', 0, 'one']",
    ]
    assert len(caller.calls) == 3


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (STRING, LONG),
        (STRING, scalar(ScalarKind.DECIMAL)),
        (scalar(ScalarKind.DECIMAL), STRING),
    ],
)
def test_a_text_is_read_as_a_number_where_that_is_written(source: TypeRef, target: TypeRef) -> None:
    """Without braces it is a mistake, for it often is one."""
    plain = problems(PLAIN, shop=shop(source), crm=crm(target))

    assert len(plain) == 2
    assert all("does not fit" in one for one in plain)
