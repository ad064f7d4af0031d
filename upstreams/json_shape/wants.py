"""What is wanted of an object by its own names, each decoded once whoever wants it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from upstreams.shape import (
    Constant,
    Entries,
    Leaf,
    Many,
    Object,
    Part,
    Slot,
    Steps,
    Varied,
    Wanted,
)


@dataclass(frozen=True, slots=True)
class Want:
    """What is wanted of the values under one name."""

    of: tuple[Wanted, ...] = ()
    """What parts want of it, each once; several where aliases select differently."""
    required: bool = False
    needs: tuple[Steps, ...] = ()
    """The paths below it that slots need; the empty one is the value itself."""


def by_name(parts: Sequence[Part], needs: Iterable[Steps]) -> Mapping[str, Want]:
    """What is wanted under every name, for parts and for what slots need besides."""
    ahead = tuple(needs)
    wanted = [one for one in parts if not isinstance(one.of, Constant | Slot)]
    names = dict.fromkeys((*(one.name for one in wanted), *(steps[0] for steps in ahead)))
    return {
        name: want(
            [one for one in wanted if one.name == name],
            (steps[1:] for steps in ahead if steps[0] == name),
        )
        for name in names
    }


def want(parts: Sequence[Part], needs: Iterable[Steps]) -> Want:
    """What several parts want of the same value."""
    different: list[Wanted] = []
    for one in parts:
        if isinstance(one.of, Constant | Slot):
            continue
        # Slots are filled in each place: those who have some share nothing.
        if one.of not in different or slots(one.of):
            different.append(one.of)
    return Want(tuple(different), any(one.required for one in parts), tuple(dict.fromkeys(needs)))


def needed(parts: Iterable[Part]) -> Iterator[Steps]:
    """The paths that the slots among parts need."""
    for one in parts:
        if isinstance(one.of, Slot):
            yield from one.of.needs


def slots(wanted: Wanted) -> int:
    """How many slots there are."""
    return 1 + max(_indexes(wanted), default=-1)


def _indexes(wanted: Wanted) -> Iterator[int]:
    for one in objects(wanted):
        yield from (part.of.index for part in one.parts if isinstance(part.of, Slot))


def objects(wanted: Wanted) -> Iterator[Object]:
    """Every object in what is wanted, outer ones first."""
    match wanted:
        case Object(parts=parts):
            yield wanted
            for part in parts:
                if not isinstance(part.of, Constant | Slot):
                    yield from objects(part.of)
        case Varied(objects=members):
            for one in members.values():
                yield from objects(one)
        case Many(of=of) | Entries(of=of):
            yield from objects(of)
        case Leaf():
            return
