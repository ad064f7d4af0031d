"""Manifests as client builds write them, and everything that can be wrong with one."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.config import ConfigError
from app.graphql.documents import Trusted, trusted
from tests.app.graphql.documents.manifests import HELLO, WORLD, apollo, written


def problems(folder: Path, *patterns: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        trusted(str(folder / one) for one in patterns)
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.problems]


def test_apollos_manifest(tmp_path: Path) -> None:
    """Ids, texts, names, and where each is written."""
    file = written(tmp_path, apollo(Hello=HELLO, World=WORLD))

    assert trusted([str(file)]) == (
        Trusted("id-of-Hello", HELLO, f"{file}#/operations/0", "Hello"),
        Trusted("id-of-World", WORLD, f"{file}#/operations/1", "World"),
    )


def test_a_map_of_texts(tmp_path: Path) -> None:
    """As Relay's compiler and GraphQL Code Generator's client preset write it."""
    file = written(tmp_path, {"0a1b": HELLO, "a/b~c": WORLD})

    assert trusted([str(file)]) == (
        Trusted("0a1b", HELLO, f"{file}#/0a1b"),
        Trusted("a/b~c", WORLD, f"{file}#/a~1b~0c"),
    )


def test_several_manifests(tmp_path: Path) -> None:
    """By their names and by globs, also of folders; a file named twice counts once."""
    (tmp_path / "apps" / "web").mkdir(parents=True)
    written(tmp_path / "apps", {"a": HELLO}, "ios.json")
    written(tmp_path / "apps" / "web", {"b": WORLD})
    file = written(tmp_path, {"c": "{ c }"})

    found = trusted([str(tmp_path / "apps/**/*.json"), str(tmp_path / "apps/ios.json"), str(file)])

    assert [one.id for one in found] == ["a", "b", "c"]


def test_a_file_whose_name_looks_like_a_glob(tmp_path: Path) -> None:
    """Is that file."""
    file = written(tmp_path, {"a": HELLO}, "web[1].json")

    assert [one.id for one in trusted([str(file)])] == ["a"]


def test_an_id_in_two_manifests(tmp_path: Path) -> None:
    """Of the same text it is one document; of two texts a problem, with both places."""
    written(tmp_path, {"a": HELLO, "b": HELLO}, "one.json")
    written(tmp_path, {"a": HELLO, "b": WORLD}, "two.json")

    (problem,) = problems(tmp_path, "*.json")

    assert problem == f"two.json#/b: the id 'b' is that of another text, at {tmp_path}/one.json#/b"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "persisted.json:1:1: not JSON: Expecting value"),
        ('{\n  "a": {}}}', "persisted.json:2:11: not JSON: Extra data"),
        ("[" * 100_000, "persisted.json: nested too deeply"),
        ("[]", "persisted.json: an object is wanted: texts by id, or Apollo's manifest"),
        ('{"a": "{ a }", "a": "{ b }"}', "persisted.json: 'a' is written twice"),
        ('{"a": 7}', "persisted.json#/a: the text of a document is wanted, by its id"),
        ('{"": "{ a }"}', "persisted.json#/: the text of a document is wanted, by its id"),
        (
            '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
            "persisted.json: the format 'apollo-persisted-query-manifest' is not known:"
            " 'apollo-persisted-query-manifest', version 1, is",
        ),
        (
            '{"format": "other", "version": 1, "operations": []}',
            "persisted.json: the format 'other' is not known:"
            " 'apollo-persisted-query-manifest', version 1, is",
        ),
        (
            '{"format": "apollo-persisted-query-manifest", "version": 1}',
            "persisted.json: `operations` must be a list",
        ),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, content: str, problem: str) -> None:
    """Is told with its place."""
    (tmp_path / "persisted.json").write_text(content)

    assert problems(tmp_path, "persisted.json") == [problem]


def test_text_that_is_no_text(tmp_path: Path) -> None:
    """A file must be UTF-8; a byte order mark is fine."""
    (tmp_path / "marked.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({"a": HELLO}).encode())
    (tmp_path / "broken.json").write_bytes(b'{"a": "\xff"}')

    assert problems(tmp_path, "*.json") == ["broken.json: not UTF-8: invalid start byte"]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Of all files and all entries."""
    manifest: dict[str, Any] = apollo(Hello=HELLO)
    manifest["operations"] += [{"id": "x"}, 7, {"id": "", "body": HELLO}]
    written(tmp_path, manifest)

    wanted = "an operation needs an `id` and a `body`, both texts"
    assert problems(tmp_path, "persisted.json", "none.json", "none/*.json") == [
        f"persisted.json#/operations/1: {wanted}",
        f"persisted.json#/operations/2: {wanted}",
        f"persisted.json#/operations/3: {wanted}",
        "none.json: No such file or directory",
        "none/*.json: No such file or directory",
    ]


def test_a_manifest_that_is_too_large(tmp_path: Path) -> None:
    """Is refused before it is read."""
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(65 * 1024 * 1024)

    (problem,) = problems(tmp_path, "huge.json")

    assert "a manifest may have 67108864 bytes" in problem


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    """Its files are meant by a glob."""
    (tmp_path / "apps").mkdir()

    assert problems(tmp_path, "apps") == ["apps: Is a directory"]
