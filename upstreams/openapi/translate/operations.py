"""The operations of a description, one by one, with what each inherits from its path."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from upstreams.json_schema import Dialect, Documents, Place, Types, Unresolved, pascal
from upstreams.model import Function, Skipped
from upstreams.openapi.model import USUAL, Choices

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Scene:
    """What the translation of every operation shares."""

    documents: Documents
    dialect: Dialect
    types: Types
    location: str
    supplied: frozenset[str]
    """Names of headers, in lower case, that are no arguments: others give them."""
    choices: Choices = USUAL


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    path: str
    method: str
    place: Place
    item: Place
    """The path item around it."""
    name: str
    label: str

    @property
    def variables(self) -> tuple[str, ...]:
        """`/users/{id}/posts` -> `("id",)`"""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.path)))


def operations(scene: Scene) -> Iterator[Operation | Skipped]:
    """Every operation, in the order of the document.

    Of several with one operationId the first by its path has it, whatever that order is.
    """
    taken: set[str] = set()
    paths = scene.documents.start.child("paths")
    found = {path: tuple(_of_item(scene, paths, path, taken)) for path in sorted(paths.members)}
    for path in paths.members:
        yield from found[path]


def _of_item(
    scene: Scene, paths: Place, path: str, taken: set[str]
) -> Iterator[Operation | Skipped]:
    item = paths.child(path)
    if path.startswith("x-"):
        return
    if wrong := _no_path(path, paths):
        yield Skipped(path, f"{item.at}: {wrong}")
        return
    try:
        resolved = scene.documents.resolve(item)
    except Unresolved as error:
        yield Skipped(path, f"{error.at}: {error.reason}")
        return
    if not isinstance(resolved.value, dict):
        yield Skipped(path, f"{item.at}: not an object")
        return
    yield from _of_path(scene, _rooted(scene, path, item), resolved, taken)


def _no_path(path: str, paths: Place) -> str:
    """Why a key is no path that can be called; empty when it is one."""
    if path.startswith("/"):
        return ""
    if "://" in path:
        return "a URL, not a path"
    return "the same path is there with its slash" if f"/{path}" in paths.members else ""


def _rooted(scene: Scene, path: str, item: Place) -> str:
    if path.startswith("/"):
        return path
    scene.types.assume(item.at, f"a path begins with a slash; read as '/{path}'")
    return f"/{path}"


def _of_path(
    scene: Scene, path: str, item: Place, taken: set[str]
) -> Iterator[Operation | Skipped]:
    for method in METHODS:
        if method in item.members:
            yield _operation(scene, path, method, item, taken)
    for key in item.members:
        if key.lower() in METHODS and key not in METHODS:
            reason = f"{item.child(key).at}: methods are written in lower case"
            yield Skipped(f"{key} {path}", reason)


def _operation(
    scene: Scene, path: str, method: str, item: Place, taken: set[str]
) -> Operation | Skipped:
    place = item.child(method)
    plain = f"{method.upper()} {path}"
    if not isinstance(place.value, dict):
        return Skipped(plain, f"{place.at}: not an object")
    own = place.text("operationId")
    if own in taken:
        scene.types.assume(place.child("operationId").at, f"{own!r} again; named {plain!r} instead")
        own = ""
    taken.add(own or plain)
    return Operation(path, method, place, item, own or plain, own or label(method, path))


def label(method: str, path: str) -> str:
    """`GET /users/{id}/posts` -> `getUsersByIdPosts`"""
    by = _VARIABLE.sub(lambda found: f" By {found[1]} ", path)
    return method + pascal(by)


def covered(one: Operation | Function, globs: Iterable[str]) -> bool:
    """Whether one of the globs names an operation, or what became of it."""
    return any(fnmatchcase(one.name, glob) or fnmatchcase(one.label, glob) for glob in globs)


def unknown(glob: str, names: Collection[str]) -> str:
    """What is wrong with a glob that names none of the functions there are."""
    near = difflib.get_close_matches(glob, names, n=1, cutoff=0.5)
    return f"no function is called so{f'; did you mean {near[0]!r}?' if near else ''}"
