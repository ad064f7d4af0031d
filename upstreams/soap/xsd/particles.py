"""Content models flattened: which elements there may be, how often, and which exclude others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, islice, product
from typing import Any as Untyped

from zeep.xsd import Any, Choice, Group, Sequence
from zeep.xsd import Element as Declaration

from upstreams.soap.xsd.spot import Naming

_MOST_GROUPS = 64
"""How many groups of exclusive fields one choice may give."""


@dataclass(frozen=True, slots=True)
class Particle:
    """An element, or room for any, at its place in the content of a type."""

    item: Untyped
    repeated: bool
    optional: bool
    turn: int
    branches: tuple[tuple[int, int], ...]
    """The choices it stands in, and which of their branches it is on."""

    def excludes(self, other: "Particle") -> bool:
        """Whether at most one of the two can be there."""
        mine, theirs = dict(self.branches), dict(other.branches)
        return any(mine[choice] != theirs[choice] for choice in mine.keys() & theirs.keys())


def particles(
    content: Iterable[Untyped],
    *,
    repeated: bool = False,
    optional: bool = False,
    turn: int = 0,
    branches: tuple[tuple[int, int], ...] = (),
) -> Iterator[Particle]:
    """Every element a content model has room for, in order."""
    for item in content:
        often = item.max_occurs == "unbounded" or item.max_occurs > 1
        rarely = optional or item.min_occurs == 0
        if item.max_occurs == 0:
            continue
        if isinstance(item, Declaration | Any):
            yield Particle(item, repeated or often, rarely, turn, branches)
        elif isinstance(item, Choice):
            alone = not (repeated or often)
            for number, branch in enumerate(item):
                yield from particles(
                    [branch],
                    repeated=repeated or often,
                    optional=True,
                    turn=turn or (id(item) if often else 0),
                    branches=(*branches, (id(item), number)) if alone else branches,
                )
        else:
            yield from particles(
                [item.child] if isinstance(item, Group) else item,
                repeated=repeated or often,
                optional=rarely,
                turn=turn or (id(item) if often else 0),
                branches=branches,
            )


def numbered(found: Iterable[Particle]) -> Iterator[Particle]:
    """The same with turns counted from 1, so that equal descriptions give equal layouts."""
    numbers = {0: 0}
    for particle in found:
        turn = numbers.setdefault(particle.turn, len(numbers))
        yield replace(particle, turn=turn)


def by_field(found: Iterable[Particle], naming: Naming) -> dict[str, list[Particle]]:
    """The particles by the field they are in: those of one name share one."""
    by_name: dict[str, list[Particle]] = {}
    for particle in found:
        name = "any" if isinstance(particle.item, Any) else particle.item.qname.text
        by_name.setdefault(name, []).append(particle)
    return {naming.clark(name): same for name, same in by_name.items()}


def may_meet(found: list[Particle]) -> bool:
    """Whether two of them can be there together."""
    return any(not one.excludes(other) for one, other in combinations(found, 2))


def exclusive(fields: Mapping[str, list[Particle]]) -> Iterator[tuple[str, ...]]:
    """Groups of fields of which at most one is given, one field of each branch of a choice."""
    choices: dict[int, dict[int, dict[str, None]]] = {}
    for name, same in fields.items():
        for particle in same:
            for choice, branch in particle.branches:
                choices.setdefault(choice, {}).setdefault(branch, {})[name] = None
    for branches in choices.values():
        for group in islice(product(*branches.values()), _MOST_GROUPS):
            if len(group) > 1 and not any(
                may_meet([*fields[one], *fields[other]]) for one, other in combinations(group, 2)
            ):
                yield group


def is_one_of(content: list[Untyped]) -> bool:
    """Whether a content model is one choice of elements, taken once, and nothing else."""
    match content:
        case [Choice(min_occurs=1, max_occurs=1) as choice]:
            return len(choice) > 1 and all(isinstance(each, Declaration) for each in choice)
        case [Sequence(min_occurs=1, max_occurs=1) as sequence]:
            return is_one_of(list(sequence))
        case _:
            return False
