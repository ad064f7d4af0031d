"""Fields in Python beside those of upstreams, through the whole gateway."""

from pathlib import Path

import pytest

from app.config import ConfigError
from app.config.read import loads
from app.gateway import Gateway
from tests.app.served import Asking, gateway
from tests.app.test_cli import splice
from tests.app.test_shaping import bank

FIELDS = """
import asyncio
import datetime
import decimal
from collections.abc import AsyncIterator

import strawberry


@strawberry.input
class Span:
    begin: datetime.date
    days: int = 1


@strawberry.type
class Day:
    day: datetime.date
    price: decimal.Decimal


@strawberry.type
class Query:
    @strawberry.field
    async def hello(self, info: strawberry.Info, name: str = "you") -> str:
        await asyncio.sleep(0)
        return f"hello {name} from {info.context.headers.get('x-where')}"

    @strawberry.field
    def days(self, span: Span) -> list[Day]:
        return [
            Day(day=span.begin + datetime.timedelta(days=one), price=decimal.Decimal("1.10"))
            for one in range(span.days)
        ]

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("a secret")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def note(self, text: str) -> int:
        return len(text)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncIterator[int]:
        for one in range(to):
            yield one
"""


def config(description: str, python: str = "./my_fields.py") -> str:
    """A configuration over the bank, with fields in Python."""
    return f"upstreams:\n  bank: {{ openapi: '{description}' }}\nschema: {{ python: '{python}' }}\n"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{ hello }", {"hello": "hello you from here"}),
        (
            '{ hello(name: "me") userGet { first } }',
            {"hello": "hello me from here", "userGet": {"first": "Ada"}},
        ),
        (
            '{ days(span: {begin: "2026-02-28", days: 2}) { day price } }',
            {
                "days": [
                    {"day": "2026-02-28", "price": "1.10"},
                    {"day": "2026-03-01", "price": "1.10"},
                ]
            },
        ),
        ('mutation { note(text: "abc") accountShut }', {"note": 3, "accountShut": "shut"}),
    ],
)
async def test_fields_in_python_answer(tmp_path: Path, text: str, data: object) -> None:
    """With arguments, types and the request, beside what upstreams answer."""
    (tmp_path / "my_fields.py").write_text(FIELDS)

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        answer = await asking.query(text, headers={"x-where": "here"})

    assert answer == {"data": data}


async def test_a_subscription_in_python_gives_events(tmp_path: Path) -> None:
    """As one of an upstream does."""
    (tmp_path / "my_fields.py").write_text(FIELDS)
    asked = {"query": "subscription { count(to: 2) }"}

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        answer = await asking.http.post(
            "/graphql", json=asked, headers={"accept": "text/event-stream"}
        )

    assert [line for line in answer.text.splitlines() if "count" in line] == [
        'data: {"data":{"count":0}}',
        'data: {"data":{"count":1}}',
    ]


async def test_only_what_uses_them_goes_without_a_plan(tmp_path: Path) -> None:
    """The others are planned as ever."""
    (tmp_path / "my_fields.py").write_text(FIELDS)

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        await asking.query("{ hello userGet { first } }")
        await asking.query("{ userGet { first } }")
        found = await _paths(asking)

    assert found == {"fields in Python": 1, "planned": 1}


async def _paths(asking: Asking) -> dict[str, int]:
    body = await asking.query("{ _gateway { paths { reason count } } }")
    reasons = body["data"]["_gateway"]["paths"]
    return {one["reason"]: one["count"] for one in reasons if one["reason"] != "the gateway's own"}


async def test_what_they_raise_is_kept_back(tmp_path: Path) -> None:
    """As any mistake of the gateway's is: logged, and not shown."""
    (tmp_path / "my_fields.py").write_text(FIELDS)

    async with bank() as backend, gateway(config(backend.description), tmp_path) as asking:
        answer = await asking.query("{ broken hello }")

    assert answer["data"]["broken"] is None
    assert [error["message"] for error in answer["errors"]] == ["internal error"]


async def test_the_commands_know_them(tmp_path: Path) -> None:
    """`splice schema` shows them, `splice discover` never runs a line of Python."""
    (tmp_path / "my_fields.py").write_text(f"{FIELDS}\nopen('ran', 'a').close()\n")

    async with bank() as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description))
        discovered, _, _ = await splice("discover", cwd=tmp_path)
        ran = (tmp_path / "ran").exists()
        _, printed, _ = await splice("schema", cwd=tmp_path)
        status, checked, _ = await splice("check", "--lock", cwd=tmp_path)

    assert (discovered, ran) == (0, False)
    assert 'hello(name: String! = "you"): String!' in printed
    assert "type Subscription" in printed
    assert (status, checked.splitlines()[-1]) == (0, "1 upstream, 4 functions: fine")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "my_fields.py: there is no such file of Python"),
        ("x = 1\nif x\n", "my_fields.py:2:5: not Python: expected ':'"),
        ("x = 1\n\ny = 1 / 0\n", "my_fields.py:3: ZeroDivisionError: division by zero"),
        ("import gone_for_good\n", "my_fields.py:1: ModuleNotFoundError: No module named 'gone"),
        ("x = 1\n", "my_fields.py: it has none of Query, Mutation and Subscription"),
        ("class Query: pass\n", "my_fields.py: Query is no `@strawberry.type`"),
        (
            "import strawberry\n@strawberry.type\nclass Query:\n    a: 'Gone'\n",
            "my_fields.py: Strawberry makes no schema of it",
        ),
    ],
)
def test_a_module_that_cannot_be_used(tmp_path: Path, content: str | None, problem: str) -> None:
    """It is told with the line that broke, before anything is discovered."""
    if content is not None:
        (tmp_path / "my_fields.py").write_text(content)
    text = config("http://127.0.0.1:1/x", "my_fields.py")

    with pytest.raises(ConfigError) as caught:
        Gateway(loads(text, tmp_path / "splice.yaml", {}))

    assert [str(one)[: len(problem)] for one in caught.value.problems] == [problem]


@pytest.mark.parametrize(
    ("python", "problem"),
    [
        ("../elsewhere.py", "../elsewhere.py: it is not in the folder of the configuration"),
        ("no.such.module", "no.such.module: ModuleNotFoundError: No module named 'no'"),
    ],
)
def test_a_module_that_is_nowhere(tmp_path: Path, python: str, problem: str) -> None:
    """Files are looked for in the configuration's folder, modules where Python finds them."""
    text = config("http://127.0.0.1:1/x", python)

    with pytest.raises(ConfigError) as caught:
        Gateway(loads(text, tmp_path / "splice.yaml", {}))

    assert [str(one) for one in caught.value.problems] == [problem]
