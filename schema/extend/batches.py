"""Calls for many objects at once: what tells the answers apart, and how many may be asked for."""

from collections.abc import Iterator, Mapping

from schema.extend.answers import item
from schema.extend.fits import fits, is_key
from schema.extend.model import Call, Wrong
from schema.extend.wiring import Wiring
from schema.extend.world import Place, Typed, World
from schema.join import Steps
from schema.joins.called import MOST, Keyed
from schema.joins.values import EachKey, KeyPart, Members, Value
from upstreams.model import Batch, Function, TypeRef


def keyed(wiring: Wiring, place: Place) -> Keyed:
    """How the function answers for many; `place` is its list. Raises `Wrong`."""
    known = wiring.known
    if len(known.keys) != len(known.needs):
        raise Wrong(
            wiring.call.function, "a call is for one object or for many: $parent or $parents"
        )
    batch = _recognised(wiring)
    return Keyed(
        wiring.values,
        tuple(known.keys),
        wiring.world.types(wiring.upstream),
        place.steps,
        _match(wiring, wiring.typed(item(place.ref)), batch),
        _most(wiring.call, batch),
    )


def check_single(call: Call) -> None:
    """Raises `Wrong` where something is said that only calls for many objects know."""
    for name in ("match", "batchSize"):
        if name in call.written:
            raise Wrong(call.written[name], f"{name}: there are no keys, as nothing is $parents.…")


def _recognised(wiring: Wiring) -> Batch | None:
    """What discovery knows of the keys that are passed on; None where they go elsewhere."""
    batch = wiring.function.batch
    goes = batch and value_at(wiring.values, batch.argument) == EachKey(KeyPart(0))
    return batch if goes else None


def value_at(values: Value, path: Steps) -> Value | None:
    """What is passed on at a path of arguments."""
    found: Value | None = values
    for step in path:
        found = found.values.get(step) if isinstance(found, Members) else None
    return found


def _match(wiring: Wiring, answer: Typed, batch: Batch | None) -> tuple[Steps, ...]:
    call = wiring.call
    if call.match is not None:
        if call.match and len(call.match) != len(wiring.known.keys):
            passed = len(wiring.known.keys)
            raise Wrong(
                call.written["match"],
                f"match: {passed} keys are passed on, {len(call.match)} named",
            )
        return tuple(_matches(wiring, answer, call.match))
    if batch is None:
        shown = wiring.world.spelled(answer)
        raise Wrong(call.function, f"match: which field of {shown} says which key it answers?")
    return ((batch.key,),) if batch.key else ()


def _matches(wiring: Wiring, answer: Typed, names: tuple[str, ...]) -> Iterator[Steps]:
    """The parts of an item that are named. Raises `Wrong`."""
    world, node = wiring.world, wiring.call.written["match"].value
    for name, key in zip(names, wiring.known.keys, strict=False):
        found = wiring.known.looked_up(node, answer, name)
        given, wanted = wiring.typed(found.ref), wiring.typed(key)
        if not is_key(world, given) or not fits(world, given, wanted):
            raise Wrong(
                node, f"match: {name} is {world.shown(given)}, the key {world.shown(wanted)}"
            )
        yield found.steps


def _most(call: Call, batch: Batch | None) -> int:
    most = batch.most if batch else None
    if call.most is None:
        return most or MOST
    if most and call.most > most:
        raise Wrong(call.written["batchSize"], f"batchSize: the function takes {most} keys at most")
    return call.most


def alone(values: Mapping[str, Value]) -> tuple[Steps, Value] | None:
    """The one thing that is passed on, and where; None where there are several."""
    if len(values) != 1:
        return None
    name, value = next(iter(values.items()))
    if not isinstance(value, Members):
        return (name,), value
    below = alone(value.values)
    return below and ((name, *below[0]), below[1])


def type_at(world: World, upstream: str, function: Function, path: Steps) -> TypeRef | None:
    """The type of an argument, or of what is below one."""
    fields = {one.name: one for one in function.arguments}
    ref: TypeRef | None = None
    for step in path:
        if step not in fields:
            return None
        ref = fields[step].type
        fields = {one.name: one for one in world.fields(Typed(upstream, ref)).values()}
    return ref
