"""Changes to a description that the configuration makes: OpenAPI Overlays and JSON merge patches.

Overlay Specification 1.0 and 1.1, its targets JSONPath (RFC 9535); JSON Merge Patch is RFC 7396.
Actions change a copy, in which no two places share a value.
"""

import enum
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

import jsonpath
import msgspec

from upstreams.errors import DiscoveryError
from upstreams.model import Remark

MAX_DEPTH = 1000

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_VERSION = re.compile(r"1\.([0-9]+)(\.[0-9]+.*)?")


class _Paths(jsonpath.JSONPathEnvironment):
    max_recursion_depth = MAX_DEPTH


_PATHS = _Paths(strict=True)


class Verb(enum.Enum):
    """What an action does with the nodes it selects."""

    UPDATE = "update"
    COPY = "copy"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Action:
    """One change, at every node its target selects."""

    at: str
    """Where the action stands, e.g. `fix.yaml#/actions/0`."""
    verb: Verb
    target: str
    value: object = None
    """What to merge, or the JSONPath of what to copy."""
    concatenates: bool = True
    """Whether a list is added to a list one by one (Overlay 1.1), or as one entry (1.0)."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One file of changes: its actions, or a merge patch."""

    location: str
    actions: tuple[Action, ...] = ()
    patch: object = None


def overlay(tree: object, location: str) -> Overlay:
    """The changes that a parsed file describes. Raises `DiscoveryError` with a JSON pointer."""
    if not isinstance(tree, dict):
        wrong = "neither an OpenAPI Overlay nor a JSON merge patch: its root is no object"
        raise DiscoveryError(wrong, at=location)
    if "overlay" not in tree:
        return Overlay(location, patch=tree)
    version = _VERSION.fullmatch(str(tree["overlay"]))
    if not version:
        wrong = f"Overlay version {str(tree['overlay'])[:40]!r} is not known; 1.0 and 1.1 are"
        raise DiscoveryError(wrong, at=f"{location}#/overlay")
    actions = tree.get("actions")
    if not isinstance(actions, list) or not actions:
        raise DiscoveryError("an Overlay needs a list of actions", at=f"{location}#/actions")
    made = (
        _action(one, f"{location}#/actions/{index}", concatenates=version[1] != "0")
        for index, one in enumerate(actions)
    )
    return Overlay(location, tuple(made))


def _action(written: object, at: str, *, concatenates: bool) -> Action:
    if not isinstance(written, dict):
        raise DiscoveryError("an action is an object", at=at)
    if "$ref" in written:
        raise DiscoveryError("reusable actions are not known; write it out here", at=f"{at}/$ref")
    target = written.get("target")
    if not isinstance(target, str):
        raise DiscoveryError("an action needs a target: JSONPath as text", at=f"{at}/target")
    _compiled(target, f"{at}/target")
    if written.get("remove") is True:
        return Action(at, Verb.REMOVE, target)
    given = [verb for verb in (Verb.UPDATE, Verb.COPY) if verb.value in written]
    if len(given) != 1:
        raise DiscoveryError("an action needs one of update, copy, or remove: true", at=at)
    value = written[given[0].value]
    if given[0] is Verb.COPY:
        _compiled(value, f"{at}/copy")
    return Action(at, given[0], target, value, concatenates)


def _compiled(path: object, at: str) -> jsonpath.JSONPath:
    if not isinstance(path, str):
        raise DiscoveryError("JSONPath is written as text", at=at)
    try:
        compiled = _PATHS.compile(path)
    except jsonpath.JSONPathError as error:
        wrong = str(error).partition("\n")[0]
        raise DiscoveryError(f"not JSONPath (RFC 9535): {wrong}", at=at) from error
    if not isinstance(compiled, jsonpath.JSONPath):
        raise DiscoveryError("not JSONPath (RFC 9535): several paths in one", at=at)
    return compiled


def apply(tree: object, overlays: Sequence[Overlay]) -> tuple[object, tuple[Remark, ...]]:
    """The document after all changes, in order, and a remark for each that selected nothing.

    Raises `DiscoveryError` where a value does not go with what is selected.
    """
    unmatched: list[Remark] = []
    for one in overlays:
        try:
            tree = _copied(tree) if one.actions else _patched(tree, one.patch)
            unmatched += (_unmatched(action) for action in one.actions if not _act(action, tree))
        except RecursionError as error:
            wrong = "it, or the description, is nested too deeply"
            raise DiscoveryError(wrong, at=one.location) from error
    return tree, tuple(unmatched)


