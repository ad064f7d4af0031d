"""What settings say of an upstream's functions."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, print_schema
from msgspec.structs import replace

from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from schema.lock.model import NO_LOCK, Lock, Place, Space
from schema.shaping.showing import Showing
from tests.schema.catalogs import STRING, Answers, ask, catalog, named, reading, writing
from upstreams.model import Field, Flow, Function, Link, ObjectType

USER = ObjectType("User", "User", fields=(Field("id", STRING),))
BANK = catalog(
    reading("getUser", named("User"), Field("id", STRING)),
    reading("internal_audit", STRING),
    writing("Bank_Transfer", STRING, Field("to", STRING)),
    writing("Bank_Close", STRING),
    types=(USER,),
)
SHOP = catalog(reading("getUser", named("User")), types=(USER,))


def shown(showing: Showing, sdl: str = "", lock: Lock = NO_LOCK) -> GraphQLSchema:
    """The schema over a shop and a bank of which something is said."""
    extensions = Extensions(parsed([("x", sdl)]) if sdl else (), (), {"bank": showing})
    return build({"shop": SHOP, "bank": BANK}, extensions=extensions, lock=lock)[0]


def fields(schema: GraphQLSchema, name: str) -> list[str]:
    """The fields of a type."""
    of_type = schema.type_map.get(name)
    return list(of_type.fields) if isinstance(of_type, GraphQLObjectType) else []


@pytest.mark.parametrize(
    ("showing", "query", "mutation"),
    [
        (Showing(), ["getUser", "bankGetUser", "internalAudit"], ["bankTransfer", "bankClose"]),
        (Showing(expose=("get*",)), ["getUser", "bankGetUser"], []),
        (Showing(hide=("internal*", "*_Close")), ["getUser", "bankGetUser"], ["bankTransfer"]),
        (
            Showing(expose=("get*", "Bank_*"), hide=("*_Close",)),
            ["getUser", "bankGetUser"],
            ["bankTransfer"],
        ),
        (
            Showing(rename={"getUser": "client", "Bank_*": "*"}),
            ["getUser", "client", "internalAudit"],
            ["transfer", "close"],
        ),
        (
            Showing(prefix="bank_"),
            ["getUser", "bank_getUser", "bank_internalAudit"],
            ["bank_bankTransfer", "bank_bankClose"],
        ),
    ],
)
def test_root_fields(showing: Showing, query: list[str], mutation: list[str]) -> None:
    """What clients see, and under which names."""
    schema = shown(showing)

    assert fields(schema, "Query") == query
    assert fields(schema, "Mutation") == mutation
    assert extended_of(schema).vain == ()


@pytest.mark.parametrize(("prefix", "name"), [("bank_", "bank_User"), ("bank", "BankUser")])
def test_a_prefix_is_for_types_too(prefix: str, name: str) -> None:
    """So that nothing of two upstreams is alike."""
    schema = shown(Showing(prefix=prefix))

    assert {"User", name} <= set(schema.type_map)


async def test_a_namespace_is_a_field_of_its_own() -> None:
    """By both paths; names below it are nobody else's business."""
    schema = shown(Showing(namespace="bank", rename={"Bank_*": "*"}))
    answers = Answers({"getUser": lambda given: {"id": given.get("id")}})
    text = '{ bank { __typename one: getUser(id: "a") { id } } bank { getUser { id } } }'

    result = await ask(schema, answers, text)

    assert fields(schema, "Query") == ["getUser", "bank"]
    assert fields(schema, "BankMutation") == ["transfer", "close"]
    assert result.errors is None
    assert result.data == {
        "bank": {"__typename": "BankQuery", "one": {"id": "a"}, "getUser": {"id": None}}
    }


async def test_a_failure_in_a_namespace_has_its_path() -> None:
    """As one at the root has."""
    schema = shown(Showing(namespace="bank"))

    result = await ask(
        schema, Answers({"internal_audit": lambda _: {"no": "text"}}), "{ bank { internalAudit } }"
    )

    assert result.data == {"bank": {"internalAudit": None}}
    assert [error.path for error in result.errors or []] == [["bank", "internalAudit"]]


def test_subscriptions_are_in_no_namespace() -> None:
    """A subscription has one field, and it is at the root (specification §5.2.3.1)."""
    ticks = Function(
        "ticks", "ticks", reading("x", STRING).effect, STRING, None, flow=Flow.SUBSCRIPTION
    )
    showing = {"bank": Showing(namespace="bank", prefix="bank_")}
    schema, _ = build(
        {"bank": catalog(ticks, *BANK.functions, types=(USER,))},
        extensions=Extensions(showings=showing),
    )

    assert fields(schema, "Subscription") == ["bank_ticks"]


