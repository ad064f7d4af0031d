"""OpenAPI documents as a catalog.

Read in this order: `text` (bytes as values), `document` (the frame), `operations`, `parameters`,
`bodies` (requests and answers, by `media` type; `forms` and `markup` say how their parts are
written), `outlines` (of refusals), `security`, `batches` (functions that answer for many keys),
`links` (and the runtime `expressions` in them), `events` (what the backend sends by itself),
`paging` (lists as connections), `results` (failures as part of the answer). Schemas are translated
by `upstreams.json_schema`.
"""

from collections.abc import Iterable, Iterator, Mapping

from upstreams.json_schema import DEPRECATED, Documents, Place, Types, Unresolved
from upstreams.model import Effect, Function, Skipped, TypeDef, TypeRef
from upstreams.openapi.model import USUAL, Binding, Choices, Form, OpenApiCatalog, Wire
from upstreams.openapi.translate import bodies, document, parameters, results, security
from upstreams.openapi.translate.batches import batched
from upstreams.openapi.translate.events import Events
from upstreams.openapi.translate.links import links
from upstreams.openapi.translate.markup import markups
from upstreams.openapi.translate.operations import Operation, Scene, operations
from upstreams.openapi.translate.outlines import Outlines, refusals
from upstreams.openapi.translate.paging import linked, turned
from upstreams.openapi.translate.references import references
from upstreams.openapi.translate.text import parse, read

__all__ = ["parse", "read", "references", "translate"]

_FRAMING = frozenset(
    [
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    ]
)
"""Headers that say where a request goes and where it ends: whoever sets them can smuggle another.

In lower case (RFC 9110 section 7.6.1, RFC 9112 section 11.2).
"""
_SHAPES: Mapping[str, type] = {
    "callbacks": dict,
    "parameters": list,
    "requestBody": dict,
    "responses": dict,
    "security": list,
    "servers": list,
}


def translate(
    documents: Documents,
    location: str,
    supplied: frozenset[str] = frozenset(),
    *,
    events: bool = False,
    choices: Choices = USUAL,
) -> OpenApiCatalog:
    """What the description at a location offers.

    `supplied` names headers, in lower case, that are sent with every call; they are no arguments,
    nor are those that belong to the connection.
    Callbacks and webhooks are functions where `events` are wanted, and skipped otherwise.
    Raises `DiscoveryError` when the documents are no OpenAPI description, or the choices name what
    is not there.
    """
    root = documents.start
    dialect = document.dialect(documents, location)
    types = Types(documents, dialect, choices.maps)
    scene = Scene(documents, dialect, types, location, supplied | _FRAMING, choices)
    document.remarks(root, dialect, types)
    url = document.servers(root, dialect, location, types)
    outlines = Outlines(documents)
    declared = tuple(operations(scene))
    found = tuple(_offered(scene, outlines, declared))
    failures = results.failures(scene, declared, found)
    sent = Events(scene, declared, wanted=events)
    made = types.finish()
    functions = tuple(batched(scene, (one for one in found if isinstance(one, Function)), made))
    awaited = sent.finish(functions, made)
    shown = turned(documents, functions, made, choices.pages)
    final = results.united(shown.functions, shown.types, failures, choices.results)
    led = linked(functions, final.functions, links(scene, declared, functions, made))
    return OpenApiCatalog(
        kind="openapi",
        functions=(*final.functions, *awaited.functions),
        types=(*final.types, *awaited.types),
        wire=_wire(scene, made, outlines, (*functions, *awaited.functions)),
        title=root.child("info").text("title"),
        description=root.child("info").text("description"),
        url=url,
        skipped=(*(one for one in found if isinstance(one, Skipped)), *awaited.skipped),
        degraded=types.degraded,
        links=led.links,
        offers=shown.offers,
        assumed=(*types.assumed, *led.left_out),
    )


def _wire(
    scene: Scene,
    made: tuple[TypeDef, ...],
    outlines: Outlines,
    functions: tuple[Function[Binding], ...],
) -> Wire:
    return Wire(
        scene.types.texts,
        tuple(markups(scene.documents, made, _in_xml(functions))),
        outlines.found,
        tuple(security.schemes(scene)),
        scene.types.rests,
    )


