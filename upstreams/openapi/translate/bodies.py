"""Request bodies and answers: which media type, which schema, how it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from upstreams.json_schema import Dialect, Direction, Place, own_name
from upstreams.model import Field, Required, Scalar, ScalarKind, TypeRef
from upstreams.openapi.model import Body, Form, Parameter, Style, Where
from upstreams.openapi.translate.media import best, essence, form
from upstreams.openapi.translate.operations import Operation, Scene

_SENT = (Form.JSON, Form.URLENCODED, Form.TEXT, Form.BYTES)
_READ = (Form.JSON, Form.TEXT, Form.BYTES, Form.URLENCODED)

_STYLES = {
    "form": Style.FORM,
    "deepObject": Style.DEEP,
    "spaceDelimited": Style.SPACE,
    "pipeDelimited": Style.PIPE,
}


class Unsendable(Exception):  # noqa: N818 - a reason to skip an operation, never seen by callers
    """No media type of a request body is one that we can write."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives back, and how it is read."""

    returns: TypeRef
    form: Form
    accept: str


Sent: TypeAlias = tuple[Field | None, Body]

VOID = Answer(Scalar(ScalarKind.VOID), Form.NONE, "*/*")


def body(
    scene: Scene, operation: Operation, parameters: Sequence[Place], taken: set[str]
) -> Sent | None:
    """The argument for the request body and how it is written; None when there is no body.

    Raises `Unsendable` and `Unresolved`.
    """
    if scene.dialect is Dialect.SWAGGER_2:
        return _old_body(scene, operation, parameters, taken)
    place = scene.documents.resolve(operation.place.child("requestBody"))
    offered = list(place.child("content").members)
    if not offered:
        return None
    chosen = best(offered, _SENT)
    if chosen is None:
        raise Unsendable(f"{place.at}: cannot send {', '.join(map(repr, offered))}")
    content = place.child("content", chosen)
    field = _field(scene, operation, content.child("schema"), form(chosen), place, taken)
    fields = tuple(_encoded(content)) if form(chosen) is Form.URLENCODED else ()
    return field, Body(form(chosen), _concrete(chosen), field.name, fields)


def _old_body(
    scene: Scene, operation: Operation, parameters: Sequence[Place], taken: set[str]
) -> Sent | None:
    """The body in the terms of Swagger 2.0: one `body` parameter, or the `formData` ones."""
    consumed = _old_media(scene, operation, "consumes")
    fields = [place for place in parameters if place.text("in") == "formData"]
    if fields:
        if any(place.text("type") == "file" for place in fields) or (
            consumed and best(consumed, (Form.URLENCODED,)) is None
        ):
            raise Unsendable(f"{operation.place.at}: cannot send a multipart form")
        return None, Body(Form.URLENCODED, "application/x-www-form-urlencoded")
    place = next((place for place in parameters if place.text("in") == "body"), None)
    if place is None:
        return None
    chosen = best(consumed or ["application/json"], _SENT)
    if chosen is None:
        raise Unsendable(f"{operation.place.at}: cannot send {', '.join(map(repr, consumed))}")
    how = Form.JSON if form(chosen) is Form.URLENCODED else form(chosen)
    field = _field(scene, operation, place.child("schema"), how, place, taken)
    return field, Body(how, _concrete(chosen), field.name)


def _field(
    scene: Scene, operation: Operation, schema: Place, how: Form, place: Place, taken: set[str]
) -> Field:
    """The argument for a body: `place` describes the body, `schema` its content."""
    name = _name(scene, place, taken)
    match how:
        case Form.TEXT:
            field = Field(name, Scalar(ScalarKind.STRING))
        case Form.BYTES:
            field = Field(name, Scalar(ScalarKind.BYTES))
        case _ if schema.value is None:
            field = Field(name, scene.types.degrade(place.at, "the request body has no schema"))
        case _:
            field = scene.types.field(name, schema, own_name(place) or operation.label)
    return msgspec.structs.replace(
        field,
        type=Required(field.type) if place.flag("required") else field.type,
        description=place.text("description") or field.description,
        source=place.at,
    )


