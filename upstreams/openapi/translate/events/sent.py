"""The requests that a backend sends, one by one, as its description names them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from upstreams.json_schema import Place, Unresolved
from upstreams.model import Skipped
from upstreams.openapi.translate.operations import METHODS, Operation, Scene

_WEBHOOKS = ("x-webhooks", "webhooks")
"""The first is what descriptions before 3.1 say; where both are there, the second counts."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that the backend sends."""

    operation: Operation
    """Its path is the key of the callback, an expression, or of the webhook."""
    label: str
    scope: tuple[str, ...]
    asking: str = ""
    """The name of the operation a callback belongs to."""


_Found: TypeAlias = Iterator[Sent | Skipped]


def requests(scene: Scene, operations: Iterable[Operation]) -> _Found:
    """Every request that the backend may send, in the order of the document."""
    for operation in operations:
        for name, place in operation.place.child("callbacks").children():
            what = f"{operation.name} callback {name}"
            yield from _some(what, _callback(scene, operation, name, place))
    root = scene.documents.start
    webhooks = {name: item for key in _WEBHOOKS for name, item in root.child(key).children()}
    for name, item in webhooks.items():
        yield from _some(f"webhook {name}", _webhook(scene, name, item))


def _some(what: str, found: _Found) -> _Found:
    """What is found, or why it is nothing."""
    try:
        every = list(found)
    except Unresolved as error:
        yield Skipped(what, f"{error.at}: {error.reason}")
        return
    yield from every or (Skipped(what, "no request is described"),)


def _callback(scene: Scene, asking: Operation, name: str, place: Place) -> _Found:
    scope = (asking.label, *_tags(asking.place))
    named = f"{asking.name} callback {name}"
    for number, (expression, item) in enumerate(scene.documents.resolve(place).children()):
        # Nearly every callback has one expression; where there are more, they tell them apart.
        what = f"{named} {expression}" if number else named
        label = f"{asking.label} {name}"
        for one in _operations(scene, Operation(expression, "", item, item, what, label)):
            own = one.place.text("operationId")
            yield Sent(one, own or _labelled(name, one.method), scope, asking.name)


def _webhook(scene: Scene, name: str, item: Place) -> _Found:
    for one in _operations(scene, Operation(name, "", item, item, f"webhook {name}", name)):
        own = one.place.text("operationId")
        yield Sent(one, own or _labelled(name, one.method), tuple(_tags(one.place)))


def _operations(scene: Scene, around: Operation) -> Iterator[Operation]:
    """The operations of a path item, named after it."""
    item = scene.documents.resolve(around.item)
    for method in METHODS:
        place = item.child(method)
        if isinstance(place.value, dict):
            label = _labelled(around.label, method)
            yield Operation(around.path, method, place, item, f"{around.name} {method}", label)


def _labelled(label: str, method: str) -> str:
    """`newPet`, of which the request to delete is `newPet delete`."""
    return label if method == "post" else f"{label} {method}"


def _tags(place: Place) -> Iterator[str]:
    return (str(tag.value) for tag in place.child("tags").elements()[:1])
