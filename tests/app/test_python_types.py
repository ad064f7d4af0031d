"""Fields in Python on types of the graph: alone, and through the whole gateway."""

import asyncio
import datetime
import decimal
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import GraphQLSchema, parse, print_type
from msgspec.structs import replace

from app.config import ConfigError
from app.config.read import loads
from app.gateway import Gateway
from app.status import PythonRoots, own_schema
from schema.build import Extensions, build
from schema.extend.parse import parsed
from schema.plan.model import Unplannable
from schema.plan.plans import Plans
from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.app.test_shaping import bank
from tests.schema.catalogs import (
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
    required,
)
from tests.test_readme import blocks
from upstreams.model import (
    ByTag,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    InterfaceType,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeRef,
)


@strawberry.type
class Address:
    """What is read of an address."""

    city: str | None


@strawberry.type
class Score:
    """What a field in Python gives."""

    points: int
    on: datetime.date


def _everything(root: strawberry.Parent["Customer"]) -> list[str]:
    parts = (root.customer_id, root.name, root.spent, root.born, root.state, root.tags)
    return [repr(one) for one in (*parts, root.address and root.address.city)]


@strawberry.type(extend=True)
class Customer:
    """What is read of a customer, and what that comes to."""

    customer_id: int
    name: str | None
    spent: decimal.Decimal | None
    born: datetime.date | None
    state: str | None
    tags: list[str] | None
    address: Address | None

    everything: list[str] = strawberry.field(resolver=_everything, description="All of it.")

    @strawberry.field
    async def score(self, info: strawberry.Info, factor: int = 1) -> Score:
        await asyncio.sleep(0)
        year = int(info.context.headers.get("year", "2000"))
        return Score(points=factor * self.customer_id, on=datetime.date(year, 1, 2))

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("a secret")


def scalar(kind: ScalarKind) -> TypeRef:
    """A leaf."""
    return Scalar(kind)


CUSTOMER = ObjectType(
    "Customer",
    "Customer",
    fields=(
        Field("customer-id", required(LONG)),
        Field("name", STRING),
        Field("spent", scalar(ScalarKind.DECIMAL)),
        Field("born", scalar(ScalarKind.DATE)),
        Field("state", named("State")),
        Field("tags", listed(required(STRING))),
        Field("address", named("Address")),
    ),
    implements=("Being",),
)
CRM = catalog(
    reading("getCustomer", named("Customer")),
    reading("listCustomers", listed(named("Being"))),
    types=(
        CUSTOMER,
        ObjectType("Address", "Address", fields=(Field("city", STRING), Field("zip", STRING))),
        ObjectType("Cat", "Cat", fields=(Field("name", STRING),), implements=("Being",)),
        EnumType("State", "State", values=(EnumValue("IN", 1), EnumValue("OUT", 2))),
        InterfaceType(
            "Being",
            "Being",
            fields=(Field("name", STRING),),
            resolution=ByTag("kind", (("c", "Cat"), ("p", "Customer"))),
        ),
    ),
)
ADA = {
    "customer-id": "7",
    "name": "Ada",
    "spent": "1.10",
    "born": "1815-12-10",
    "state": 2,
    "tags": ["a"],
    "address": {"city": "London"},
    "kind": "p",
}


def built(*extending: type, crm: Catalog = CRM, sdl: str = "") -> GraphQLSchema:
    """The schema with those classes."""
    own = own_schema(PythonRoots(extending=extending, written="my_fields.py"))
    written = parsed([("graph.graphql", sdl)])
    schema, _ = build({"crm": crm}, own, Extensions(written))
    return schema


async def data(schema: GraphQLSchema, text: str, value: Any = ADA, **headers: str) -> Any:
    """What clients get."""
    answers = Answers({one.name: lambda _: value for one in CRM.functions})
    result = await ask(schema, answers, text, headers=headers)
    assert result.errors is None
    return result.data


async def test_a_resolver_has_what_its_class_declares() -> None:
    """Whether a client selects it or not, and as Python has it."""
    answer = await data(built(Customer), "{ getCustomer { everything } }")

    assert answer["getCustomer"]["everything"] == [
        "7",
        "'Ada'",
        "Decimal('1.10')",
        "datetime.date(1815, 12, 10)",
        "'OUT'",
        "['a']",
        "'London'",
    ]