def _name(scene: Scene, place: Place, taken: set[str]) -> str:
    """`input`; or `body`, where a parameter has that name."""
    name = next(one for one in ("input", "body", "request body") if one not in taken)
    if name != "input":
        scene.types.assume(place.at, f"a parameter is called 'input'; the body is {name!r}")
    return name


def _encoded(content: Place) -> Iterator[Parameter]:
    """The fields of a form for which the description says how they are written."""
    for name, said in content.child("encoding").children():
        style = _STYLES.get(said.text("style"), Style.FORM)
        if form(said.text("contentType") or "text/plain") is Form.JSON:
            style = Style.JSON
        explode = said.members.get("explode", style in (Style.FORM, Style.DEEP)) is True
        yield Parameter(name, Where.FORM, name, style, explode, said.flag("allowReserved"))


def answer(scene: Scene, operation: Operation) -> Answer:
    """What a successful call gives back. Raises `Unresolved`."""
    found = [
        (status, scene.documents.resolve(place))
        for status, place in operation.place.child("responses").children()
    ]
    good = _good(found)
    if operation.method == "head" or not good:
        return VOID
    chosen = next((place for place in good if _reads(scene, operation, place) is Form.JSON), None)
    chosen = chosen or next((place for place in good if _reads(scene, operation, place)), None)
    if chosen is None:
        return VOID
    for other in good:
        if _reads(scene, operation, other) and _differs(chosen, other):
            scene.types.assume(other.at, f"its answer is taken to be that of {chosen.at}")
    return _answer(scene, operation, chosen)


def _good(found: list[tuple[str, Place]]) -> list[Place]:
    """The answers of success, by rising status; `default` where there are none."""
    good = sorted((status for status, _ in found if status.startswith("2"))) or ["default"]
    return [place for wanted in good for status, place in found if status == wanted]


def _reads(scene: Scene, operation: Operation, place: Place) -> Form | None:
    """How an answer is read; None when it has no body."""
    chosen = best(_offered(scene, operation, place), _READ)
    return None if chosen is None else form(chosen)


def _differs(one: Place, other: Place) -> bool:
    """Whether two answers are described as having different bodies."""
    return (one.members.get("content"), one.members.get("schema")) != (
        other.members.get("content"),
        other.members.get("schema"),
    )


def _offered(scene: Scene, operation: Operation, place: Place) -> list[str]:
    if scene.dialect is not Dialect.SWAGGER_2:
        return list(place.child("content").members)
    if not place.child("schema").members:
        return []
    if place.child("schema").text("type") == "file":
        return ["application/octet-stream"]
    return _old_media(scene, operation, "produces") or ["application/json"]


def _old_media(scene: Scene, operation: Operation, key: str) -> list[str]:
    """What an operation `consumes` or `produces` (Swagger 2.0): its own say, or the document's."""
    owner = operation.place if key in operation.place.members else scene.documents.start
    return [str(one.value) for one in owner.child(key).elements()]


def _answer(scene: Scene, operation: Operation, place: Place) -> Answer:
    chosen = best(_offered(scene, operation, place), _READ) or ""
    match form(chosen):
        case Form.JSON:
            return Answer(_decoded(scene, operation, place, chosen), Form.JSON, _concrete(chosen))
        case Form.BYTES:
            return Answer(Scalar(ScalarKind.BYTES), Form.BYTES, chosen)
        case _:
            if chosen.endswith(("xml", "yaml")):
                scene.types.assume(place.at, f"{essence(chosen)} is given as text")
            return Answer(Scalar(ScalarKind.STRING), Form.TEXT, chosen)


def _decoded(scene: Scene, operation: Operation, place: Place, chosen: str) -> TypeRef:
    content = place.child("content", chosen) if "content" in place.members else place
    schema = content.child("schema")
    if schema.value is None:
        return scene.types.degrade(content.at, "the answer has no schema")
    label = own_name(place) or operation.label
    return scene.types.meaning(schema, Direction.OUT, label).ref


def _concrete(media_type: str) -> str:
    """A media type that can be sent or asked for: `*/*` -> `application/json`"""
    return "application/json" if "*" in media_type else media_type
