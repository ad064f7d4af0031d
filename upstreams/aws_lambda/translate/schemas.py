"""JSON Schema for what functions take and give, as operations with a JSON body.

One reading of JSON Schema serves all: a schema for input and one for output are made an operation
of an OpenAPI 3.1 document, in which everything keeps its place.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from upstreams.aws_lambda.described import Offer
from upstreams.aws_lambda.model import Api, Binding, Form, Operation, Payload, Rest
from upstreams.aws_lambda.translate.operations import SERVERS
from upstreams.aws_lambda.translate.part import Keys, Part
from upstreams.errors import DiscoveryError
from upstreams.json_schema.place import escaped, unescaped
from upstreams.model import Effect, Function, Remark

_FRAME = ("openapi", "info", "paths", "servers", "security", "webhooks", "swagger")
_EVENT = "AWSEvent"
_OWN = ("$defs", "definitions")


@dataclass(frozen=True, slots=True)
class Described:
    """A function, and where in a document its schemas are."""

    offer: Offer
    effect: Effect
    at: str
    """A JSON pointer to an object with `input` and `output`."""


def pair(tree: object, location: str) -> Mapping[str, object]:
    """A document as one with `input` and `output`. Raises `DiscoveryError`.

    A schema from EventBridge is one of the input: as such, or as components of OpenAPI.
    """
    if not isinstance(tree, dict):
        raise DiscoveryError("not a JSON object; give `input` and `output` schemas", at=location)
    if "input" in tree or "output" in tree:
        return tree
    if "openapi" in tree:
        return {**tree, "input": {"$ref": f"#/components/schemas/{_event(tree, location)}"}}
    if tree.keys() & {"properties", "$ref", "type", "oneOf", "anyOf", "allOf"}:
        return {**tree, "input": {"$ref": "#"}}
    raise DiscoveryError("neither `input` nor `output` is in it, nor is it a schema", at=location)


def _event(tree: Mapping[str, object], location: str) -> str:
    """The name of the schema that is the whole event."""
    components = tree.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    names = list(schemas) if isinstance(schemas, dict) else []
    if not names:
        raise DiscoveryError("an OpenAPI document without schemas", at=location)
    return _EVENT if _EVENT in names else str(names[0])


class Schemas:
    """Reads documents with schemas."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def part(
        self, api: str, location: str, tree: Mapping[str, object], those: list[Described]
    ) -> Part:
        """Functions by what one document says. Raises `DiscoveryError`."""
        described = {one.offer.reference.text: one for one in those}
        catalog = self._rest.translate(_document(tree, described), location)
        keys = Keys(api)

        def function(one: Function) -> tuple[str, Function]:
            behind = described[one.name]
            made = replace(
                one,
                label=behind.offer.reference.name,
                effect=behind.effect,
                returns=keys.ref(one.returns),
                arguments=keys.fields(one.arguments),
                binding=_binding(behind.offer, Operation(api, one.name)),
                scope=_scope(behind.offer),
                description=behind.offer.description,
                source=f"{location}#{behind.at}",
            )
            return one.name, made

        return Part(
            functions=tuple(map(function, catalog.functions)),
            types=tuple(map(keys.type, catalog.types)),
            apis=(Api(api, catalog),),
            skipped=catalog.skipped,
            degraded=(*keys.remarks(_said(catalog.degraded)), *_silent(tree, described)),
            assumed=keys.remarks(_said(catalog.assumed)),
        )


def _binding(offer: Offer, operation: Operation) -> Binding:
    named = offer.reference
    return Binding(
        offer.url or named.target,
        Payload.INPUT,
        qualifier=named.qualifier,
        region=named.region,
        form=Form.URL if offer.url else Form.PLAIN,
        operation=operation,
    )


def _scope(offer: Offer) -> tuple[str, ...]:
    return tuple(part for part in (offer.reference.qualifier, offer.reference.region) if part)


def _document(
    tree: Mapping[str, object], described: Mapping[str, Described]
) -> Mapping[str, object]:
    kept = {key: value for key, value in tree.items() if key not in _FRAME}
    for one in described.values():
        _settle(kept, one.at)
    paths = {f"/{name}": {"post": _operation(tree, name, one)} for name, one in described.items()}
    frame = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, **SERVERS}
    return {**kept, **frame, "paths": paths}


def _settle(tree: dict[str, object], at: str) -> None:
    """Have the schemas at a place find their own definitions. Changes the tree, not its values."""
    here = tree
    for token in at.split("/")[1:]:
        key = unescaped(token)
        below = here.get(key)
        if not isinstance(below, dict):
            return
        here[key] = here = dict(below)
    for side in ("input", "output"):
        if side in here:
            here[side] = _settled(here[side], f"{at}/{side}")


def _operation(tree: Mapping[str, object], name: str, one: Described) -> Mapping[str, object]:
    given, gives = (_content(tree, one.at, side) for side in ("input", "output"))
    return {
        "operationId": name,
        "requestBody": {"content": given},
        "responses": {"200": {"description": "", "content": gives}},
    }


def _content(tree: Mapping[str, object], at: str, side: str) -> Mapping[str, object]:
    said = side in _below(tree, at)
    schema = {"$ref": f"#{at}/{side}"} if said else {}
    return {"application/json": {"schema": schema}}


def _below(tree: Mapping[str, object], at: str) -> Mapping[str, object]:
    here: object = tree
    for token in at.split("/")[1:]:
        here = here.get(unescaped(token)) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _said(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Those on what the author wrote, not on the frame around it."""
    return tuple(one for one in remarks if not one.at.startswith("#/paths/"))


def _silent(tree: Mapping[str, object], described: Mapping[str, Described]) -> Iterator[Remark]:
    for name, one in described.items():
        for side in ("input", "output"):
            if side not in _below(tree, one.at):
                yield Remark(f"{name} {side}", "its schema does not say; JSON")


def at(name: str) -> str:
    """Where the file of an upstream has what it says of a function."""
    return f"/functions/{escaped(name)}"


def _settled(schema: object, pointer: str) -> object:
    """A schema whose own definitions are found where it stands, not at the top of the document."""
    own = [f"#/{name}/" for name in _OWN if isinstance(schema, dict) and name in schema]
    return _moved(schema, tuple(own), pointer) if own else schema


def _moved(value: object, own: tuple[str, ...], pointer: str) -> object:
    if isinstance(value, list):
        items = []
        for one in value:  # a comprehension would be a frame more for every level
            items.append(_moved(one, own, pointer))  # noqa: PERF401
        return items
    if not isinstance(value, dict):
        return value
    found = {}
    for key, one in value.items():
        found[key] = _moved(one, own, pointer)
    target = found.get("$ref")
    if isinstance(target, str) and target.startswith(own):
        found["$ref"] = f"#{pointer}{target[1:]}"
    return found