async def test_what_may_be_null_is_none() -> None:
    """At every place of it."""
    answer = await data(
        built(Customer), "{ getCustomer { everything } }", {"customer-id": 7, "address": {}}
    )

    assert answer["getCustomer"]["everything"] == ["7", *["None"] * 6]


async def test_it_takes_arguments_and_gives_types_of_python() -> None:
    """With the request at hand."""
    text = "{ getCustomer { name score(factor: 2) { points on } } }"

    answer = await data(built(Customer), text, year="2001")

    assert answer == {"getCustomer": {"name": "Ada", "score": {"points": 14, "on": "2001-01-02"}}}


def test_the_type_is_the_graphs() -> None:
    """It has its fields and the new ones; what is only read is no type of Python's."""
    schema = built(Customer)

    shown = print_type(schema.type_map["Customer"])

    assert shown.startswith("type Customer implements Being {\n  customer_id: Long!\n")
    assert '  """All of it."""\n  everything: [String!]!\n' in shown
    assert "  score(factor: Int! = 1): Score!\n" in shown
    assert "zip" in print_type(schema.type_map["Address"])


async def test_what_a_field_of_an_interface_reads_all_its_types_have() -> None:
    """In lists, too."""

    @strawberry.type(extend=True)
    class Being:
        name: str | None

        @strawberry.field
        def loud(self) -> str:
            return (self.name or "nobody").upper()

    value = [{"kind": "c", "name": "Tom"}, ADA, {"kind": "c"}]
    text = "{ listCustomers { loud ... on Cat { again: loud } } }"

    answer = await data(built(Being), text, value)

    assert answer["listCustomers"] == [
        {"loud": "TOM", "again": "TOM"},
        {"loud": "ADA"},
        {"loud": "NOBODY", "again": "NOBODY"},
    ]


async def test_it_is_there_wherever_a_join_leads() -> None:
    """Each object has its own."""
    sdl = 'extend type Customer { self: Customer @call(function: "crm.getCustomer") }'

    answer = await data(built(Customer, sdl=sdl), "{ getCustomer { self { score { points } } } }")

    assert answer == {"getCustomer": {"self": {"score": {"points": 7}}}}


def test_only_operations_that_use_it_have_no_plan() -> None:
    """All others run as ever."""
    schema = built(Customer)

    def planned(text: str) -> None:
        Plans(schema, parse(text)).operation(None).plan({})

    planned("{ getCustomer { name } }")
    with pytest.raises(Unplannable, match="fields in Python"):
        planned("{ getCustomer { name score { points } } }")


async def test_what_is_read_is_asked_for() -> None:
    """Where a backend wants to know what clients select of its answer."""
    selective = replace(CRM, functions=tuple(replace(o, selective=True) for o in CRM.functions))
    asked: list[tuple[str, ...]] = []

    class Selecting(Answers):
        def _said(self, asking: Any) -> Any:
            asked.append(asking.selection)
            return ADA

    caller = Selecting({})

    await ask(built(Customer, crm=selective), caller, "{ getCustomer { score { points } } }")

    read = ("customer-id", "name", "spent", "born", "state", "tags", "address.city")
    assert asked == [read]


async def test_a_value_that_is_not_as_promised_is_an_error_of_the_field() -> None:
    """At its path, and of no other."""
    answers = Answers({"getCustomer": lambda _: {"name": "Ada", "spent": "x"}})

    result = await ask(built(Customer), answers, "{ getCustomer { name broken } }")

    assert result.data == {"getCustomer": {"name": "Ada", "broken": None}}
    assert [(one.path, one.message) for one in result.errors or []] == [
        (
            ["getCustomer", "broken"],
            "Customer.customerId is null, which is not what its upstream promised",
        )
    ]


async def test_what_a_resolver_raises_is_an_error_of_the_field(tmp_path: Path) -> None:
    """Kept back, as any mistake of the gateway's."""
    (tmp_path / "my_fields.py").write_text(USER)

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        answer = await asking.query("{ userGet { first broken } }")

    assert answer["data"] == {"userGet": {"first": "Ada", "broken": None}}
    assert [error["message"] for error in answer["errors"]] == ["internal error"]


USER = """
import asyncio

import strawberry


@strawberry.type(extend=True)
class User:
    first: str | None
    boss: str | None

    @strawberry.field
    async def greeting(self, info: strawberry.Info, word: str = "hello") -> str:
        await asyncio.sleep(0)
        return f"{word} {self.first}, by {info.context.headers.get('x-where')}"

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("a secret")
"""


