"""`splice.lock`: the names that clients know, in a file beside the configuration.

```yaml
version: 1
shared:
  PageInfo: PageInfo
upstreams:
  shop:
    query:
      getOrder: getOrder
    types:
      '#/components/schemas/Order': Order
    fields:
      Order.foo-bar: foo_bar
```

It is written for people who read its changes: one name a line, in the order of what is named.
"""

import contextlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from app.config import Config, ConfigError, Problem
from app.extensions import showings
from app.status import NO_ROOTS, PythonRoots, own_schema
from schema.build import own_fields
from schema.lock.model import MAPS, MEMBERS, NO_LOCK, ROOTS, SHARED, Lock, Place, Space
from schema.merge import Merged, Root, Showings, merge, namespace_of
from schema.names import is_name
from upstreams.model import Catalog

VERSION = 2
_READ = ("1", "2")
"""Without fields and arguments, it is of version 1."""
MOST_BYTES = 64 * 1024 * 1024
"""The largest lock that is read."""

_HEAD = f"""\
# The names that clients know, as `splice check --lock` writes them; they belong to splice.yaml.
version: {VERSION}
"""
_SPACES = {one.value: one for one in Space}
_ROOTS = {Space(one.value.lower()): one for one in Root}
_WIDEST = 1_000_000
"""No line is broken: a name is one line of a difference."""


def locked(config: Config) -> Lock:
    """The names kept for a configuration; none where there is no lock.

    Raises `ConfigError` with every problem and its place.
    """
    if config.lock is None or not config.lock.exists():
        return NO_LOCK
    reading = _Reading(str(config.lock), showings(config))
    names = dict(reading.names(_composed(config.lock)))
    if reading.problems:
        raise ConfigError(reading.problems)
    return Lock(names)


def write(path: Path, lock: Lock) -> None:
    """Keep the names, in place of those that were kept. Raises `OSError`."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text(lock))
        # As if it were written by an editor: others may read it.
        os.chmod(name, 0o644)
        os.replace(name, path)
    except (OSError, UnicodeEncodeError):
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def text(lock: Lock) -> str:
    """The lock as it is written."""
    upstreams: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    shared: dict[str, str] = {}
    for place, name in lock.names.items():
        if place.upstream == SHARED:
            shared[place.identity] = name
        else:
            upstreams[place.upstream][place.space.value][place.identity] = name
    parts: dict[str, Any] = {"shared": shared} if shared else {}
    parts["upstreams"] = {name: dict(spaces) for name, spaces in upstreams.items()}
    return _HEAD + yaml.dump(
        parts, Dumper=yaml.CSafeDumper, default_flow_style=False, allow_unicode=True, width=_WIDEST
    )


def named(
    catalogs: Mapping[str, Catalog],
    lock: Lock,
    showings: Showings,
    roots: PythonRoots = NO_ROOTS,
) -> Merged:
    """The catalogs under the names that clients see, but for what SDL says of them."""
    own = own_schema(roots)
    return merge(
        catalogs,
        fields_taken=own_fields(own),
        types_taken=own.type_map,
        lock=lock,
        showings=showings,
    )


def _composed(path: Path) -> yaml.Node | None:
    """Raises `ConfigError`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError([Problem(str(path), f"larger than {MOST_BYTES // 2**20}MiB")])
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise ConfigError([Problem(str(path), error.strerror or "cannot be read")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), f"not UTF-8: {error.reason}")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError([Problem(at, f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError([Problem(str(path), " ".join(f"not YAML: {error}".split()))]) from error


class _Reading:
    """One reading of one lock."""

    def __init__(self, file: str, showings: Showings) -> None:
        self._file = file
        self._showings = showings
        self._owners: dict[tuple[Space, str, str], Place] = {}
        self.problems: list[Problem] = []

    def names(self, root: yaml.Node | None) -> Iterator[tuple[Place, str]]:
        """Every name, and what has it."""
        if root is None:
            self._note(None, "empty; `splice check --lock` writes it")
            return
        parts = dict(self._pairs(root))
        self._check_version(root, parts.pop("version", None))
        if "shared" in parts:
            yield from self._named(SHARED, Space.TYPES, parts.pop("shared"))
        for upstream, spaces in self._pairs(parts.pop("upstreams", None)):
            for space, named in self._pairs(spaces):
                if space in _SPACES:
                    yield from self._named(upstream, _SPACES[space], named)
                else:
                    self._note(named, f"unknown key {space!r}; known are {', '.join(_SPACES)}")
        for key, node in parts.items():
            self._note(node, f"unknown key {key!r}; known are version, shared, upstreams")

    def _check_version(self, root: yaml.Node, node: yaml.Node | None) -> None:
        if node is None or node.value not in _READ:
            said = "is missing" if node is None else f"{node.value!r:.20} is not known"
            self._note(node or root, f"the version {said}; this Splice reads {' and '.join(_READ)}")

    def _named(self, upstream: str, space: Space, node: yaml.Node) -> Iterator[tuple[Place, str]]:
        for identity, named in self._pairs(node):
            if not isinstance(named, yaml.ScalarNode) or not is_name(named.value):
                self._note(named, f"{identity!r:.80} needs a name that GraphQL allows")
                continue
            place = Place(upstream, space, identity)
            below = namespace_of(self._showings, _ROOTS[space], upstream) if space in _ROOTS else ""
            owner = self._owners.setdefault((_namespace(space), below, named.value), place)
            if space not in MEMBERS and not _same(owner, place):
                self._note(named, f"{named.value} is the name of {owner} already")
            yield place, named.value

    def _pairs(self, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self._note(node, "a mapping is wanted here")
            return
        known: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._note(key, "a text is wanted here")
            elif key.value in known:
                self._note(key, f"{key.value!r:.80} is written twice")
            else:
                known.add(key.value)
                yield key.value, value

    def _note(self, node: yaml.Node | None, message: str) -> None:
        at = f":{node.start_mark.line + 1}:{node.start_mark.column + 1}" if node else ""
        self.problems.append(Problem(f"{self._file}{at}", message))


def _namespace(space: Space) -> Space:
    """Types share one, whatever they stand for."""
    return space if space in (*ROOTS, *MEMBERS) else Space.TYPES


def _same(one: Place, other: Place) -> bool:
    """Whether two places are one thing: the entry of a map is the same for all upstreams."""
    is_entry = one.space in MAPS and one[1:] == other[1:]
    return one == other or is_entry
