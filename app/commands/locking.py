"""What `splice check` says of the names that are kept, and how it keeps those there are."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.config import Config
from app.extensions import showings
from app.lock import named, write
from app.python_fields import python_roots
from app.snapshot import Snapshot
from schema.lock.changes import changes, given, kept, missing
from schema.lock.model import NO_LOCK, SHARED, Lock, Place
from schema.merge import Merged

MOST_LINES = 50


def judge(config: Config, snapshot: Snapshot, lock: Lock) -> list[str]:
    """Names that are kept in vain; what else a person should know of the lock is shown."""
    if not lock.names:
        return []
    names = given(_named(config, snapshot, lock))
    plain = given(_named(config, snapshot, NO_LOCK))
    show(_remarks(snapshot, lock, names, plain))
    return [
        f"{one.place}: {one.old} is in the lock, and taken; clients see {one.new}"
        for one in changes(lock.names, names)
    ]


def keep(config: Config, snapshot: Snapshot, lock: Lock) -> list[str]:
    """Write the lock that keeps every name there is; what of it changes is shown.

    The result is why it could not be written.
    """
    merged = _named(config, snapshot, lock)
    known = {*merged.catalogs, *(place.upstream for place in lock.names)}
    if unknown := [name for name in config.upstreams if name not in known]:
        return [
            f"the lock is not written, as it is not known what {', '.join(unknown)} offers:"
            " others would keep names that are not theirs"
        ]
    if config.lock is None:
        return ["there is no configuration to keep names for"]
    return _keep(config.lock, lock, kept(given(merged), lock, config.upstreams, merged))


def _named(config: Config, snapshot: Snapshot, lock: Lock) -> Merged:
    return named(snapshot.catalogs, lock, showings(config), python_roots(config))


def _keep(path: Path, old: Lock, new: Lock) -> list[str]:
    added, removed = missing(new.names, old.names), missing(old.names, new.names)
    changed = list(changes(old.names, new.names))
    try:
        if added or removed or changed or not path.exists():
            write(path, new)
    except (OSError, UnicodeEncodeError) as error:
        return [f"{path}: cannot be written: {error}"]
    show(f"added {place}: {new.names[place]}" for place in added)
    show(f"removed {place}: {old.names[place]}" for place in removed)
    show(f"changed {one.place}: {one.old}, now {one.new}" for one in changed)
    sys.stdout.write(
        f"{path.name}: {len(new.names)} names, {len(added)} added, {len(removed)} removed\n"
    )
    return []


def _remarks(
    snapshot: Snapshot, lock: Lock, names: Mapping[Place, str], plain: Mapping[Place, str]
) -> Iterator[str]:
    """`plain` is what the names would be without a lock."""
    for one in changes(plain, names):
        yield f"{one.place}: {one.new}; without the lock it would be {one.old}"
    for place in missing(names, lock.names):
        yield f"{place}: {names[place]} is not in the lock; `splice check --lock` keeps it"
    for place in _gone(snapshot, lock, names):
        yield f"{place}: {lock.names[place]} is kept, although nothing has it any more"


def show(lines: Iterable[str]) -> None:
    """As many lines as a person reads, and how many more there are."""
    for number, line in enumerate(listed := list(lines)):
        if number == MOST_LINES:
            sys.stdout.write(f"and {len(listed) - number} more\n")
            return
        sys.stdout.write(f"{line}\n")


def _gone(snapshot: Snapshot, lock: Lock, names: Mapping[Place, str]) -> Iterator[Place]:
    """What is locked, and not offered by an upstream that is known or not configured."""
    for place in missing(lock.names, names):
        finding = snapshot.findings.get(place.upstream)
        unseen = finding.catalog is None if finding else place.upstream == SHARED
        if not unseen or snapshot.ready:
            yield place