def config(description: str) -> str:
    """A configuration over the bank, with fields in Python."""
    upstreams = f"upstreams:\n  bank: {{ openapi: '{description}' }}\n"
    return f"{upstreams}schema: {{ python: my_fields.py }}\n"


async def test_the_whole_gateway_has_them(tmp_path: Path) -> None:
    """In queries and in what mutations give."""
    (tmp_path / "my_fields.py").write_text(USER)

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        read = await asking.query("{ userGet { greeting } }", headers={"x-where": "here"})
        wrote = await asking.query('mutation { accountOpen { id greeting(word: "hi") } }')

    assert read == {"data": {"userGet": {"greeting": "hello Ada, by here"}}}
    assert wrote == {"data": {"accountOpen": {"id": "9", "greeting": "hi None, by None"}}}


async def test_the_commands_know_them(tmp_path: Path) -> None:
    """They are shown, what they read is explained, and nothing is wrong with them."""
    (tmp_path / "my_fields.py").write_text(USER)

    async with bank() as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description))
        _, printed, _ = await splice("schema", cwd=tmp_path)
        _, explained, _ = await splice("explain", "{ userGet { greeting } }", cwd=tmp_path)
        status, checked, _ = await splice("check", cwd=tmp_path)

    assert 'greeting(word: String! = "hello"): String!' in printed
    assert "user_get" in explained
    assert (status, checked.splitlines()[-1]) == (0, "1 upstream, 4 functions: fine")


WRONG = """import strawberry


@strawberry.type
class Other:
    a: int


@strawberry.type(extend=True)
class {name}:
    {need}: {of}

    @strawberry.field
    def {field}(self) -> int:
        return 1
"""


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"name": "Usr"}, "9: no type is called Usr; did you mean User?"),
        ({"need": "frist"}, "9: User.frist: User has no field 'frist'; did you mean first?"),
        ({"need": "first", "of": "str"}, "9: User.first may be null: declare it with `| None`"),
        ({"of": "int | None"}, "9: User.first is String, of which no Int is made"),
        ({"of": "list[str] | None"}, "9: User.first is String, of which no [String!] is made"),
        ({"of": "Other | None"}, "9: User.first is String, of which no Other is made"),
        ({"field": "boss"}, "13: User has a field boss already"),
    ],
)
async def test_what_cannot_work_is_told(
    tmp_path: Path, given: dict[str, str], problem: str
) -> None:
    """With its place, when the gateway starts and by `splice check`."""
    known = {"name": "User", "need": "first", "of": "str | None", "field": "fresh"} | given
    (tmp_path / "my_fields.py").write_text(WRONG.format(**known))

    async with bank() as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description))
        status, checked, _ = await splice("check", cwd=tmp_path)
        read = loads(config(backend.description), tmp_path / "splice.yaml", {})
        with pytest.raises(ConfigError) as caught:
            async with Gateway(read).running():
                pass

    assert (status, checked) == (1, f"my_fields.py:{problem}\n")
    assert [str(one) for one in caught.value.problems] == [f"my_fields.py:{problem}"]


def test_no_field_in_python_gives_a_type_of_the_graph(tmp_path: Path) -> None:
    """It could not know what the backend calls its fields."""
    content = WRONG.format(name="User", need="first", of="str | None", field="fresh")
    (tmp_path / "my_fields.py").write_text(content.replace("-> int", '-> "User"'))

    with pytest.raises(ConfigError) as caught:
        Gateway(loads(config("http://127.0.0.1:1/x"), tmp_path / "splice.yaml", {}))

    assert [str(one) for one in caught.value.problems] == [
        "my_fields.py: Strawberry makes no schema of it: User is a type of the graph: no field in"
        " Python gives one"
    ]


async def test_a_type_that_is_not_known_yet_is_waited_for(tmp_path: Path) -> None:
    """The gateway serves what there is."""
    (tmp_path / "my_fields.py").write_text(USER)
    text = config("http://127.0.0.1:1/x")

    async with gateway(text, tmp_path) as asking:
        answer = await asking.query("{ _gateway { version } }")

    assert "errors" not in answer


async def test_what_the_readme_shows_works(tmp_path: Path) -> None:
    """Word for word."""
    example = next(one for one in blocks("python") if "extend=True" in one)
    (tmp_path / "my_fields.py").write_text(example)

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        answer = await asking.query('{ userGet { greeting(word: "hi") } }')

    assert answer == {"data": {"userGet": {"greeting": "hi Ada"}}}
