"""`splice explain`: every call of an operation, none of which is made."""

import json
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.demo.run import QUERY, Demo
from tests.app.test_cli import splice
from tests.backends.rest import NUMBER, TEXT, Rest, document, rest, success
from tests.backends.rest import json as gives
from tests.backends.shell import answer

BLOG = {
    "Post": {"type": "object", "properties": {"id": NUMBER, "userId": NUMBER}},
    "User": {"type": "object", "properties": {"id": NUMBER, "name": TEXT}},
}
GRAPH = """
extend type Post {
  author: User @call(function: "blog.getUser", args: { id: "$parent.userId" })
  tenant: User
    @call(function: "blog.getUser", args: { id: "$parent.userId", tenant: "$headers.x-tenant" })
}
extend type User {
  posts: [Post!] @call(function: "blog.listPosts", args: { userId: "$parent.id" })
}
"""


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[Demo]:
    """The four backends, and a configuration over them."""
    async with Demo() as running:
        (folder / "splice.yaml").write_text(running.config)
        yield running


@asynccontextmanager
async def blog(folder: Path, *, batch: bool = True, settings: str = "") -> AsyncIterator[Rest]:
    """A backend of three posts by two users, and a configuration that joins them."""
    post, user = ({"$ref": f"#/components/schemas/{name}"} for name in ("Post", "User"))
    tenant = {"name": "tenant", "in": "query", "schema": TEXT}
    ids = {"name": "ids", "in": "query", "schema": {"type": "array", "items": NUMBER}}
    paths = {
        "/posts": _get("listPosts", success(_many(post)), _parameter("userId", required=False)),
        "/user": _get("getUser", success(user), _parameter("id"), tenant),
        "/posted": {"post": {"operationId": "createPost", "responses": success(post)}},
    }
    if batch:
        paths["/users"] = _get("getUsers", success(_many(user)), ids)
    posts = [{"id": one, "userId": 1 + one % 2} for one in range(3)]
    users = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]
    async with rest(
        document(paths, **BLOG),
        posts=gives(posts),
        posted=gives(posts[0]),
        user=gives(users[0]),
        users=gives(users),
    ) as backend:
        (folder / "graph.graphql").write_text(GRAPH)
        (folder / "splice.yaml").write_text(
            f"upstreams: {{blog: {{openapi: '{backend.description}'{settings}}}}}\n"
            "schema: {extend: graph.graphql}"
        )
        yield backend


def _get(name: str, responses: Any, *parameters: Any) -> dict[str, Any]:
    return {"get": {"operationId": name, "parameters": list(parameters), "responses": responses}}


