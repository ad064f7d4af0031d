"""Request bodies and answers: which media type, which schema, how it is written."""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from upstreams.json_schema import Dialect, Direction, Place, own_name
from upstreams.model import Field, Required, Scalar, ScalarKind, TypeRef, Value
from upstreams.openapi.model import Body, Form
from upstreams.openapi.translate import forms, markup
from upstreams.openapi.translate.media import MISNAMED, OCTETS, accepted, best, essence, form
from upstreams.openapi.translate.operations import Operation, Scene

_ORDER = (Form.JSON, Form.URLENCODED, Form.MULTIPART, Form.XML, Form.TEXT, Form.BYTES)
"""Of several media types, the one that says most of a value's parts comes first."""
_FILES = (Form.JSON, Form.MULTIPART, *_ORDER)
"""The same for a form with files, which only a multipart body carries as they are."""
_OLD = (Form.JSON, Form.XML, Form.TEXT, Form.BYTES)
"""What a body of Swagger 2.0 is written as: forms have parameters of their own."""
_READ = (Form.JSON, Form.XML, Form.TEXT, Form.BYTES, Form.URLENCODED)


class Unsendable(Exception):  # noqa: N818 - a reason to skip an operation, never seen by callers
    """No media type of a request body is one that we can write."""


class Answer(Value, frozen=True):
    """What a call gives back, and how it is read."""

    returns: TypeRef
    form: Form
    accept: str
    successes: tuple[str, ...] = ()
    """The statuses it comes with."""
    bodiless: tuple[str, ...] = ()
    """The statuses of success that come with nothing."""


Sent: TypeAlias = tuple[Field | None, Body]

VOID = Answer(Scalar(ScalarKind.VOID), Form.NONE, "*/*")


def body(
    scene: Scene, operation: Operation, parameters: Sequence[Place], taken: set[str]
) -> Sent | None:
    """The argument for the request body and how it is written; None when there is no body.

    Raises `Unresolved`.
    """
    if scene.dialect is Dialect.SWAGGER_2:
        return _old_body(scene, operation, parameters, taken)
    place = scene.documents.resolve(operation.place.child("requestBody"))
    scene.types.check(place)
    offered = list(place.child("content").members)
    if not offered:
        return None
    chosen = _chosen(scene, place, offered)
    content = place.child("content", chosen)
    schema = content.child("schema")
    how = _sent_as(scene, schema, chosen)
    field = _field(scene, operation, schema, how, place, taken)
    many = how is Form.MULTIPART
    if how is Form.BYTES:
        same = [one for one in offered if _sent_as(scene, schema, one) is how]
        return field, _file(field, same)
    return field, Body(
        how,
        _sendable(scene, place, chosen),
        field.name,
        tuple(forms.fields(content, only_styled=many)) if many or how is Form.URLENCODED else (),
        tuple(forms.parts(scene, content)) if many else (),
        markup.root(scene.documents, schema) if how is Form.XML else None,
    )


def _chosen(scene: Scene, place: Place, offered: Sequence[str]) -> str:
    """The media type that is sent."""
    files = any(
        form(one) is Form.MULTIPART
        and forms.has_files(scene, place.child("content", one, "schema"))
        for one in offered
    )
    order = _FILES if files else _ORDER
    return min(offered, key=lambda one: order.index(form(one)))


def _how(scene: Scene, schema: Place, media_type: str) -> Form:
    """How content is written or read.

    XML of which no element is described is text, and so is a form that is described as one.
    """
    how = form(media_type)
    if how is Form.URLENCODED and scene.documents.resolve(schema).text("type") == "string":
        return Form.TEXT
    if how is Form.XML and not markup.structured(scene.documents, schema):
        return Form.TEXT
    return how


def _sent_as(scene: Scene, schema: Place, media_type: str) -> Form:
    """How a body is written: a file is sent as it is, unless it would not be what is announced."""
    how = _how(scene, schema, media_type)
    open_to_files = how in (Form.TEXT, Form.XML) or "*" in media_type
    return Form.BYTES if open_to_files and scene.types.is_file(schema) else how


def _file(field: Field, offered: Sequence[str]) -> Body:
    """A body that is a file, of one of some media types."""
    media_type, accepts = accepted(offered)
    return Body(Form.BYTES, media_type or OCTETS, field.name, accepts=accepts)


def _sendable(scene: Scene, place: Place, chosen: str) -> str:
    if essence(chosen) == MISNAMED:
        scene.types.assume(place.at, f"{MISNAMED} is taken to mean multipart/form-data")
        return "multipart/form-data"
    return _concrete(chosen)


def _old_body(
    scene: Scene, operation: Operation, parameters: Sequence[Place], taken: set[str]
) -> Sent | None:
    """The body in the terms of Swagger 2.0: one `body` parameter, or the `formData` ones."""
    consumed = _old_media(scene, operation, "consumes")
    fields = [place for place in parameters if place.text("in") == "formData"]
    if fields:
        files = any(place.text("type") == "file" for place in fields)
        plain = not consumed or best(consumed, (Form.URLENCODED,)) is not None
        if plain and not files:
            return None, Body(Form.URLENCODED, "application/x-www-form-urlencoded")
        return None, Body(
            Form.MULTIPART, "multipart/form-data", parts=tuple(forms.old_parts(fields))
        )
    place = next((place for place in parameters if place.text("in") == "body"), None)
    if place is None:
        return None
    chosen = best(consumed, _OLD) or "application/json"
    schema = place.child("schema")
    how = _sent_as(scene, schema, chosen)
    field = _field(scene, operation, schema, how, place, taken)
    if how is Form.BYTES:
        same = [one for one in consumed if _sent_as(scene, schema, one) is how]
        return field, _file(field, same)
    root = markup.root(scene.documents, schema) if how is Form.XML else None
    return field, Body(how, _concrete(chosen), field.name, markup=root)


