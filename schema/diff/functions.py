"""What becomes of functions: whether they are called another way, or are found elsewhere."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from schema.diff.model import Change, Severity, Side
from schema.merge import Merged, RootField, namespace_type
from upstreams.model import Effect, Function

_LONGEST = 200
"""How many characters of a value are told."""


class Functions:
    """The functions of both sides, where both are known."""

    def __init__(self, old: Merged, new: Merged) -> None:
        self._old = old
        self._new = new
        self._before = _fields(old)
        """By their coordinates."""
        self._after = _fields(new)
        self._found: defaultdict[str, list[RootField]] = defaultdict(list)
        for root in new.root_fields:
            self._found[_at(root)].append(root)

    def changes(self) -> Iterator[Change]:
        """What clients cannot tell by the schema."""
        before, after = _functions(self._old), _functions(self._new)
        for at, was in before.items():
            if (now := after.get(at)) and was.binding != now.binding:
                yield _called(at, was, now)
        for coordinate, root in self._before.items():
            found = self._after.get(coordinate)
            if found and _at(found) != _at(root):
                reason = "it calls another function"
                yield Change(Severity.DANGEROUS, coordinate, reason, _at(root), _at(found))

    def explained(self, change: Change) -> Change:
        """The same, with what became of the function whose field is gone."""
        root = self._before.get(change.at)
        if root is None or change.severity is not Severity.BREAKING or change.now:
            return change
        why = self._became(root)
        return replace(change, reason=f"{change.reason}: {why}") if why else change

    def _became(self, root: RootField) -> str:
        function = root.function.name
        found = self._found[_at(root)]
        if moved := next((one for one in found if one.root is not root.root), None):
            does = "writes" if moved.function.effect is Effect.WRITE else "reads"
            return f"{_at(root)} {does} now, and is {_coordinate(moved)}"
        if found:
            return f"{_at(root)} is {_coordinate(found[0])} now"
        if root.upstream not in self._new.catalogs:
            return f"there is no upstream {root.upstream}"
        left_out = self._new.catalogs[root.upstream].skipped
        return next(
            (f"left out, as {one.reason}" for one in left_out if one.function == function), ""
        )


def moved_urls(old: Side, new: Side) -> Iterator[Change]:
    """The upstreams that are elsewhere."""
    for upstream, was in old.urls.items():
        now = new.urls.get(upstream, was)
        if was != now:
            yield Change(Severity.SAFE, upstream, "it is called elsewhere", was, now)


def _functions(merged: Merged) -> Mapping[str, Function]:
    return {
        f"{upstream}.{one.name}": one
        for upstream, catalog in merged.catalogs.items()
        for one in catalog.functions
    }


def _fields(merged: Merged) -> Mapping[str, RootField]:
    return {_coordinate(one): one for one in merged.root_fields}


def _coordinate(root: RootField) -> str:
    """`Query.order`, or below a namespace `BankQuery.order`."""
    owner = namespace_type(root.namespace, root.root) if root.namespace else root.root.value
    return f"{owner}.{root.name}"


def _at(root: RootField) -> str:
    return f"{root.upstream}.{root.function.name}"


def _called(at: str, old: Function, new: Function) -> Change:
    """Another way to the same function; of its binding, what differs is told."""
    was, now = _plain(old.binding), _plain(new.binding)
    differing = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    before, after = (_spelled({key: one.get(key) for key in differing}) for one in (was, now))
    return Change(Severity.SAFE, at, "it is called another way", before, after)


def _plain(binding: Any) -> dict[str, Any]:
    plain = msgspec.to_builtins(binding)
    return plain if isinstance(plain, dict) else {"binding": plain}


def _spelled(values: Mapping[str, Any]) -> str:
    text = ", ".join(f"{key}: {value}" for key, value in values.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
