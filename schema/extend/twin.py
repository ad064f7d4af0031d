"""The function that answers for many keys what another answers for one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schema.extend.answers import item
from schema.extend.batches import alone, type_at
from schema.extend.fits import fits, is_key
from schema.extend.wiring import Wiring
from schema.extend.world import Place, Typed, World
from schema.join import Steps
from schema.joins.called import MOST, Keyed
from schema.joins.values import EachKey, KeyPart, Members, Part, Value
from schema.merge import Root, roots
from upstreams.model import (
    Batch,
    Field,
    Function,
    ListOf,
    Required,
    Scalar,
    ScalarKind,
    TypeRef,
    nullable,
)

_NUMBERS = frozenset(
    {
        *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    }
)


@dataclass(frozen=True, slots=True)
class Twin:
    """A function to call for many in the place of one that is called for each."""

    function: Function
    keyed: Keyed


def twin(wiring: Wiring, place: Place) -> Twin | None:
    """The one such function; None where there is none, or not surely one.

    It takes nothing but the key that the other takes, by the same name, and gives a list of the
    same type. `place` is where the other's value is in its answer.
    """
    told = alone(wiring.values.values)
    if wiring.many or told is None or not isinstance(told[1], Part) or place.steps:
        return None
    wanted = _Wanted(wiring.world, wiring.upstream, told[0][-1], told[1].type, wiring.function)
    offered = wiring.world.functions(wiring.upstream)
    found = [one for each in offered if each != wiring.function and (one := wanted.by(each))]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for."""

    world: World
    upstream: str
    name: str
    """The key's, as an argument."""
    key: TypeRef
    function: Function

    def by(self, function: Function) -> Twin | None:
        """How that function does it."""
        batch = function.batch
        if batch is None or Root.QUERY not in roots(function):
            return None
        listed = type_at(self.world, self.upstream, function, batch.argument)
        if listed is None or not isinstance(plain := nullable(listed), ListOf):
            return None
        if not self._fits(plain.of) or not self._is_same(function, batch):
            return None
        if any(map(_hinders, self._others(function, batch))):
            return None
        keyed = Keyed(
            _nested(batch.argument),
            (plain.of,),
            self.world.types(self.upstream),
            batch.items,
            ((batch.key,),) if batch.key else (),
            batch.most or MOST,
        )
        return Twin(function, keyed)

    def _fits(self, wanted: TypeRef) -> bool:
        found, given = Typed(self.upstream, self.key), Typed(self.upstream, wanted)
        return is_key(self.world, found) and fits(self.world, found, given)

    def _is_same(self, function: Function, batch: Batch) -> bool:
        """Whether the answers are of the same type, told apart by the same thing."""
        answer = Typed(self.upstream, self.function.returns)
        items = self._items(function, batch)
        if items is None or self.world.spelled(answer) != self.world.spelled(items):
            return False
        label = _plain(self.world.spelled(answer))
        name = _plain(self.name)
        keys = [batch.key] if batch.key else [batch.argument[-1].removesuffix("s")]
        return any(_plain(key) in (name, name.removeprefix(label)) for key in keys)

    def _items(self, function: Function, batch: Batch) -> Typed | None:
        typed = Typed(self.upstream, function.returns)
        for step in batch.items:
            fields = {one.name: one for one in self.world.fields(typed).values()}
            if step not in fields:
                return None
            typed = Typed(self.upstream, fields[step].type)
        listed = isinstance(nullable(typed.ref), ListOf)
        return Typed(self.upstream, item(typed.ref)) if listed else None

    def _others(self, function: Function, batch: Batch) -> Iterator[Field]:
        """What the function takes beside the keys."""
        for argument in function.arguments:
            if argument.name != batch.argument[0]:
                yield argument
            elif len(batch.argument) > 1:
                below = self.world.fields(Typed(self.upstream, argument.type)).values()
                yield from (one for one in below if one.name != batch.argument[1])


def _hinders(field: Field) -> bool:
    """Whether an argument has to be given, or may mean that answers come in pages."""
    return isinstance(field.type, Required) or (
        isinstance(plain := nullable(field.type), Scalar) and plain.kind in _NUMBERS
    )


def _nested(path: Steps) -> Members:
    value: Value = EachKey(KeyPart(0))
    for step in reversed(path[1:]):
        value = Members({step: value})
    return Members({path[0]: value})


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
