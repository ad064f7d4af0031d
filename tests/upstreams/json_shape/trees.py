"""Types made up at random, values of them as JSON, and what may be wanted of such values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Final, TypeAlias

from schema.enums import Enum
from schema.resolution import ByTagField, by_shape
from schema.scalars import SCALARS
from upstreams.model import EnumType, EnumValue, Scalar, ScalarKind
from upstreams.shape import Constant, Entries, Leaf, Many, Object, Part, Slot, Varied, Wanted

Json: TypeAlias = Any


class Dice(Random):
    """Chance, and how many slots there are so far."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.slots = count()


@dataclass(frozen=True)
class Type:
    """A type: makes values, and what may be wanted of them."""

    value: Callable[[Dice], Json]
    """Never null."""
    wanted: Callable[[Dice], Wanted]


Fields: TypeAlias = Mapping[str, tuple[Type, bool]]
"""Types by the backend's name, and whether the field is required."""

KEYS: Final = ("a", "b", "c", "d", "e", "f", "typename-", "é")
"""Names and response keys alike, so that they collide."""
TAG: Final = "b"
_TEXTS: Final = ("", "x", "é", "😀", 'a"\\\n', "2024-02-29", "007", "1.10", "true")


def _text(random: Dice) -> str:
    return random.choice(_TEXTS)


def _whole(low: int, high: int) -> Callable[[Dice], int]:
    return lambda random: random.choice((low, high, 0, random.randint(low, high)))


def _or_text(number: Callable[[Dice], int]) -> Callable[[Dice], Json]:
    return lambda random: random.choice((int, str))(number(random))


def _fraction(random: Dice) -> Json:
    return random.choice((0, -0.0, 1, 1.5, -1e-7, 1e300, random.random(), 2**53 + 1, 10**25))


def any_json(random: Dice, depth: int = 2) -> Json:
    """Any value, null among them."""
    match random.randrange(8 if depth else 6):
        case 0:
            return None
        case 1:
            return random.choice((True, False))
        case 2 | 3:
            return _text(random)
        case 4:
            return random.choice((7, -(2**31) - 1, 2**63, 10**30))
        case 5:
            return _fraction(random)
        case 6:
            return [any_json(random, depth - 1) for _ in range(random.randrange(3))]
        case _:
            return {key: any_json(random, depth - 1) for key in _some(random, KEYS, 3)}


_VALUES: Mapping[ScalarKind, Callable[[Dice], Json]] = {
    ScalarKind.STRING: _text,
    ScalarKind.INT: _whole(-(2**31), 2**31 - 1),
    ScalarKind.UNSIGNED_INT: _whole(0, 2**32 - 1),
    ScalarKind.FLOAT: _fraction,
    ScalarKind.BOOLEAN: lambda random: random.choice((True, False)),
    ScalarKind.ID: _or_text(_whole(-(10**20), 10**20)),
    ScalarKind.LONG: _or_text(_whole(-(2**63), 2**63 - 1)),
    ScalarKind.UNSIGNED_LONG: _or_text(_whole(0, 2**64 - 1)),
    ScalarKind.BIG_INT: lambda random: random.choice(("007", "-0", "+12", 10**40, "9" * 40)),
    ScalarKind.DECIMAL: lambda random: random.choice((_fraction(random), "1.10", "1e3", 7)),
    ScalarKind.DATE: _text,
    ScalarKind.UUID: _text,
    ScalarKind.BYTES: _text,
    ScalarKind.JSON: lambda random: any_json(random) or {"é": [1.10, None]},
}
_ENUMS = (("x", "y", "é"), ("x-1", "y"), (1, "1", True))


def _some(random: Dice, among: Sequence[str], most: int) -> list[str]:
    return random.sample(among, random.randint(0, min(most, len(among))))


def _leaf(random: Dice) -> Type:
    if random.random() < 0.2:
        return _enum(random.choice(_ENUMS))
    return _scalar(random.choice(tuple(_VALUES)))


def _scalar(kind: ScalarKind) -> Type:
    leaf = Leaf(kind, SCALARS[kind].coerce_output_value)
    return Type(_VALUES[kind], lambda _: leaf)


def _enum(values: tuple[Any, ...]) -> Type:
    made = Enum("E", EnumType("e", "E", values=tuple(EnumValue(f"v{o!r}", o) for o in values)))
    leaf = Leaf(None, made.coerce_output_value, made.texts)
    return Type(lambda random: random.choice(values), lambda _: leaf)


def _perhaps(random: Dice, of: Type, required: bool) -> Json:  # noqa: FBT001 - as fields have it
    return None if not required and random.random() < 0.2 else of.value(random)


def _list(of: Type, required: bool) -> Type:  # noqa: FBT001 - as fields have it
    return Type(
        lambda random: [_perhaps(random, of, required) for _ in range(random.randrange(4))],
        lambda random: Many(of.wanted(random), required),
    )


