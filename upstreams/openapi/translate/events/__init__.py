"""Callbacks and webhooks as functions whose messages the backend sends (OpenAPI 3.1.1 §4.8.18).

A callback belongs to an operation: its function takes that operation's arguments but for the
address to call, which is the gateway's to give. A webhook is asked for by hand, without arguments.
Read in this order: `sent` (what there is), `reading` (how it is read), `pruning` (arguments without
the address).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from upstreams.json_schema import DEPRECATED
from upstreams.model import (
    Effect,
    Field,
    Flow,
    FromArguments,
    Function,
    InputType,
    ListOf,
    Scalar,
    ScalarKind,
    Skipped,
    TypeDef,
)
from upstreams.openapi.model import Binding, Incoming
from upstreams.openapi.translate.events.pruning import Pruning
from upstreams.openapi.translate.events.reading import Read, read
from upstreams.openapi.translate.events.sent import Sent, requests
from upstreams.openapi.translate.expressions import Inexpressible, Shapes, Speaker
from upstreams.openapi.translate.operations import Operation, Scene

OFF = "callbacks and webhooks are off; set events: true"


class Awaited(NamedTuple):
    """What became of the callbacks and webhooks of a description."""

    functions: tuple[Function[Binding], ...]
    types: tuple[InputType, ...]
    """What their arguments need beside the types there are."""
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A request that can be read, and where its address is told."""

    read: Read
    origin: Function[Binding] | None
    address: tuple[str, ...]

    @property
    def shared(self) -> tuple[str, ...]:
        """What requests to the same address have in common."""
        return (self.origin.name, *self.address) if self.origin else (_standing(self.read.sent),)


class Events:
    """The callbacks and webhooks of one description while it is translated.

    Their messages are read before the types are finished, their arguments come of finished ones.
    """

    def __init__(
        self, scene: Scene, declared: Iterable[Operation | Skipped], *, wanted: bool
    ) -> None:
        """`declared` are the operations of the description; callbacks stand in them."""
        self._scene = scene
        self._skipped: list[Skipped] = []
        self._read: list[Read] = []
        for one in requests(scene, (one for one in declared if isinstance(one, Operation))):
            found = _found(scene, one, wanted=wanted)
            if isinstance(found, Skipped):
                self._skipped.append(found)
            else:
                self._read.append(found)

    def finish(self, functions: Sequence[Function[Binding]], types: Sequence[TypeDef]) -> Awaited:
        """The functions they become, where `functions` are those that ask for callbacks."""
        pruning = Pruning(types)
        placed = list(self._placed({one.name: one for one in functions}, Shapes(types)))
        made = tuple(_function(one, placed, pruning) for one in placed)
        return Awaited(made, pruning.made, tuple(self._skipped))

    def _placed(
        self, origins: Mapping[str, Function[Binding]], shapes: Shapes
    ) -> Iterator[_Placed]:
        for one in self._read:
            asking = one.sent.asking
            try:
                if not asking:
                    yield _Placed(one, None, ())
                elif asking in origins:
                    yield self._asked(one, origins[asking], shapes)
                else:
                    self._skip(one, f"{asking}, which asks for it, is itself skipped")
            except Inexpressible as error:
                self._skip(one, str(error))

    def _asked(self, one: Read, origin: Function[Binding], shapes: Shapes) -> _Placed:
        """Where the request of the origin says the address. Raises `Inexpressible`."""
        at = one.sent.operation.place.at
        speaker = Speaker(origin, shapes, lambda said: self._scene.types.assume(at, said))
        found = speaker.read(one.expression, Scalar(ScalarKind.JSON))
        path = found.path if isinstance(found, FromArguments) else ()
        texts = tuple(step for step in path if isinstance(step, str))
        if not texts or len(texts) < len(path):
            raise Inexpressible(f"no address can be put at {one.expression!r}")
        return _Placed(one, origin, texts)

    def _skip(self, one: Read, reason: str) -> None:
        self._skipped.append(Skipped(one.sent.operation.name, reason))


def _found(scene: Scene, one: Sent | Skipped, *, wanted: bool) -> Read | Skipped:
    if isinstance(one, Skipped):
        return one
    return read(scene, one) if wanted else Skipped(one.operation.name, OFF)


def _standing(sent: Sent) -> str:
    """What the address of a webhook is named after; empty for a callback."""
    return "" if sent.asking else sent.operation.path


def _function(one: _Placed, every: Sequence[_Placed], pruning: Pruning) -> Function[Binding]:
    sent, message = one.read.sent, one.read.message
    place = sent.operation.place
    incoming = Incoming(
        one.read.hook,
        tuple(o.read.hook for o in every if o is not one and o.shared == one.shared),
        sent.asking,
        one.address,
    )
    return Function(
        name=sent.operation.name,
        label=sent.label,
        effect=one.origin.effect if one.origin else Effect.READ,
        returns=ListOf(message.returns),
        binding=Binding(
            method=one.read.hook.method,
            path=sent.operation.path,
            parameters=one.read.carried,
            answer=message.form,
            accept=message.accept,
            incoming=incoming,
        ),
        arguments=tuple(_arguments(one, pruning)),
        flow=Flow.EVENTS,
        scope=sent.scope,
        description=place.text("description") or place.text("summary"),
        deprecated=DEPRECATED if place.flag("deprecated") else None,
        source=place.at,
        standing=_standing(sent),
    )


def _arguments(one: _Placed, pruning: Pruning) -> Iterator[Field]:
    """The arguments of the operation that asks, without the address."""
    for field in one.origin.arguments if one.origin else ():
        if field.name != one.address[0]:
            yield field
        elif left := pruning.without(field, one.address[1:], one.read.sent.label):
            yield left
