"""`splice.lock` as a file, and what `splice check` says of it."""

from pathlib import Path

import pytest

from app.config import ConfigError
from app.config.read import loads
from app.lock import locked, text, write
from schema.lock.model import Lock, Place, Space
from tests.app.served import gateway
from tests.app.test_cli import splice
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import TEXT, Rest, answering, json, rest

ODD = Lock(
    {
        Place("shop", Space.QUERY, "GET /users/{id}: all"): "getUsers",
        Place("shop", Space.TYPES, "#/components/schemas/größe"): "Grosse",
        Place("shop", Space.TYPES, "123"): "_123",
        Place("shop", Space.ENTRIES, "[Pet!]"): "PetListEntry",
        Place("bank", Space.ENTRIES, "[Pet!]"): "PetListEntry",
        Place("bank", Space.ENTRY_INPUTS, "{Int}"): "IntMapEntryInput",
        Place("", Space.TYPES, "PageInfo"): "PageInfo",
        Place("shop", Space.FIELDS, "Order.foo-bar"): "foo_bar",
        Place("shop", Space.FIELDS, "Parcel.foo-bar"): "foo_bar",
        Place("shop", Space.ARGUMENTS, "getOrder(X-Id:)"): "X_Id",
    }
)


def read(folder: Path, written: str) -> Lock:
    """The lock beside a configuration, of that text."""
    (folder / "splice.lock").write_text(written)
    return locked(loads("upstreams: {}", folder / "splice.yaml", {}))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Whatever backends call their things."""
    write(tmp_path / "splice.lock", ODD)

    assert locked(loads("upstreams: {}", tmp_path / "splice.yaml", {})) == ODD


def test_the_order_of_names_does_not_show(tmp_path: Path) -> None:
    """The same names are the same text, so that a change is a few lines."""
    turned = Lock(dict(reversed(list(ODD.names.items()))))

    assert text(turned) == text(ODD)


def test_a_new_name_is_one_new_line() -> None:
    """Nothing else of the text changes."""
    more = Lock({**ODD.names, Place("shop", Space.QUERY, "a"): "a"})

    before, after = text(ODD).splitlines(), text(more).splitlines()

    assert [line for line in after if line not in before] == ["      a: a"]
    assert len(after) == len(before) + 1


def test_every_configuration_has_its_own(tmp_path: Path) -> None:
    """The file is called as the configuration is."""
    write(tmp_path / "prod.lock", ODD)

    assert locked(loads("upstreams: {}", tmp_path / "prod.yaml", {})) == ODD
    assert locked(loads("upstreams: {}", tmp_path / "splice.yaml", {})) == Lock()


BROKEN = {
    "": ("", "empty"),
    "version: 3": (":1:10", "the version '3' is not known; this Splice reads 1 and 2"),
    "upstreams: {}": (":1:1", "the version is missing"),
    "version: 1\nmore: {}": (":2:7", "unknown key 'more'"),
    "version: 1\nupstreams: []": (":2:12", "a mapping is wanted here"),
    "version: 1\nupstreams: {a: {values: {}}}": (":2:25", "unknown key 'values'"),
    "version: 1\nupstreams: {a: {query: {b: not-a-name}}}": (":2:28", "needs a name"),
    "version: 1\nupstreams: {a: {query: {b: [c]}}}": (":2:28", "needs a name"),
    "version: 1\nupstreams: {a: {query: {b: c, d: c}}}": (":2:34", "is the name of a query b"),
    "version: 1\nupstreams: {a: {types: {b: C}}, d: {entries: {e: C}}}": (":2:50", "of a types b"),
    "version: 1\nupstreams: {a: {query: {b: c, b: d}}}": (":2:31", "'b' is written twice"),
    "version: 1\n<<<<<<< ours": (":3:1", "not YAML"),
    "version: 1\nupstreams: {a: {query: {b: __c}}}": (":2:28", "needs a name"),
}


@pytest.mark.parametrize("written", BROKEN)
def test_a_broken_lock_is_refused_with_its_place(tmp_path: Path, written: str) -> None:
    """A name that is not kept would be worse than no start."""
    place, message = BROKEN[written]

    with pytest.raises(ConfigError) as refused:
        read(tmp_path, written)

    (problem,) = refused.value.problems
    assert problem.at == f"{tmp_path / 'splice.lock'}{place}"
    assert message in problem.message


def configured(*backends: tuple[str, Rest]) -> str:
    """A configuration of those upstreams, in that order."""
    lines = (f"  {name}: {{openapi: '{one.description}'}}\n" for name, one in backends)
    return f"upstreams:\n{''.join(lines)}"


async def test_check_keeps_the_names_and_says_which(tmp_path: Path) -> None:
    """A second time there is nothing to say."""
    async with rest(answering(hello=TEXT)) as one:
        (tmp_path / "splice.yaml").write_text(configured(("a", one)))
        first = await splice("check", "--lock", cwd=tmp_path)
        written = (tmp_path / "splice.lock").read_text()
        second = await splice("check", "--lock", cwd=tmp_path)

    assert first[0] == second[0] == 0
    assert "added a query hello: hello" in first[1]
    assert "splice.lock: 1 names, 0 added, 0 removed" in second[1]
    assert "      hello: hello" in written


async def test_check_tells_names_with_old_and_new(tmp_path: Path) -> None:
    """What the lock keeps, what it lacks, and what it keeps for nothing."""
    async with rest(answering(hello=TEXT)) as one, rest(answering(hello=TEXT, more=TEXT)) as two:
        (tmp_path / "splice.yaml").write_text(configured(("a", one)))
        await splice("check", "--lock", cwd=tmp_path)
        (tmp_path / "splice.yaml").write_text(configured(("b", two), ("a", one)))
        inserted = await splice("check", cwd=tmp_path)
        one.document = answering(other=TEXT)
        vanished = await splice("check", cwd=tmp_path)
        removed = await splice("check", "--lock", cwd=tmp_path)

    assert inserted[0] == 0
    assert "a query hello: hello; without the lock it would be aHello" in inserted[1]
    assert "b query more: more is not in the lock" in inserted[1]
    assert "a query hello: hello is kept, although nothing has it any more" in vanished[1]
    assert "removed a query hello: hello" in removed[1]


async def test_no_lock_is_written_while_an_upstream_is_unknown(tmp_path: Path) -> None:
    """Others would keep the names that are its own."""
    async with rest(answering(hello=TEXT)) as one:
        down = f"  b: {{openapi: 'http://{LOOPBACK}:{free_port()}/x'}}\n"
        (tmp_path / "splice.yaml").write_text(configured(("a", one)) + down)
        status, output, _ = await splice("check", "--lock", cwd=tmp_path)

    assert status == 1
    assert "the lock is not written, as it is not known what b offers" in output
    assert not (tmp_path / "splice.lock").exists()


async def test_serving_keeps_locked_names_and_writes_none(tmp_path: Path) -> None:
    """An upstream that is down at the first start finds its names when it is there."""
    kept = Lock({Place("a", Space.QUERY, "hello"): "hello"})
    write(tmp_path / "splice.lock", kept)
    before = (tmp_path / "splice.lock").read_bytes()
    down = f"upstreams:\n  a: {{openapi: 'http://{LOOPBACK}:{free_port()}/x'}}\n"

    async with rest(answering(hello=TEXT), hello=json("b's")) as two:
        config = down + configured(("b", two)).removeprefix("upstreams:\n")
        async with gateway(config, tmp_path) as asking:
            body = await asking.query("{ bHello }")

    assert body == {"data": {"bHello": "b's"}}
    assert (tmp_path / "splice.lock").read_bytes() == before


async def test_a_broken_lock_keeps_the_gateway_from_starting(tmp_path: Path) -> None:
    """With its place, as a mistake of the configuration is told."""
    (tmp_path / "splice.yaml").write_text("upstreams: {}")
    (tmp_path / "splice.lock").write_text("version: 9")

    status, _, errors = await splice("serve", cwd=tmp_path)

    assert status == 1
    assert "splice.lock:1:10: the version '9' is not known" in errors
