"""What a join asks of its function beside what a client selects."""

from collections.abc import Iterator, Sequence

from schema.join import Join


def with_join(join: Join, selection: Sequence[str]) -> tuple[str, ...]:
    """The selected paths as the function knows them, with what tells a batch's items apart."""
    return tuple(dict.fromkeys(_paths(join, selection)))


def _paths(join: Join, selection: Sequence[str]) -> Iterator[str]:
    batched = join.batched
    above = batched.items if batched else join.result
    yield from (".".join((*above, path)) for path in selection)
    if batched:
        yield from (".".join((*above, *steps)) for steps in batched.match)
