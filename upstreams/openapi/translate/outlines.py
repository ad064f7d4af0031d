"""What a description declares of the answers that are no success."""

from collections.abc import Iterator, Mapping

from upstreams.json_schema import Dialect, Documents, Place, Unresolved
from upstreams.openapi.model import Form, Outline, Refusal
from upstreams.openapi.translate.forms import properties
from upstreams.openapi.translate.media import form
from upstreams.openapi.translate.operations import Operation, Scene

_DEPTH = 4
"""How deep an outline goes; what lies deeper is left out."""
_MEMBERS = 50


class Outlines:
    """The outlines of one description: each schema once."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._found: dict[str, Outline] = {}

    @property
    def found(self) -> tuple[tuple[str, Outline], ...]:
        return tuple(self._found.items())

    def key(self, schema: Place) -> str:
        """The key of a schema's outline; empty when it has none."""
        try:
            place = self._documents.resolve(schema)
        except Unresolved:
            return ""
        if place.at not in self._found:
            outline = self._outline(place, _DEPTH)
            if outline == Outline():
                return ""
            self._found[place.at] = outline
        return place.at

    def _outline(self, schema: Place, depth: int) -> Outline:
        try:
            place = self._documents.resolve(schema)
        except Unresolved:
            return Outline()
        if depth == 0:
            return Outline(_kinds(place))
        members: Mapping[str, Place] = dict(properties(self._documents, place))
        return Outline(
            _kinds(place),
            tuple(
                (name, self._outline(one, depth - 1))
                for name, one in list(members.items())[:_MEMBERS]
                if not one.flag("writeOnly")
            ),
            self._outline(place.child("items"), depth - 1) if "items" in place.members else None,
        )


def _kinds(place: Place) -> tuple[str, ...]:
    named = place.members.get("type")
    found = named if isinstance(named, list) else [named]
    kinds = tuple(kind for kind in found if isinstance(kind, str))
    return (*kinds, "null") if kinds and place.flag("nullable") else kinds


def refusals(scene: Scene, operation: Operation, outlines: Outlines) -> Iterator[Refusal]:
    """The declared answers that are no success, with what is said of their JSON."""
    for status, place in operation.place.child("responses").children():
        if status.startswith("2"):
            continue
        try:
            answer = scene.documents.resolve(place)
        except Unresolved:
            continue
        key = outlines.key(schema_of(scene, answer))
        if key:
            yield Refusal(status.upper() if status != "default" else status, key)


def schema_of(scene: Scene, answer: Place) -> Place:
    """The schema of an answer's JSON; its value is None where there is none."""
    if scene.dialect is Dialect.SWAGGER_2:
        return answer.child("schema")
    offered = answer.child("content").children()
    return next(
        (one.child("schema") for name, one in offered if form(name) is Form.JSON), Place(None)
    )
