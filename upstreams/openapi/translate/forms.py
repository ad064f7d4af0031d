"""Forms: how each field of a request body is written, as encoding objects say."""

from collections.abc import Iterator

from upstreams.json_schema import Documents, Place, Unresolved
from upstreams.openapi.model import Form, Parameter, Part, Style, Where
from upstreams.openapi.translate.media import accepted, form
from upstreams.openapi.translate.operations import Scene

_STYLES = {
    "form": Style.FORM,
    "deepObject": Style.DEEP,
    "spaceDelimited": Style.SPACE,
    "pipeDelimited": Style.PIPE,
}
_STYLING = frozenset({"style", "explode", "allowReserved"})
_DEPTH = 8
"""How many `allOf` may be nested around a form's properties."""


def fields(content: Place, *, only_styled: bool = False) -> Iterator[Parameter]:
    """The fields for which the description says how they are written as text.

    In a multipart body only a style does (OpenAPI 3.1.1 section 4.8.15.1.1).
    """
    for name, said in content.child("encoding").children():
        if only_styled and not said.members.keys() & _STYLING:
            continue
        style = _STYLES.get(said.text("style"), Style.FORM)
        if not only_styled and form(said.text("contentType") or "text/plain") is Form.JSON:
            style = Style.JSON
        explode = said.members.get("explode", style in (Style.FORM, Style.DEEP)) is True
        yield Parameter(name, Where.FORM, name, style, explode, said.flag("allowReserved"))


def parts(scene: Scene, content: Place) -> Iterator[Part]:
    """The fields of a multipart body that are not written in the way their values suggest."""
    for name, schema in properties(scene.documents, content.child("schema")):
        said = content.child("encoding", name)
        media_type, accepts = _media_types(scene, said, schema)
        part = Part(
            name,
            media_type,
            _is_base64(scene.documents, schema),
            tuple(_headers(scene, said)),
            accepts,
        )
        if part != Part(name):
            yield part


def old_parts(places: list[Place]) -> Iterator[Part]:
    """The fields of a multipart body in the terms of Swagger 2.0."""
    for place in places:
        if place.text("format") == "byte":
            yield Part(place.text("name"), encoded=True)


def has_files(scene: Scene, schema: Place) -> bool:
    """Whether a field of the form is a file, or a list of files."""
    fields = properties(scene.documents, schema)
    return any(scene.types.is_file(_leaf(scene.documents, one)) for _, one in fields)


def properties(
    documents: Documents, schema: Place, depth: int = _DEPTH
) -> Iterator[tuple[str, Place]]:
    """The properties of a schema and of those it is composed of by `allOf`."""
    try:
        found = documents.resolve(schema)
    except Unresolved:
        return
    yield from found.child("properties").children()
    if depth:
        for part in found.child("allOf").elements():
            yield from properties(documents, part, depth - 1)


def _media_types(scene: Scene, said: Place, schema: Place) -> tuple[str, tuple[str, ...]]:
    """What a part is sent as, and what a file may be: `image/*, image/png` -> `image/png`, both.

    What a schema says of its content is for files that do not say it themselves.
    """
    listed = [one.strip() for one in said.text("contentType").split(",")]
    leaf = _leaf(scene.documents, schema)
    content = leaf.text("contentMediaType")
    if not any(listed) and content and scene.types.is_file(leaf):
        return content, ("*/*",)
    return accepted([one for one in listed if one])


def _headers(scene: Scene, said: Place) -> Iterator[tuple[str, str]]:
    """The headers whose value the description itself gives."""
    for name, place in said.child("headers").children():
        if name.lower() == "content-type":
            continue
        value = _given(scene.documents, place)
        if value is None:
            scene.types.assume(
                place.at, f"the header {name!r} of a part has no one value; left out"
            )
        else:
            yield name, str(value)


def _given(documents: Documents, place: Place) -> str | int | None:
    try:
        schema = documents.resolve(documents.resolve(place).child("schema"))
    except Unresolved:
        return None
    listed = schema.child("enum").elements()
    values = [schema.members.get("const"), schema.members.get("default")]
    values += [one.value for one in listed if len(listed) == 1]
    return next((one for one in values if isinstance(one, str | int)), None)


def _is_base64(documents: Documents, schema: Place) -> bool:
    leaf = _leaf(documents, schema)
    return leaf.text("format") in ("byte", "base64") or leaf.text("contentEncoding") == "base64"


def _leaf(documents: Documents, schema: Place) -> Place:
    """The schema, or that of its items."""
    try:
        found = documents.resolve(schema)
        return documents.resolve(found.child("items")) if "items" in found.members else found
    except Unresolved:
        return Place(None)