def _in_xml(functions: tuple[Function[Binding], ...]) -> Iterator[TypeRef]:
    """What goes in or comes out as XML."""
    for function in functions:
        body = function.binding.body
        if function.binding.answer is Form.XML:
            yield function.returns
        if body and body.form is Form.XML:
            yield from (one.type for one in function.arguments if one.name == body.argument)


def _offered(
    scene: Scene, outlines: Outlines, declared: Iterable[Operation | Skipped]
) -> Iterator[Function[Binding] | Skipped]:
    """What becomes of each, in their order.

    What has no name is named after who has it first: by the paths, whatever that order is.
    """
    declared = tuple(declared)
    called = (one for one in declared if isinstance(one, Operation))
    made = {
        (one.path, one.method): _offer(scene, outlines, one)
        for one in sorted(called, key=lambda one: (one.path, one.method))
    }
    for one in declared:
        yield made[one.path, one.method] if isinstance(one, Operation) else one


def _offer(scene: Scene, outlines: Outlines, operation: Operation) -> Function[Binding] | Skipped:
    try:
        return _function(scene, outlines, operation)
    except bodies.Unsendable as reason:
        return Skipped(operation.name, str(reason))
    except Unresolved as error:
        return Skipped(operation.name, f"{error.at}: {error.reason}")


def _function(scene: Scene, outlines: Outlines, operation: Operation) -> Function[Binding]:
    declared = parameters.declared(scene, operation)
    for place in (operation.place, *declared):
        scene.types.check(place)
    _remark_shapes(scene, operation)
    for place in filter(_is_framing, declared):
        scene.types.assume(place.at, f"{place.text('name')!r} belongs to the connection; left out")
    arguments = parameters.arguments(scene, operation, declared)
    fields = [one.field for one in arguments]
    sent = bodies.body(scene, operation, declared, {field.name for field in fields})
    if sent and sent[0]:
        fields.append(sent[0])
    answer = bodies.answer(scene, operation)
    if not answer.successes and not answer.bodiless:
        at = operation.place.child("responses").at
        scene.types.assume(at, "no answer of success is described; what comes is not read")
    place = operation.place
    return Function(
        name=operation.name,
        label=operation.label,
        effect=Effect.READ if operation.method in ("get", "head") else Effect.WRITE,
        returns=answer.returns,
        binding=Binding(
            method=operation.method.upper(),
            path=operation.path,
            parameters=tuple(one.parameter for one in arguments),
            body=sent[1] if sent else None,
            answer=answer.form,
            accept=answer.accept,
            successes=answer.successes,
            bodiless=answer.bodiless,
            refusals=tuple(refusals(scene, operation, outlines)),
            server=_server(scene, operation),
            security=security.needs(scene, operation),
        ),
        arguments=tuple(fields),
        scope=tuple(str(tag.value) for tag in place.child("tags").elements()[:1]),
        description=_described(place),
        deprecated=DEPRECATED if place.flag("deprecated") else None,
        source=place.at,
    )


def _remark_shapes(scene: Scene, operation: Operation) -> None:
    """Note what of an operation is neither the list nor the object that it should be."""
    for owner in (operation.place, operation.item):
        for key, shape in _SHAPES.items():
            if not isinstance(owner.members.get(key), shape | None):
                wanted = "a list" if shape is list else "an object"
                scene.types.assume(owner.child(key).at, f"not {wanted}; left out")


def _is_framing(parameter: Place) -> bool:
    return parameter.text("in") == "header" and parameter.text("name").lower() in _FRAMING


def _server(scene: Scene, operation: Operation) -> str:
    """Where this operation is served, if the description says so for it alone."""
    for owner in (operation.place, operation.item):
        if owner.child("servers").elements():
            return document.server(owner, scene.location, scene.types)
    return ""


def _described(place: Place) -> str:
    summary, description = place.text("summary"), place.text("description")
    if not summary or description.startswith(summary):
        return description
    return f"{summary}\n\n{description}".strip()
