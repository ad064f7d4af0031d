"""`splice diff`, run as a user runs it."""

import json as texts
from pathlib import Path

from app.commands.diff import VERSION
from tests.app.test_cli import splice
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import NUMBER, TEXT, answering, rest


def described(folder: Path, name: str, **operations: object) -> str:
    """The name of an OpenAPI file in the folder."""
    (folder / name).write_text(texts.dumps(answering(**operations)))
    return name


def configured(folder: Path, name: str, description: str, more: str = "") -> str:
    """The name of a configuration over that description."""
    (folder / name).write_text(f"upstreams: {{a: {{openapi: '{description}'}}}}\n{more}")
    return name


async def test_descriptions_are_compared(tmp_path: Path) -> None:
    """Every change is a line, the breaking ones first; status 1 where there is one."""
    old = described(tmp_path, "old.json", hello=TEXT, bye=TEXT)
    new = described(tmp_path, "new.json", hello=TEXT, more=TEXT)

    status, output, _ = await splice("diff", old, new, cwd=tmp_path)

    assert status == 1
    assert output.splitlines() == [
        "breaking: Query.bye: the field is gone (String -> nothing)",
        "safe: Query.more: the field is new (nothing -> String)",
        "1 breaking, 0 dangerous, 1 safe",
    ]


async def test_what_breaks_nobody_is_no_failure(tmp_path: Path) -> None:
    """A field more may be added any time."""
    old = described(tmp_path, "old.json", hello=TEXT)
    new = described(tmp_path, "new.json", hello=TEXT, more=TEXT)

    status, output, _ = await splice("diff", old, new, cwd=tmp_path)

    assert (status, output.splitlines()[-1]) == (0, "0 breaking, 0 dangerous, 1 safe")


async def test_a_configuration_is_compared_with_what_it_gave(tmp_path: Path) -> None:
    """The SDL that `splice schema` wrote, the stored catalog and the backend say the same."""
    async with rest(answering(hello=TEXT)) as one:
        configured(tmp_path, "splice.yaml", one.description)
        _, sdl, _ = await splice("schema", cwd=tmp_path)
        (tmp_path / "old.graphql").write_text(sdl)
        by_sdl = await splice("diff", "old.graphql", "splice.yaml", cwd=tmp_path)
        stored = await splice("diff", ".splice/a.json", one.description, cwd=tmp_path)

    nothing = "0 breaking, 0 dangerous, 0 safe"
    assert (by_sdl[0], by_sdl[1].splitlines()) == (0, [nothing])
    assert stored[0] == 0
    assert stored[1].splitlines()[-1].startswith("0 breaking, 0 dangerous")


async def test_the_shape_for_machines(tmp_path: Path) -> None:
    """As the README has it."""
    old = described(tmp_path, "old.json", hello=TEXT)
    new = described(tmp_path, "new.json", hello=NUMBER)

    status, output, _ = await splice("diff", old, new, "--json", cwd=tmp_path)

    assert status == 1
    assert texts.loads(output) == {
        "version": VERSION,
        "breaking": 1,
        "dangerous": 0,
        "safe": 0,
        "changes": [
            {
                "severity": "breaking",
                "at": "Query.hello",
                "reason": "its type is another",
                "was": "String",
                "now": "Int",
                "used": None,
            }
        ],
        "documents": [],
    }


async def test_trusted_documents_are_tried(tmp_path: Path) -> None:
    """Which break is told; what none of them asks for is dangerous at most, where only they run."""
    described(tmp_path, "old.json", hello=TEXT, bye=TEXT, spare=TEXT)
    described(tmp_path, "new.json", hello=TEXT)
    manifest = {"greet": "{ hello }", "leave": "query Leave { bye }", "wrong": "{ never }"}
    (tmp_path / "manifest.json").write_text(texts.dumps(manifest))
    only = "documents: {trusted: [manifest.json], only: true}"
    old = configured(tmp_path, "old.yaml", "old.json", only)
    new = configured(tmp_path, "new.yaml", "new.json", only)

    status, output, _ = await splice("diff", old, new, cwd=tmp_path)

    lines = output.splitlines()
    assert status == 1
    assert "breaking: Query.bye: the field is gone (String -> nothing)" in lines
    assert any(line.startswith("dangerous: Query.spare: the field is gone; no") for line in lines)
    (broken,) = [line for line in lines if line.startswith("trusted document breaks")]
    assert "leave" in broken


async def test_documents_can_be_named(tmp_path: Path) -> None:
    """For schemas that come without a configuration."""
    (tmp_path / "old.graphql").write_text("type Query { a: Int b: Int }")
    (tmp_path / "new.graphql").write_text("type Query { a: Int }")
    (tmp_path / "manifest.json").write_text('{"one": "{ a }"}')
    words = ("diff", "old.graphql", "new.graphql", "--documents", "manifest.json")

    status, output, _ = await splice(*words, cwd=tmp_path)

    assert status == 1
    assert "the field is gone; no trusted document uses it" in output


async def test_names_are_those_that_are_kept(tmp_path: Path) -> None:
    """An upstream before, in a configuration with a lock, takes none of them."""
    described(tmp_path, "one.json", hello=TEXT)
    described(tmp_path, "two.json", hello=NUMBER)
    old = configured(tmp_path, "splice.yaml", "one.json")
    await splice("check", "--lock", cwd=tmp_path)
    both = "upstreams: {b: {openapi: two.json}, a: {openapi: one.json}}"
    (tmp_path / "kept.yaml").write_text(both)
    (tmp_path / "kept.lock").write_text((tmp_path / "splice.lock").read_text())
    (tmp_path / "free.yaml").write_text(both)

    kept = await splice("diff", old, "kept.yaml", cwd=tmp_path)
    free = await splice("diff", old, "free.yaml", cwd=tmp_path)

    assert (kept[0], free[0]) == (0, 1)


async def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    """A backend that is down and was never known; a file that is no schema; no file."""
    nowhere = f"http://{LOOPBACK}:{free_port()}/openapi.json"
    down = configured(tmp_path, "splice.yaml", nowhere)
    (tmp_path / "bad.graphql").write_text("type {")

    of_backend = await splice("diff", down, down, cwd=tmp_path)
    of_text = await splice("diff", "bad.graphql", "bad.graphql", cwd=tmp_path)
    of_nothing = await splice("diff", "absent.json", "absent.json", cwd=tmp_path)

    assert of_backend[0] == of_text[0] == of_nothing[0] == 1
    assert "a: nothing to compare" in of_backend[2]
    assert "bad.graphql: no schema: Syntax Error" in of_text[2]
    assert "absent.json: cannot be read" in of_nothing[2]
