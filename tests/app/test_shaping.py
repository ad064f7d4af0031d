"""Shaping through the whole gateway: settings, SDL, commands, and both paths."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.config import ConfigError
from app.config.read import loads
from app.gateway import Gateway
from app.graphql.schema import EXACT
from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.backends.rest import Rest, document, json, rest, success

USER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "boss": {"type": "string"},
        "first": {"type": "string"},
    },
}


def operations() -> dict[str, Any]:
    """A description with two functions that read and two that write."""
    user = success({"$ref": "#/components/schemas/User"})
    text = success({"type": "string"})
    identity = [{"name": "id", "in": "query", "schema": {"type": "string"}}]
    return document(
        {
            "/user": {
                "get": {"operationId": "user_get", "parameters": identity, "responses": user}
            },
            "/audit": {"get": {"operationId": "internal_audit", "responses": text}},
            "/open": {"post": {"operationId": "account_open", "responses": user}},
            "/shut": {"post": {"operationId": "account_shut", "responses": text}},
        },
        User=USER,
    )


@asynccontextmanager
async def bank() -> AsyncIterator[Rest]:
    """A backend that answers them."""
    async with rest(
        operations(),
        user=json({"id": "1", "boss": "2", "first": "Ada"}),
        audit=json("fine"),
        open=json({"id": "9", "boss": "1"}),
        shut=json("shut"),
    ) as backend:
        yield backend


def config(backend: Rest, more: str = "", schema: str = "") -> str:
    """A configuration over the bank."""
    return f"upstreams:\n  bank:\n    openapi: '{backend.description}'\n{more}{schema}"


SHOWN = """\
    namespace: bank
    prefix: bank_
    hide: ["internal_*"]
    rename: { "account_*": "*" }
"""


@pytest.mark.parametrize("exact", ["0", "1"])
async def test_mutations_of_a_namespace_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: str
) -> None:
    """With all that depends on the first before the second, as at the root, by either path."""
    monkeypatch.setenv(EXACT, exact)
    (tmp_path / "graph.graphql").write_text(
        'extend type bank_User { chief: bank_User @call(function: "bank.user_get",'
        ' args: { id: "$parent.boss" }) }'
    )
    extend = "schema: { extend: ./graph.graphql }"
    mutation = "mutation { bank { open { chief { first } } shut again: shut } }"

    async with bank() as backend, gateway(config(backend, SHOWN, extend), tmp_path) as asking:
        answer = await asking.query(mutation)
        paths = await asking.query("{ _gateway { paths { reason } } }")

    assert answer == {
        "data": {"bank": {"open": {"chief": {"first": "Ada"}}, "shut": "shut", "again": "shut"}}
    }
    assert backend.asked == ["POST /open", "GET /user?id=1", "POST /shut", "POST /shut"]
    reasons = [one["reason"] for one in paths["data"]["_gateway"]["paths"]]
    assert ("planned" in reasons) is (exact == "0")


async def test_slow_mutations_of_a_namespace_do_not_overlap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the exact path, too, the second waits for the first one's answer."""
    monkeypatch.setenv(EXACT, "1")
    under_way: list[int] = []
    most: list[int] = []

    async def slow(_: Any) -> Any:
        under_way.append(1)
        most.append(len(under_way))
        await asyncio.sleep(0)
        under_way.pop()
        return await json("done")(_)

    async with (
        rest(operations(), open=slow, shut=slow, user=slow, audit=slow) as backend,
        gateway(config(backend, "    namespace: bank\n"), tmp_path) as asking,
    ):
        answer = await asking.query("mutation { bank { a: accountShut b: accountShut } }")

    assert answer["data"] == {"bank": {"a": "done", "b": "done"}}
    assert max(most) == 1