def _unmatched(action: Action) -> Remark:
    file, _, pointer = action.at.partition("#")
    place = f"{posixpath.basename(urlsplit(file).path)}#{pointer}"
    return Remark(place, f"its target {action.target} selects nothing; nothing is changed")


def _patched(value: object, patch: object) -> object:
    """RFC 7396 section 2."""
    if not isinstance(patch, dict):
        return patch
    found = dict(value) if isinstance(value, dict) else {}
    for key, below in patch.items():
        if below is None:
            found.pop(key, None)
        else:
            found[key] = _patched(found.get(key), below)
    return found


def _copied(value: object) -> object:
    """The same values, each in its own place: YAML's aliases are the same object twice."""
    return _DECODER.decode(_ENCODER.encode(value))


def _act(action: Action, tree: object) -> bool:
    """Change the tree in place; whether there was anything to change."""
    nodes = _selected(action.target, tree, f"{action.at}/target")
    if action.verb is Verb.REMOVE:
        # From the end, so that the positions of what is yet to go stay as they are.
        for node in sorted(nodes, key=_position, reverse=True):
            _remove(node, action.at)
        return bool(nodes)
    value = _copy_of(action, tree) if action.verb is Verb.COPY and nodes else action.value
    for node in nodes:
        _update(node, value, action)
    return bool(nodes)


def _selected(path: str, tree: object, at: str) -> list[jsonpath.JSONPathMatch]:
    """The nodes that a JSONPath selects, each once."""
    if not isinstance(tree, dict | list):
        return []
    try:
        found = _compiled(path, at).finditer(tree)
        return list({node.parts: node for node in found}.values())
    except jsonpath.JSONPathError as error:
        raise DiscoveryError(f"cannot be followed: {error}", at=at) from error


def _position(node: jsonpath.JSONPathMatch) -> int:
    last = node.parts[-1] if node.parts else 0
    return last if isinstance(last, int) else 0


def _remove(node: jsonpath.JSONPathMatch, at: str) -> None:
    holder, key = _held(node)
    match holder:
        case dict():
            holder.pop(key, None)
        case list() if isinstance(key, int):
            del holder[key]
        case _:
            raise DiscoveryError("the document itself cannot be removed", at=at)


def _held(node: jsonpath.JSONPathMatch) -> tuple[object, int | str]:
    """The object or list a node is in, and its key there."""
    return (node.parent.obj, node.parts[-1]) if node.parent else (None, "")


def _copy_of(action: Action, tree: object) -> object:
    at = f"{action.at}/copy"
    nodes = _selected(str(action.value), tree, at)
    if len(nodes) != 1:
        raise DiscoveryError(f"what to copy is one node, and it selects {len(nodes)}", at=at)
    return _copied(nodes[0].obj)


def _update(node: jsonpath.JSONPathMatch, value: object, action: Action) -> None:
    at = f"{action.at}/{action.verb.value}"
    match node.obj:
        case dict() if isinstance(value, dict):
            _merge(node.obj, value, at)
        case dict():
            raise DiscoveryError(f"{node.path} is an object, and takes only an object", at=at)
        case list():
            entries = value if isinstance(value, list) and action.concatenates else [value]
            node.obj.extend(_copied(entry) for entry in entries)
        case _:
            _replace(node, value, at)


def _replace(node: jsonpath.JSONPathMatch, value: object, at: str) -> None:
    holder, key = _held(node)
    if isinstance(value, dict | list):
        raise DiscoveryError(f"{node.path} is a plain value, and takes only another", at=at)
    match holder:
        case dict():
            holder[key] = value
        case list() if isinstance(key, int):
            holder[key] = value


def _merge(target: dict[str, object], value: dict[str, object], at: str) -> None:
    """Overlay 1.1 section 4.4.3, recursively; null changes no object or list (as 1.0 shows it)."""
    for key, new in value.items():
        match target.get(key), new:
            case dict() as old, dict():
                _merge(old, new, at)
            case list() as old, list():
                old.extend(_copied(entry) for entry in new)
            case dict() | list(), None:
                pass
            case None, _:
                target[key] = _copied(new)
            case (dict() | list(), _) | (_, dict() | list()):
                wrong = f"{key!r} is of another kind in the document; remove it there first"
                raise DiscoveryError(wrong, at=at)
            case _:
                target[key] = new
