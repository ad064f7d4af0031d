"""Settings of upstreams that find nothing, or give names that something else has."""

from collections.abc import Iterable, Iterator

from schema.extend.model import Problem, near
from schema.merge import Merged, Showings
from schema.shaping.showing import Showing, matches
from upstreams.model import Function


def unmatched(showings: Showings, merged: Merged) -> Iterator[Problem]:
    """The mistakes in what is said of upstreams that are known."""
    for upstream, showing in showings.items():
        if upstream in merged.catalogs:
            yield from _vain(upstream, showing, merged.catalogs[upstream].functions)
    yield from _ungiven(showings, merged)


def _vain(upstream: str, showing: Showing, functions: Iterable[Function]) -> Iterator[Problem]:
    for setting, glob in showing.globs:
        if not any(matches(glob, one) for one in functions):
            names = [name for one in functions for name in (one.name, one.label)]
            at = showing.places.get((setting, glob), f"{upstream}: {setting}")
            yield Problem(at, f"{upstream} has no function like {glob!r}{near(glob, names)}")


def _ungiven(showings: Showings, merged: Merged) -> Iterator[Problem]:
    """Names that were wished for, and went to something else."""
    for root in merged.root_fields:
        showing = showings.get(root.upstream)
        wanted = showing and showing.renamed(root.function)
        if showing and wanted and wanted != root.name:
            glob = showing.found(root.function) or ""
            at = showing.places.get(("rename", glob), f"{root.upstream}: rename")
            taken = f"{root.root.value}.{wanted} is taken"
            yield Problem(at, f"{taken}: {root.function.name} is {root.name}")
