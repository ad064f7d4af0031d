"""OpenAPI documents as a catalog.

Read in this order: `text` (bytes as values), `document` (the frame), `operations`, `parameters`,
`bodies` (requests and answers, by `media` type; `forms` and `markup` say how their parts are
written), `outlines` (of refusals), `security`. Schemas are translated by `upstreams.json_schema`.
"""

from collections.abc import Iterator

from upstreams.json_schema import DEPRECATED, Documents, Place, Types, Unresolved
from upstreams.model import Effect, Function, Skipped, TypeRef
from upstreams.openapi.model import Binding, Form, OpenApiCatalog, Wire
from upstreams.openapi.translate import bodies, document, parameters, security
from upstreams.openapi.translate.markup import markups
from upstreams.openapi.translate.operations import (
    Operation,
    Scene,
    callbacks,
    operations,
    waiting,
)
from upstreams.openapi.translate.outlines import Outlines, refusals
from upstreams.openapi.translate.references import references
from upstreams.openapi.translate.text import parse, read

__all__ = ["parse", "read", "references", "translate"]


def translate(
    documents: Documents, location: str, supplied: frozenset[str] = frozenset()
) -> OpenApiCatalog:
    """What the description at a location offers.

    `supplied` names headers, in lower case, that are sent with every call; they are no arguments.
    Raises `DiscoveryError` when the documents are no OpenAPI description.
    """
    root = documents.start
    dialect = document.dialect(documents, location)
    types = Types(documents, dialect)
    scene = Scene(documents, dialect, types, location, supplied)
    document.remarks(root, types)
    url = document.servers(root, location, types)
    outlines = Outlines(documents)
    found = tuple(_offered(scene, outlines))
    functions = tuple(one for one in found if isinstance(one, Function))
    schemes = tuple(security.schemes(scene))
    made = types.finish()
    info = root.child("info")
    return OpenApiCatalog(
        kind="openapi",
        functions=functions,
        types=made,
        wire=Wire(
            types.texts,
            tuple(markups(documents, made, _in_xml(functions))),
            outlines.found,
            schemes,
        ),
        title=info.text("title"),
        description=info.text("description"),
        url=url,
        skipped=tuple(one for one in found if isinstance(one, Skipped)),
        degraded=types.degraded,
        assumed=types.assumed,
    )


def _in_xml(functions: tuple[Function[Binding], ...]) -> Iterator[TypeRef]:
    """What goes in or comes out as XML."""
    for function in functions:
        body = function.binding.body
        if function.binding.answer is Form.XML:
            yield function.returns
        if body and body.form is Form.XML:
            yield from (one.type for one in function.arguments if one.name == body.argument)


def _offered(scene: Scene, outlines: Outlines) -> Iterator[Function[Binding] | Skipped]:
    for operation in operations(scene):
        if isinstance(operation, Skipped):
            yield operation
            continue
        try:
            yield _function(scene, outlines, operation)
        except bodies.Unsendable as reason:
            yield Skipped(operation.name, str(reason))
        except Unresolved as error:
            yield Skipped(operation.name, f"{error.at}: {error.reason}")
        yield from callbacks(operation)
    yield from waiting(scene)


def _function(scene: Scene, outlines: Outlines, operation: Operation) -> Function[Binding]:
    declared = parameters.declared(scene, operation)
    arguments = parameters.arguments(scene, operation, declared)
    fields = [one.field for one in arguments]
    sent = bodies.body(scene, operation, declared, {field.name for field in fields})
    if sent and sent[0]:
        fields.append(sent[0])
    answer = bodies.answer(scene, operation)
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