def _field(
    scene: Scene, operation: Operation, schema: Place, how: Form, place: Place, taken: set[str]
) -> Field:
    """The argument for a body: `place` describes the body, `schema` its content."""
    name = _name(scene, place, taken)
    match how:
        case Form.TEXT:
            field = Field(name, Scalar(ScalarKind.STRING))
        case Form.BYTES:
            field = Field(name, Scalar(ScalarKind.UPLOAD))
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


def answer(scene: Scene, operation: Operation) -> Answer:
    """What a successful call gives back. Raises `Unresolved`."""
    good = successes(scene, operation)
    reads = {status: _reads(scene, operation, place) for status, place in good.items()}
    valued = tuple(status for status, how in reads.items() if how is not None)
    bodiless = tuple(status for status in good if status not in valued)
    if operation.method == "head" or not valued:
        return msgspec.structs.replace(VOID, bodiless=tuple(good))
    first = next((status for status in valued if reads[status] is Form.JSON), valued[0])
    chosen = good[first]
    others = [good[status] for status in valued if _differs(chosen, good[status])]
    found = _answer(scene, operation, chosen, _schemas(scene, operation, chosen, others))
    return msgspec.structs.replace(found, successes=valued, bodiless=bodiless)


def message(scene: Scene, operation: Operation) -> Answer:
    """What a backend says when it calls itself: the request's body, read as an answer is.

    Raises `Unsendable` where no media type is one that we can read, and `Unresolved`.
    """
    place = scene.documents.resolve(operation.place.child("requestBody"))
    offered = list(place.child("content").members)
    if not offered:
        return VOID
    chosen = best(offered, _READ)
    if chosen is None:
        raise Unsendable(f"{place.at}: cannot read {', '.join(map(repr, offered))}")
    if form(chosen) is Form.URLENCODED:
        returns = _decoded(scene, operation, place.child("content", chosen), place, ())
        return Answer(returns, Form.URLENCODED, chosen)
    return _answer(scene, operation, place, ())


def _schemas(
    scene: Scene, operation: Operation, chosen: Place, others: list[Place]
) -> tuple[Place, ...]:
    """The schemas of what succeeds, each once, the chosen answer's first; others must be JSON."""
    found = json_schema(scene, operation, chosen)
    schemas = [found] if found else []
    for place in others:
        schema = json_schema(scene, operation, place) if found else None
        if schema is None:
            scene.types.assume(place.at, f"its answer is taken to be that of {chosen.at}")
        elif all(schema.value != other.value for other in schemas):
            schemas.append(schema)
    return tuple(schemas)


def json_schema(scene: Scene, operation: Operation, place: Place) -> Place | None:
    """The schema of an answer that is JSON; None where it is not, or has none."""
    media_type = best(_offered(scene, operation, place), _READ) or ""
    schema = _content(place, media_type).child("schema")
    return schema if form(media_type) is Form.JSON and schema.value is not None else None


def _content(place: Place, media_type: str) -> Place:
    """Where an answer's schema stands: beside its media type, or in 2.0 in the answer itself."""
    return place.child("content", media_type) if "content" in place.members else place


def successes(scene: Scene, operation: Operation) -> dict[str, Place]:
    """The answers of success, by rising status; `default` where there are none."""
    declared = dict(operation.place.child("responses").children())
    good = sorted(status for status in declared if status.startswith("2")) or ["default"]
    return {
        status.upper() if status != "default" else status: scene.documents.resolve(declared[status])
        for status in good
        if status in declared
    }


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
        return [OCTETS]
    return _old_media(scene, operation, "produces") or ["application/json"]


def _old_media(scene: Scene, operation: Operation, key: str) -> list[str]:
    """What an operation `consumes` or `produces` (Swagger 2.0): its own say, or the document's."""
    owner = operation.place if key in operation.place.members else scene.documents.start
    return [str(one.value) for one in owner.child(key).elements()]


def _answer(scene: Scene, operation: Operation, place: Place, schemas: tuple[Place, ...]) -> Answer:
    """What one answer means, or several that are JSON: the `schemas` are all of theirs."""
    chosen = best(_offered(scene, operation, place), _READ) or ""
    content = _content(place, chosen)
    match _how(scene, content.child("schema"), chosen):
        case Form.JSON:
            returns = _decoded(scene, operation, content, place, schemas)
            return Answer(returns, Form.JSON, _concrete(chosen))
        case Form.XML:
            returns = _decoded(scene, operation, content, place, ())
            return Answer(returns, Form.XML, _concrete(chosen))
        case Form.BYTES:
            return Answer(Scalar(ScalarKind.BYTES), Form.BYTES, chosen)
        case _:
            if chosen.endswith(("xml", "yaml")):
                scene.types.assume(place.at, f"{essence(chosen)} is given as text")
            return Answer(Scalar(ScalarKind.STRING), Form.TEXT, chosen)


def _decoded(
    scene: Scene,
    operation: Operation,
    content: Place,
    place: Place,
    schemas: tuple[Place, ...],
) -> TypeRef:
    schema = content.child("schema")
    if schema.value is None:
        return scene.types.degrade(content.at, "the answer has no schema")
    label = own_name(place) or operation.label
    if len(schemas) > 1:
        responses = operation.place.child("responses")
        return scene.types.any_of(responses, schemas, Direction.OUT, label).ref
    return scene.types.meaning(schema, Direction.OUT, label).ref


def _concrete(media_type: str) -> str:
    """A media type that can be sent or asked for: `*/*` -> `application/json`"""
    return "application/json" if "*" in media_type else media_type