def _parameter(name: str, *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": NUMBER}


def _many(of: Any) -> dict[str, Any]:
    return {"type": "array", "items": of}


async def explained(folder: Path, *words: str) -> dict[str, Any]:
    """What is told in the documented shape."""
    _, output, errors = await splice("explain", "--json", *words, cwd=folder)
    assert not errors
    said: dict[str, Any] = json.loads(output)
    return said


def flat(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All steps, parents first."""
    for one in steps:
        yield one
        yield from flat(one["steps"])


@pytest.mark.parametrize(
    ("query", "program"),
    [
        ("{ got: getOrder(id: 7000000003) { status currency } }", "curl"),
        ('{ got: getParcel(input: {id: "PX-303"}) { carrier status } }', "grpcurl"),
        ('{ got: quote(sku: "sencha", quantity: 12) { sku quantity } }', "aws"),
    ],
)
async def test_the_command_gives_what_the_query_gives(
    tmp_path: Path, query: str, program: str
) -> None:
    """Pasted into a shell, it asks the same backend for the same."""
    async with demo(tmp_path):
        said = await explained(tmp_path, query)
        _, output, _ = await splice("query", query, cwd=tmp_path)
        (step,) = said["steps"]
        found = json.loads(await answer(step["command"]))

    wanted = json.loads(output)["data"]["got"]
    assert step["command"].startswith(f"{program} ")
    assert wanted
    assert {name: found[name] for name in wanted} == wanted


async def test_an_envelope_gives_what_the_query_gives(tmp_path: Path) -> None:
    """SOAP is asked by `curl`, too."""
    query = "{ got: getAccount(input: {customerId: 101}) { iban currency } }"
    async with demo(tmp_path):
        said = await explained(tmp_path, query)
        _, output, _ = await splice("query", query, cwd=tmp_path)
        found = ElementTree.fromstring(await answer(said["steps"][0]["command"]))  # noqa: S314 - of our own demo

    wanted = json.loads(output)["data"]["got"]
    texts = {one.tag.partition("}")[2]: one.text for one in found.iter()}
    assert wanted
    assert {name: texts[name] for name in wanted} == wanted


async def test_joins_of_all_four(tmp_path: Path) -> None:
    """What waits for what, and what is passed on from where."""
    async with demo(tmp_path):
        said = await explained(tmp_path, QUERY)

    steps = {one["at"]: one for one in flat(said["steps"])}
    assert {at: one["after"] for at, one in steps.items()} == {
        "getOrder": None,
        "getOrder.customer": "getOrder",
        "getOrder.customer.account": "getOrder.customer",
        "getOrder.parcels": "getOrder",
        "getOrder.lines[].product": "getOrder",
        "getOrder.lines[].quote": "getOrder",
    }
    assert "<customerId>{getOrder.customer.id}<" in steps["getOrder.customer.account"]["command"]
    assert '"orderId": "{getOrder.id}"' in steps["getOrder.parcels"]["command"]
    quote = steps["getOrder.lines[].quote"]
    assert '"quantity":{getOrder.lines[].quantity}' in quote["command"]
    assert quote["calls"]["formula"] == "distinct(getOrder.lines[].{sku, quantity})"


async def test_what_stands_for_a_value_leads_on(tmp_path: Path) -> None:
    """With a parent's value in its place, a command gives what the join gives."""
    query = "{ getOrder(id: 7000000003) { customerId customer { name } } }"
    async with demo(tmp_path):
        said = await explained(tmp_path, query)
        _, output, _ = await splice("query", query, cwd=tmp_path)
        order = json.loads(output)["data"]["getOrder"]
        command = said["steps"][0]["steps"][0]["command"]
        found = await answer(command.replace("{getOrder.customerId}", order["customerId"]))

    assert json.loads(found)["name"] == order["customer"]["name"]


async def test_nothing_is_sent(tmp_path: Path) -> None:
    """The backend is asked for its description, and for nothing else."""
    async with blog(tmp_path) as backend:
        await explained(tmp_path, "{ listPosts { author { name posts { id } } } }")

    assert backend.asked == []


@pytest.mark.parametrize(
    ("batch", "formula", "most"),
    [
        (True, "1 + ceil(distinct(listPosts[].userId) / 100)", 2),
        (False, "1 + distinct(listPosts[].userId)", 3),
    ],
)
async def test_the_worst_case_happens(
    tmp_path: Path, *, batch: bool, formula: str, most: int
) -> None:
    """As many calls as were told; with a twin for many keys, one for them all."""
    query = "{ listPosts { author { name } } }"
    async with blog(tmp_path, batch=batch) as backend:
        said = await explained(tmp_path, query, "--items", "2")
        await splice("query", query, cwd=tmp_path)

    assert said["path"] == "plan"
    assert said["calls"] == {"formula": formula, "most": most}
    # Of the three posts two are by the same user.
    assert len(backend.asked) == most


async def test_a_twin_is_shown_in_the_place_of_what_is_written(tmp_path: Path) -> None:
    """With how many keys one call of it takes."""
    async with blog(tmp_path):
        said = await explained(tmp_path, "{ listPosts { author { name } } }")
        _, output, _ = await splice("explain", "{ listPosts { author { name } } }", cwd=tmp_path)

    (step,) = said["steps"][0]["steps"]
    assert (step["function"], step["insteadOf"], step["keysPerCall"]) == (
        "getUsers",
        "getUser",
        100,
    )
    assert said["calls"]["most"] is None
    assert "blog.getUsers in place of getUser" in output
    assert "up to 100 keys a call" in output


async def test_what_is_asked_twice_is_asked_once(tmp_path: Path) -> None:
    """Equal reads are one call, and told to be."""
    query = "{ a: getUser(id: 1) { name } b: getUser(id: 1) { id } c: getUser(id: 2) { id } }"
    async with blog(tmp_path):
        said = await explained(tmp_path, query)

    assert [one["sameAs"] for one in said["steps"]] == [None, "a", None]
    assert said["calls"] == {"formula": "2", "most": 2}


async def test_what_equal_calls_lead_to_is_asked_once(tmp_path: Path) -> None:
    """Under whichever names: the objects are the same, and so are their keys."""
    query = "{ a: listPosts { by: author { name } } b: listPosts { author { id posts { id } } } }"
    async with blog(tmp_path) as backend:
        said = await explained(tmp_path, query, "--items", "3")
        await splice("query", query, cwd=tmp_path)

    steps = {one["at"]: one for one in flat(said["steps"])}
    assert {at: one["sameAs"] for at, one in steps.items()} == {
        "a": None,
        "a[].by": None,
        "b": "a",
        "b[].author": "a[].by",
        "b[].author.posts": None,
    }
    # Three posts by two users, each of whom has a call of their own.
    assert said["calls"]["most"] == 1 + 1 + 3
    assert len(backend.asked) == 1 + 1 + 2


async def test_variables_that_are_missing_are_named(tmp_path: Path) -> None:
    """In the place of their values; those that are given, and defaults, are shown."""
    query = "query ($a: Int!, $b: Int!, $c: Int = 9) {" + "".join(
        f" {name}: getUser(id: ${name}) {{ name }}" for name in "abc"
    )
    async with blog(tmp_path):
        said = await explained(tmp_path, f"{query} }}", "--variables", '{"b": 8}')

    asked = [shlex.split(one["command"])[-1].rpartition("?")[2] for one in said["steps"]]
    assert asked == ["id=$a", "id=8", "id=9"]


async def test_headers_of_clients_are_named(tmp_path: Path) -> None:
    """A join that passes one on shows which."""
    async with blog(tmp_path):
        said = await explained(tmp_path, "{ listPosts { tenant { name } } }")

    (step,) = said["steps"][0]["steps"]
    assert "tenant={headers.x-tenant}" in step["command"]


async def test_no_secret_is_shown(tmp_path: Path) -> None:
    """Neither the settings' headers nor those that clients send are in a command."""
    settings = (
        ", forward: [authorization]"
        ", headers: {x-api-key: hush, authorization: Bearer hush, user-agent: splice}"
    )
    async with blog(tmp_path, settings=settings):
        said = await explained(tmp_path, "{ getUser(id: 1) { name } }")

    words = shlex.split(said["steps"][0]["command"])
    assert "hush" not in json.dumps(said)
    assert "x-api-key: ***" in words
    assert "authorization: ***" in [one.lower() for one in words]
    assert "user-agent: splice" in words


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ __typename __schema { description } }", "introspection"),
        ("{ __schema { description } getUser(id: 1) { name } }", "introspection and more"),
        ("{ _gateway { version } }", "the gateway's own"),
    ],
)
async def test_why_there_is_no_plan(tmp_path: Path, query: str, reason: str) -> None:
    """The reason is told, and what the exact path calls."""
    async with blog(tmp_path):
        said = await explained(tmp_path, query)
        _, output, _ = await splice("explain", query, cwd=tmp_path)

    assert (said["path"], said["reason"]) == ("exact", reason)
    assert f"by the exact path ({reason})" in output
    assert all(one["command"] for one in flat(said["steps"]))


