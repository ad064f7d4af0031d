"""Parameters as arguments, and how each is written into a request."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from upstreams.json_schema import DEPRECATED, Dialect, Place, own_name, pascal
from upstreams.model import Field, Required, Scalar, ScalarKind
from upstreams.openapi.model import Form, Parameter, Style, Where
from upstreams.openapi.translate.media import form
from upstreams.openapi.translate.operations import Operation, Scene

_OURS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that are ignored (OpenAPI 3.1.1 section 4.8.12.2)."""

_WHERE = {
    "path": Where.PATH,
    "query": Where.QUERY,
    "header": Where.HEADER,
    "cookie": Where.COOKIE,
    "formData": Where.FORM,
}
_RANKS = tuple(Where)
_KNOWN = frozenset(_WHERE) | {"body"}
_STYLES = {style.value: style for style in Style if style not in (Style.TAB, Style.JSON)}
_COLLECTIONS = {"ssv": Style.SPACE, "tsv": Style.TAB, "pipes": Style.PIPE}


@dataclass(frozen=True, slots=True)
class Argument:
    """A value a client may give, and where it goes."""

    field: Field
    parameter: Parameter


def declared(scene: Scene, operation: Operation) -> list[Place]:
    """The parameters of an operation and, where it has none of that name, of its path.

    Raises `Unresolved`.
    """
    found: dict[tuple[str, str], Place] = {}
    for owner in (operation.place, operation.item):
        for (name, where), places in _listed(scene, owner).items():
            if where not in _KNOWN or not name:
                reason = f"a parameter needs a name and a place; {name!r} in {where!r} is left out"
                scene.types.assume(places[0].at, reason)
                continue
            for again in places[1:]:
                scene.types.assume(again.at, f"{name!r} in {where} again; the first is taken")
            found.setdefault((name, where), places[0])
    return list(found.values())


def _listed(scene: Scene, owner: Place) -> dict[tuple[str, str], list[Place]]:
    """The parameters of an operation or of a path, by name and place."""
    listed: dict[tuple[str, str], list[Place]] = {}
    for place in owner.child("parameters").elements():
        parameter = scene.documents.resolve(place)
        listed.setdefault((parameter.text("name"), parameter.text("in")), []).append(parameter)
    return listed


def arguments(scene: Scene, operation: Operation, places: list[Place]) -> list[Argument]:
    """The arguments for an operation's parameters, each with a name of its own."""
    sent = [
        (place, where)
        for place in places
        if (where := _WHERE.get(place.text("in"))) and not _left_out(scene, operation, place, where)
    ]
    filled = {place.text("name") for place, where in sent if where is Where.PATH}
    undeclared = [name for name in operation.variables if name not in filled]
    named = _named(scene, sent, undeclared)
    return [
        *(_argument(scene, operation, *one, named[one[0].at]) for one in sent),
        *(_undeclared(scene, operation, name) for name in undeclared),
    ]


def _named(
    scene: Scene, sent: list[tuple[Place, Where]], undeclared: list[str]
) -> Mapping[str, str]:
    """What each is called; of those called alike, one keeps its name by where it goes."""
    taken = dict.fromkeys(undeclared, Where.PATH)
    named: dict[str, str] = {}
    for place, where in sorted(sent, key=lambda one: _RANKS.index(one[1])):
        name = named[place.at] = _free_name(scene, place, where, taken)
        taken[name] = where
    return named


def _left_out(scene: Scene, operation: Operation, place: Place, where: Where) -> bool:
    name = place.text("name")
    if where is Where.HEADER:
        return name.lower() in _OURS | scene.supplied
    if where is Where.PATH and name not in operation.variables:
        scene.types.assume(place.at, f"{name!r} is not in the path {operation.path}; left out")
        return True
    return False


def _free_name(scene: Scene, place: Place, where: Where, taken: Mapping[str, Where]) -> str:
    name = place.text("name")
    if name not in taken:
        return name
    free = f"{where.value}-{name}"
    scene.types.assume(
        place.at, f"{name!r} is also a {taken[name].value} parameter; named {free!r}"
    )
    return free


def _undeclared(scene: Scene, operation: Operation, name: str) -> Argument:
    at = operation.place.child("parameters").at
    scene.types.assume(at, f"{name!r} is in the path and not declared; a required text")
    field = Field(name, Required(Scalar(ScalarKind.STRING)), source=at)
    return Argument(field, Parameter(name, Where.PATH, name, Style.SIMPLE))


def _argument(
    scene: Scene, operation: Operation, place: Place, where: Where, name: str
) -> Argument:
    schema = _schema(place)
    label = own_name(place) or operation.label + pascal(place.text("name"))
    field = scene.types.field(name, schema, label)
    kind = Scalar(ScalarKind.STRING) if scene.types.only_scalars(schema) else field.type
    required = place.flag("required") or where is Where.PATH
    field = msgspec.structs.replace(
        field,
        type=Required(kind) if required else kind,
        description=place.text("description") or field.description,
        deprecated=field.deprecated or _deprecated(place),
        source=place.at,
    )
    return Argument(field, _parameter(scene, place, where, name))


def _deprecated(place: Place) -> str | None:
    return DEPRECATED if place.flag("deprecated") else None


def _schema(place: Place) -> Place:
    """The schema of a parameter: its own (3.x), its content's, or the parameter itself (2.0)."""
    if "schema" in place.members:
        return place.child("schema")
    for media_type in place.child("content").members:
        return place.child("content", media_type, "schema")
    return place


def _parameter(scene: Scene, place: Place, where: Where, argument: str) -> Parameter:
    name = place.text("name")
    style, explode = _written(scene, place, where)
    reserved = where is Where.QUERY and place.flag("allowReserved")
    inner = _inner(scene, place) if scene.dialect is Dialect.SWAGGER_2 else ()
    return Parameter(name, where, argument, style, explode, reserved, inner)


def _written(scene: Scene, place: Place, where: Where) -> tuple[Style, bool]:
    """The style of a parameter, and whether each of its values stands alone."""
    usual = Style.SIMPLE if where in (Where.PATH, Where.HEADER) else Style.FORM
    if scene.dialect is Dialect.SWAGGER_2:
        collection = place.text("collectionFormat")
        return _COLLECTIONS.get(collection, usual), collection == "multi"
    for media_type in place.child("content").members:
        return (Style.JSON if form(media_type) is Form.JSON else usual), False
    style = _STYLES.get(place.text("style"), usual)
    explode = place.members.get("explode")
    return style, explode if isinstance(explode, bool) else style in (Style.FORM, Style.DEEP)


def _inner(scene: Scene, place: Place) -> tuple[Style, ...]:
    """The styles of lists within a list, which its items say of themselves (Swagger 2.0)."""
    found = []
    items = place.child("items")
    while items.text("type") == "array":
        collection = items.text("collectionFormat")
        if collection == "multi":
            scene.types.assume(items.at, "a list within a list cannot be `multi`; taken for `csv`")
        found.append(_COLLECTIONS.get(collection, Style.FORM))
        items = items.child("items")
    return tuple(found)