def test_two_upstreams_share_a_namespace() -> None:
    """There, the names of one are those of the other's to mind."""
    showing = Showing(namespace="both")
    schema, _ = build(
        {"shop": SHOP, "bank": BANK},
        extensions=Extensions(showings={"shop": showing, "bank": showing}),
    )

    assert fields(schema, "BothQuery") == ["getUser", "bankGetUser", "internalAudit"]


def test_a_namespace_takes_its_name() -> None:
    """A root field of the name is another upstream's, and gets another."""
    schema, _ = build(
        {"shop": catalog(reading("bank", STRING)), "bank": BANK},
        extensions=Extensions(showings={"bank": Showing(namespace="bank")}),
    )

    assert fields(schema, "Query") == ["shopBank", "bank"]


def test_fields_of_a_namespace_are_shaped() -> None:
    """Its type has a name as any other."""
    sdl = "extend type BankQuery { internalAudit: String @hide }"
    schema = shown(Showing(namespace="bank"), sdl)

    assert extended_of(schema).problems == ()
    assert fields(schema, "BankQuery") == ["getUser"]


@pytest.mark.parametrize(("hide", "names"), [((), ["id", "audit"]), (("internal*",), ["id"])])
def test_links_do_not_lead_to_what_is_hidden(hide: tuple[str, ...], names: list[str]) -> None:
    """They are the description's, and so what it offers."""
    linked = replace(BANK, links=(Link("User", "audit", "internal_audit"),))
    showings = {"bank": Showing(hide=hide)}

    schema, _ = build({"bank": linked}, extensions=Extensions(showings=showings))

    assert fields(schema, "User") == names


async def test_joins_call_what_is_hidden() -> None:
    """The upstream still offers it."""
    sdl = 'extend type User { audit: String @call(function: "bank.internal_audit") }'
    schema = shown(Showing(hide=("internal*",), prefix="bank"), sdl)
    answers = Answers({"getUser": lambda _: {"id": "1"}, "internal_audit": lambda _: "fine"})

    result = await ask(schema, answers, "{ getUser { audit } }")

    assert result.data == {"getUser": {"audit": "fine"}}


@pytest.mark.parametrize(
    ("showing", "problem"),
    [
        (
            Showing(hide=("internl_audit",)),
            "bank: hide: bank has no function like 'internl",
        ),
        (Showing(expose=("get*", "x*")), "bank: expose: bank has no function like 'x*'"),
        (Showing(rename={"gone": "a"}), "bank: rename: bank has no function like 'gone'"),
        (
            Showing(rename={"internal_audit": "getUser"}),
            "bank: rename: Query.getUser is taken: internal_audit is internalAudit",
        ),
        (
            Showing(rename={"Bank_*": "move"}),
            "bank: rename: Mutation.move is taken: Bank_Transfer is bankTransfer",
        ),
    ],
)
def test_a_setting_that_does_nothing(showing: Showing, problem: str) -> None:
    """It is told, and where it is."""
    (found,) = extended_of(shown(showing)).vain

    assert str(found).startswith(problem)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"prefix": "a-"}, "prefix: no name begins with 'a-'"),
        ({"namespace": "_a"}, "namespace: '_a' cannot name a field"),
        ({"rename": {"a": "b c"}}, "rename: 'b c' cannot name what 'a' finds"),
        ({"rename": {"a": "b*"}}, "rename: 'b*' cannot name what 'a' finds"),
    ],
)
def test_a_setting_that_names_nothing(said: dict[str, Any], problem: str) -> None:
    """It is refused before anything is discovered."""
    with pytest.raises(ValueError, match=problem.replace("*", r"\*")):
        Showing(**said)


def test_a_lock_knows_namespaces() -> None:
    """What is kept for one place takes nothing from another."""
    lock = Lock({Place("bank", Space.QUERY, "getUser"): "getUser"})

    schema = shown(Showing(namespace="bank"), lock=lock)

    assert fields(schema, "Query") == ["getUser", "bank"]
    assert fields(schema, "BankQuery") == ["getUser", "internalAudit"]


def test_what_is_said_now_counts_more_than_what_was_kept() -> None:
    """A prefix or a name that somebody writes is meant."""
    lock = Lock(
        {
            Place("bank", Space.QUERY, "getUser"): "user",
            Place("bank", Space.TYPES, "User"): "Client",
            Place("bank", Space.MUTATION, "Bank_Close"): "bank_shut",
        }
    )

    schema = shown(Showing(prefix="bank_", rename={"Bank_Transfer": "move"}), lock=lock)

    assert fields(schema, "Query") == ["getUser", "bank_getUser", "bank_internalAudit"]
    assert fields(schema, "Mutation") == ["move", "bank_shut"]
    assert "bank_User" in print_schema(schema)
