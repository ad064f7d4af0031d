"""How what a backend sends is read, where it is sent, and what it is answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from upstreams.json_schema import Direction, Place, Unresolved
from upstreams.model import Skipped
from upstreams.openapi.model import Form, Hook, Parameter, Where
from upstreams.openapi.translate import bodies, parameters
from upstreams.openapi.translate.events.sent import Sent
from upstreams.openapi.translate.expressions import Inexpressible
from upstreams.openapi.translate.operations import Operation, Scene

_ADDRESS = re.compile(r"\{(\$request\.[^{}]+)\}(.*)|(\$request\.[^{}]+)", re.DOTALL)
_EMBEDDED = re.compile(r"\{[^{}]*\}")
_SUCCESS = re.compile(r"2[0-9][0-9]")
_ACCEPTED = 204
"""What a request is answered with where the description does not say."""
_CARRYING = {"query": Where.QUERY, "header": Where.HEADER}
"""Where a request without a body says something."""


@dataclass(frozen=True, slots=True)
class Read:
    """A request that the backend sends, and how it is read."""

    sent: Sent
    hook: Hook
    expression: str
    """What the address is in the request that asks; empty for a webhook."""
    message: bodies.Answer
    carried: tuple[Parameter, ...] = ()
    """What the message is made of where there is no body."""


def read(scene: Scene, one: Sent) -> Read | Skipped:
    """How a request is read, or why it is not."""
    operation = one.operation
    try:
        expression, suffix = _address(operation.path) if one.asking else ("", "")
        message, carried = _message(scene, operation)
    except (Inexpressible, bodies.Unsendable) as reason:
        return Skipped(operation.name, str(reason))
    except Unresolved as error:
        return Skipped(operation.name, f"{error.at}: {error.reason}")
    hook = Hook(operation.method.upper(), suffix, _status(operation.place))
    return Read(one, hook, expression, message, carried)


def _address(key: str) -> tuple[str, str]:
    """What is the address in the request that asks, and what the backend adds to it.

    `{$request.query.url}/data?id={$request.body#/id}` -> `$request.query.url`, `/data`. Raises
    `Inexpressible`.
    """
    found = _ADDRESS.fullmatch(key.strip())
    if found is None:
        raise Inexpressible(f"the request that asks does not say where to call: {key!r}")
    suffix = _EMBEDDED.sub("{}", found[2] or "")
    return found[1] or found[3], re.split(r"[?#]", suffix)[0]


def _status(place: Place) -> int:
    declared = (key for key in place.child("responses").members if _SUCCESS.fullmatch(key))
    return int(min(declared, default=_ACCEPTED))


def _message(scene: Scene, operation: Operation) -> tuple[bodies.Answer, tuple[Parameter, ...]]:
    """How the request is read: its body or, without one, its parameters."""
    message = bodies.message(scene, operation)
    declared = [
        place for place in parameters.declared(scene, operation) if place.text("in") in _CARRYING
    ]
    if declared and message.form is not Form.NONE:
        at = operation.place.child("parameters").at
        scene.types.assume(at, "only the body of what the backend sends is shown")
    if not declared or message.form is not Form.NONE:
        return message, ()
    carried = tuple(
        Parameter(name, _CARRYING[place.text("in")], name)
        for place in declared
        if (name := place.text("name"))
    )
    schema = _together(operation, declared)
    returns = scene.types.meaning(schema, Direction.OUT, operation.label).ref
    return bodies.Answer(returns, Form.NONE, message.accept), carried


def _together(operation: Operation, declared: Sequence[Place]) -> Place:
    """The parameters as the properties of one object."""
    at = operation.place.child("parameters")
    properties = {place.text("name"): place.members.get("schema", {}) for place in declared}
    required = [place.text("name") for place in declared if place.flag("required")]
    schema = {"type": "object", "properties": properties, "required": required}
    return Place(schema, at.document, at.pointer)
