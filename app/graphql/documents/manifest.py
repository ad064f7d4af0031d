"""Trusted documents, read from the manifests that client builds write.

Apollo's persisted query manifest, version 1, and the plain map of texts by id that Relay's compiler
and GraphQL Code Generator's client preset write.
"""

import glob
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from app.config import ConfigError, Problem

APOLLO = "apollo-persisted-query-manifest"

_LARGEST = 64 * 1024 * 1024
"""How many bytes a manifest may have."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A document that whoever runs the gateway approves of."""

    id: str
    text: str
    at: str
    """Where it is written: `persisted.json#/operations/3`."""
    name: str = ""
    """Of its operation, where the manifest tells."""


_Found: TypeAlias = Iterator[Trusted | Problem]


def trusted(patterns: Iterable[str]) -> tuple[Trusted, ...]:
    """The documents of all manifests, which are files or globs of files.

    Raises `ConfigError` with every problem and its place.
    """
    found = [one for file in _files(patterns) for one in _documents(file)]
    problems = [one for one in found if isinstance(one, Problem)]
    documents = [one for one in found if isinstance(one, Trusted)]
    problems += _conflicts(documents)
    if problems:
        raise ConfigError(problems)
    return tuple({one.id: one for one in reversed(documents)}.values())[::-1]


def _files(patterns: Iterable[str]) -> Iterable[str]:
    """Every file once; a pattern itself where there is none, so that its problem is told."""
    return dict.fromkeys(file for pattern in patterns for file in _matching(pattern))


def _matching(pattern: str) -> list[str]:
    if Path(pattern).exists():
        return [pattern]
    return sorted(glob.glob(pattern, recursive=True)) or [pattern]


def _documents(file: str) -> _Found:
    try:
        value = json.loads(_content(Path(file)), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        yield Problem(f"{file}:{error.lineno}:{error.colno}", f"not JSON: {error.msg}")
    except UnicodeDecodeError as error:
        yield Problem(file, f"not UTF-8: {error.reason}")
    except RecursionError:
        yield Problem(file, "nested too deeply")
    except ValueError as error:
        yield Problem(file, str(error))
    except OSError as error:
        yield Problem(file, error.strerror or "cannot be read")
    else:
        yield from _read(value, file)


def _content(file: Path) -> str:
    """The text of a file. Raises `OSError` and `ValueError`."""
    size = file.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"a manifest may have {_LARGEST} bytes, not {size}")
    return file.read_text(encoding="utf-8-sig")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for key, value in pairs:
        if key in known:
            raise ValueError(f"{key!r:.80} is written twice")
        known[key] = value
    return known


def _read(value: object, file: str) -> _Found:
    match value:
        case {"format": str(name), **rest} if name != APOLLO or rest.get("version") != 1:
            yield Problem(file, f"the format {name!r:.80} is not known: {APOLLO!r}, version 1, is")
        case {"format": str(), "operations": [*operations]}:
            for index, one in enumerate(operations):
                yield _operation(one, f"{file}#/operations/{index}")
        case {"format": str()}:
            yield Problem(file, "`operations` must be a list")
        case dict():
            for name, text in value.items():
                yield _entry(name, text, f"{file}#/{_escaped(name)}")
        case _:
            yield Problem(file, "an object is wanted: texts by id, or Apollo's manifest")


def _operation(one: object, at: str) -> Trusted | Problem:
    match one:
        case {"id": str(name), "body": str(text), **rest} if name and text:
            label = rest.get("name")
            return Trusted(name, text, at, label if isinstance(label, str) else "")
        case _:
            return Problem(at, "an operation needs an `id` and a `body`, both texts")


def _entry(name: str, text: object, at: str) -> Trusted | Problem:
    if name and isinstance(text, str) and text:
        return Trusted(name, text, at)
    return Problem(at, "the text of a document is wanted, by its id")


def _conflicts(documents: Iterable[Trusted]) -> Iterator[Problem]:
    """A problem for each id of two different texts."""
    first: dict[str, Trusted] = {}
    for one in documents:
        known = first.setdefault(one.id, one)
        if known.text != one.text:
            yield Problem(one.at, f"the id {one.id!r:.80} is that of another text, at {known.at}")


def _escaped(name: str) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