def _map(of: Type) -> Type:
    entry: Fields = {"key": (_scalar(ScalarKind.STRING), True), "value": (of, False)}
    return Type(
        lambda random: {key: _perhaps(random, of, False) for key in _some(random, KEYS, 3)},
        lambda random: Entries(Object("Entry", _parts(random, entry))),
    )


def _members(random: Dice, fields: Fields) -> dict[str, Json]:
    """An object of those fields and others, in any order."""
    found = {
        name: _perhaps(random, of, required)
        for name, (of, required) in fields.items()
        if required or random.random() < 0.8
    }
    others = {name: any_json(random) for name in _some(random, KEYS, 3) if name not in fields}
    both = [*found.items(), *others.items()]
    random.shuffle(both)
    return dict(both)


def _parts(random: Dice, fields: Fields) -> tuple[Part, ...]:
    shown = tuple(_part(random, key, fields) for key in _some(random, KEYS, 5))
    if fields and random.random() < 0.1:
        return (*shown, Part("", "", _slot(random, fields), required=False))
    return shown


def _part(random: Dice, key: str, fields: Fields) -> Part:
    kind = random.random()
    if kind < 0.1 or not fields:
        return Part(key, "", Constant(random.choice(("Type", None))), required=False)
    if kind < 0.2:
        return Part(key, "", _slot(random, fields), required=False)
    name = key if key in fields and random.random() < 0.6 else random.choice(tuple(fields))
    of, required = fields[name]
    return Part(key, name, of.wanted(random), required)


def _slot(random: Dice, fields: Fields) -> Slot:
    steps = ((random.choice(tuple(fields)), *_some(random, KEYS, 1)) for _ in range(2))
    return Slot(next(random.slots), tuple(steps))


def _object(fields: Fields) -> Type:
    return Type(
        lambda random: _members(random, fields),
        lambda random: Object("O", _parts(random, fields)),
    )


def _box(of: Type) -> Type:
    fields: Fields = {"value": (of, True)}
    return Type(of.value, lambda random: Object("Box", _parts(random, fields), boxed=True))


def _tagged(members: Mapping[str, Fields]) -> Type:
    """Objects told apart by a tag, which is the member's name."""
    tag = (_scalar(ScalarKind.STRING), True)
    names = {name: name for name in members}
    resolve = ByTagField(TAG, names)

    def value(random: Dice) -> Json:
        name = random.choice(tuple(members))
        return {**_members(random, members[name]), TAG: name}

    def wanted(random: Dice) -> Wanted:
        objects = {
            name: Object(name, _parts(random, {**fields, TAG: tag}))
            for name, fields in members.items()
        }
        return Varied(objects, lambda one: resolve(one, None, None), TAG, names)

    return Type(value, wanted)


def _shaped(members: Mapping[str, Fields]) -> Type:
    """Objects told apart by a field that each alone has; a text is another type."""
    own = {f"is{name}": name for name in members}
    resolve = by_shape([(name, (one,)) for one, name in own.items()], [("Box", Scalar(_STRING))])
    box = _box(_scalar(_STRING))

    def value(random: Dice) -> Json:
        one = random.choice((*own, ""))
        return {**_members(random, members[own[one]]), one: 1} if one else box.value(random)

    def wanted(random: Dice) -> Wanted:
        objects = {name: Object(name, _parts(random, fields)) for name, fields in members.items()}
        boxed = box.wanted(random)
        assert isinstance(boxed, Object)
        return Varied({**objects, "Box": boxed}, lambda one: resolve(one, None, None))

    return Type(value, wanted)


_STRING: Final = ScalarKind.STRING


def made_up(random: Dice, depth: int = 4) -> Type:
    """A type, nested at most so deep."""
    match random.randrange(12) if depth else 0:
        case 0:
            return _leaf(random)
        case 1 | 2 | 3:
            return _list(made_up(random, depth - 1), random.random() < 0.5)
        case 4:
            return _map(made_up(random, depth - 1))
        case 5:
            return _box(made_up(random, depth - 1))
        case 6:
            return _tagged(_varied(random, depth))
        case 7:
            return _shaped(_varied(random, depth))
        case _:
            return _object(_fields(random, depth))


def _fields(random: Dice, depth: int) -> Fields:
    return {
        name: (made_up(random, random.randrange(depth)), random.random() < 0.4)
        for name in _some(random, KEYS, 5)
    }


def _varied(random: Dice, depth: int) -> Mapping[str, Fields]:
    return {
        name: {key: one for key, one in _fields(random, depth).items() if key != TAG}
        for name in random.choice((("Cat",), ("Cat", "Dog"), ("Cat", "Dog", "Eel")))
    }


def spoiled(random: Dice, value: Json) -> Json:
    """The value, with something else in some of its places."""
    if random.random() < 0.07:
        return any_json(random)
    match value:
        case dict():
            kept = {key: one for key, one in value.items() if random.random() < 0.95}
            return {key: spoiled(random, one) for key, one in kept.items()}
        case list():
            return [spoiled(random, one) for one in value]
        case _:
            return value
