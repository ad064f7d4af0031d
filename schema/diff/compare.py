"""Two schemas, what they call, and what trusted documents ask of them, as one list of changes."""

from collections.abc import Iterator
from dataclasses import replace

from schema.build import extended_of
from schema.diff import subgraphs
from schema.diff.functions import Functions, moved_urls
from schema.diff.model import ANYTHING, Change, Severity, Side
from schema.diff.schemas import compared
from schema.diff.uses import NO_USES, Uses

_ORDER = list(Severity)


def compare(
    old: Side, new: Side, uses: Uses = NO_USES, *, only: bool = False
) -> tuple[Change, ...]:
    """Every change, the most serious first.

    `only`: nothing runs but the documents whose uses are given, so that what none of them meets
    can break nobody.
    """
    found = (_met(one, uses, only=only) for one in _changes(old, new))
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.severity), one.at, one.reason)))


def _changes(old: Side, new: Side) -> Iterator[Change]:
    changes = compared(old.schema, new.schema)
    yield from subgraphs.compared(old.schema, new.schema)
    if old.merged is None or new.merged is None:
        yield from changes
        return
    functions = Functions(old.merged, new.merged)
    yield from map(functions.explained, changes)
    yield from functions.changes()
    yield from moved_urls(old, new)
    yield from _joins(old, new)


def _joins(old: Side, new: Side) -> Iterator[Change]:
    """The joins that worked: their fields stay, and answer with an error."""
    before = {one.at for one in extended_of(old.schema).problems}
    for one in extended_of(new.schema).problems:
        if one.at not in before:
            reason = f"the join cannot work any more: {one.message}"
            yield Change(Severity.BREAKING, one.at, reason, touches=ANYTHING)


def _met(change: Change, uses: Uses, *, only: bool) -> Change:
    if not uses.known or change.severity is Severity.SAFE:
        return change
    met = uses.meet(change)
    if met or change.severity is not Severity.BREAKING:
        return replace(change, used=met)
    severity = Severity.DANGEROUS if only else Severity.BREAKING
    reason = f"{change.reason}; no trusted document uses it"
    return replace(change, severity=severity, reason=reason, used=False)
