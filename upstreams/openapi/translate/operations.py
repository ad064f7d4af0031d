"""The operations of a description, one by one, with what each inherits from its path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from upstreams.json_schema import Dialect, Documents, Place, Types, Unresolved, pascal
from upstreams.model import Skipped

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
    """Names of headers, in lower case, that the upstream's settings already give."""


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
    """Every operation, in the order of the document."""
    taken: set[str] = set()
    for path, item in scene.documents.start.child("paths").children():
        if path.startswith("x-"):
            continue
        try:
            resolved = scene.documents.resolve(item)
        except Unresolved as error:
            yield Skipped(path, f"{error.at}: {error.reason}")
            continue
        if not isinstance(resolved.value, dict):
            yield Skipped(path, f"{item.at}: not an object")
            continue
        for method in METHODS:
            if method in resolved.members:
                yield _operation(scene, path, method, resolved, taken)
        for key in resolved.members:
            if key.lower() in METHODS and key not in METHODS:
                reason = f"{resolved.child(key).at}: methods are written in lower case"
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


def waiting(scene: Scene) -> Iterator[Skipped]:
    """What the backend would call itself: webhooks, which have no operation of theirs."""
    for name, _ in scene.documents.start.child("webhooks").children():
        yield Skipped(f"webhook {name}", "the backend calls it; it cannot be called")


def callbacks(operation: Operation) -> Iterator[Skipped]:
    """What the backend calls in the course of an operation."""
    for name, _ in operation.place.child("callbacks").children():
        what = f"{operation.name} callback {name}"
        yield Skipped(what, "the backend calls it; it cannot be called")