async def test_the_commands_know_what_is_shown(tmp_path: Path) -> None:
    """`schema`, `query`, `explain` and `check`, each as clients would see it."""
    sdl = 'extend type bank_User @rename(to: "Person") { boss: String @hide }'
    (tmp_path / "graph.graphql").write_text(sdl)

    async with bank() as backend:
        text = config(backend, SHOWN, "schema: { extend: ./graph.graphql }")
        (tmp_path / "splice.yaml").write_text(text)
        _, printed, _ = await splice("schema", cwd=tmp_path)
        _, answer, _ = await splice("query", "{ bank { userGet { first } } }", cwd=tmp_path)
        _, told, _ = await splice("explain", "{ bank { userGet { first } } }", cwd=tmp_path)
        status, checked, _ = await splice("check", cwd=tmp_path)

    assert "type BankQuery {" in printed
    assert "type Person {" in printed
    assert "boss" not in printed
    assert "internal" not in printed.lower()
    assert '"first":"Ada"' in answer
    assert "bank.userGet" in told
    assert "/user" in told
    assert (status, checked) == (0, "1 upstream, 4 functions: fine\n")


async def test_a_rule_that_cannot_be_followed_keeps_the_gateway_from_starting(
    tmp_path: Path,
) -> None:
    """What somebody meant to hide is not shown by mistake; a glob that finds nothing is logged."""
    (tmp_path / "graph.graphql").write_text("extend type User { bos: String @hide }")

    async with bank() as backend:
        more = '    hide: ["gone_*"]\n'
        text = config(backend, more, "schema: { extend: ./graph.graphql }")
        running = Gateway(loads(text, tmp_path / "splice.yaml", {})).running()
        with pytest.raises(ConfigError) as caught:
            async with running:
                pass

    assert [one.at for one in caught.value.problems] == ["graph.graphql:1:20"]


async def test_check_tells_what_finds_nothing(tmp_path: Path) -> None:
    """With the place in the file, and a status that stops a pipeline."""
    async with bank() as backend:
        more = '    hide: ["internal_*", "internl_audit"]\n    rename:\n      gone: a\n'
        (tmp_path / "splice.yaml").write_text(config(backend, more))
        status, output, _ = await splice("check", cwd=tmp_path)

    assert status == 1
    assert output.splitlines() == [
        "splice.yaml:4:26: bank has no function like 'internl_audit'; did you mean internal_audit?",
        "splice.yaml:6:7: bank has no function like 'gone'",
    ]


async def test_check_tells_what_is_hidden_for_another_s_sake(tmp_path: Path) -> None:
    """It is no mistake, but somebody may wonder."""
    (tmp_path / "graph.graphql").write_text("extend type User @hide")

    async with bank() as backend:
        text = config(backend, "", "schema: { extend: ./graph.graphql }")
        (tmp_path / "splice.yaml").write_text(text)
        status, output, _ = await splice("check", cwd=tmp_path)

    assert status == 0
    assert output.splitlines()[:2] == [
        "Query.userGet is hidden: it leads to a hidden type",
        "Mutation.accountOpen is hidden: it leads to a hidden type",
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("    namespace: a-b\n", "splice.yaml:3:5: namespace: 'a-b' cannot name a field"),
        ("    namespce: a\n", "splice.yaml:4:5: unknown key 'namespce'; did you mean 'namespace'?"),
        ("    hide: { a: b }\n", "splice.yaml:4:11: a list is wanted here"),
    ],
)
def test_a_setting_that_cannot_be_used(more: str, problem: str) -> None:
    """It is told with its place, before anything is discovered."""
    with pytest.raises(ConfigError) as caught:
        loads(config(Rest({}, "http://x"), more), Path("splice.yaml"), {})

    assert [str(one) for one in caught.value.problems] == [problem]


async def test_names_of_a_namespace_are_kept(tmp_path: Path) -> None:
    """In the lock, two namespaces may have fields of one name."""
    async with bank() as backend:
        other = f"  other:\n    openapi: '{backend.description}'\n"
        (tmp_path / "splice.yaml").write_text(config(backend, "    namespace: bank\n", other))
        written, _, _ = await splice("check", "--lock", cwd=tmp_path)
        status, output, _ = await splice("check", cwd=tmp_path)

    assert (written, status) == (0, 0)
    assert (tmp_path / "splice.lock").read_text().count("user_get: userGet") == 2
    assert output.endswith("fine\n")