async def test_joins_below_a_mutation(tmp_path: Path) -> None:
    """What was read before a write is read again after it."""
    author = "{ author { name } }"
    query = f"mutation {{ a: createPost {author} b: createPost {author} }}"
    async with blog(tmp_path) as backend:
        said = await explained(tmp_path, query)
        await splice("query", query, cwd=tmp_path)

    assert [(one["at"], one["after"]) for one in flat(said["steps"])] == [
        ("a", None),
        ("a.author", "a"),
        ("b", "a"),
        ("b.author", "b"),
    ]
    assert said["calls"] == {"formula": "4", "most": 4}
    assert len(backend.asked) == 4


async def test_a_subscription(tmp_path: Path) -> None:
    """The call that its stream comes from, and what is asked for each event."""
    query = 'subscription { trackParcel(input: {id: "PX-303"}) { __typename } }'
    async with demo(tmp_path):
        said = await explained(tmp_path, query)

    assert (said["operation"], said["reason"]) == ("subscription", "subscription")
    assert said["steps"][0]["command"].startswith("grpcurl ")


async def test_an_operation_that_cannot_run(tmp_path: Path) -> None:
    """Status 1, and what is wrong with it; variables are looked at, too."""
    async with blog(tmp_path):
        invalid = await splice("explain", "{ nothing }", cwd=tmp_path)
        unknown = await splice("explain", "{ a: __typename }", "--operation", "Other", cwd=tmp_path)
        wrong = await splice(
            "explain", "query ($a: Int!) { getUser(id: $a) { id } }",
            "--variables", '{"a": "one"}', cwd=tmp_path,
        )  # fmt: skip

    assert [one[0] for one in (invalid, unknown, wrong)] == [1, 1, 1]
    assert "Cannot query field 'nothing'" in invalid[2]
    assert "no operation of that name" in unknown[2]
    assert "$a" in wrong[2]


async def test_people_get_a_tree_and_commands_to_copy(tmp_path: Path) -> None:
    """Each call is numbered, and its command stands in one line."""
    async with blog(tmp_path, batch=False):
        query = "{ listPosts { author { name posts { id } } } }"
        status, output, _ = await splice("explain", query, "--items", "10", cwd=tmp_path)

    assert status == 0
    assert "1 listPosts: blog.listPosts, one call" in output
    assert "at most 21" in output
    commands = [line for line in output.splitlines() if line.startswith("curl ")]
    assert len(commands) == 3
