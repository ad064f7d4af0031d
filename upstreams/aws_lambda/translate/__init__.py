"""The functions there are and what is said of their types, as a catalog. No I/O.

The first source that describes a function counts: the file of types, the function's own schema, the
HTTP APIs it serves, templates, the EventBridge registry; else JSON goes in and out.
Read in this order: `typed` (SDL, and with `matching` which function a field means), `schemas` (JSON
Schema), `operations` (of HTTP APIs, with `integrations` and the functions `behind` them),
`template` (SAM, CloudFormation), `ways` (what settings say of how functions are called).
"""

from collections.abc import Iterator, Sequence

from upstreams.aws_lambda.described import Found, Offer, Told
from upstreams.aws_lambda.model import Binding, LambdaCatalog, Payload, Rest, Settings, Wire
from upstreams.aws_lambda.translate import template
from upstreams.aws_lambda.translate.behind import Behind
from upstreams.aws_lambda.translate.operations import Apis
from upstreams.aws_lambda.translate.part import Part, source_of, told_apart
from upstreams.aws_lambda.translate.typed import (
    binding,
    effect,
    from_file,
    from_told,
    scope,
)
from upstreams.aws_lambda.translate.ways import called
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, Field, Function, Remark, Scalar, ScalarKind

UNTYPED = "AWS does not say what it takes or gives; name a types file"

_JSON = Scalar(ScalarKind.JSON)
_INPUT = Field("input", _JSON, description="The event, as the function receives it.")


def translate(rest: Rest, settings: Settings, found: Found) -> LambdaCatalog:
    """Every function offered, typed where a source says how.

    Raises `DiscoveryError` when a file that the settings name cannot be read, or describes a
    function not offered.
    """
    sources = _Sources(rest, found)
    parts = [one for source in sources.all() for one in source]
    functions = [pair for part in parts for pair in part.functions]
    order = {offer.reference.text: number for number, offer in enumerate(found.offers)}
    functions.sort(key=lambda pair: order[pair[0]])
    types = [one for part in parts for one in part.types]
    final = called(settings, [one for _, one in functions], types)
    return Catalog(
        kind="lambda",
        functions=told_apart(final.functions, _api),
        types=told_apart([*types, *final.types], source_of),
        wire=Wire(tuple(api for part in parts for api in part.apis)),
        skipped=tuple(one for part in parts for one in part.skipped),
        degraded=tuple(one for part in parts for one in part.degraded),
        links=tuple(one for part in parts for one in part.links),
        assumed=(
            *(one for part in parts for one in part.assumed),
            *sources.assumed,
            *final.assumed,
            *found.assumed,
            *_unseen(found.offers),
        ),
    )


class _Sources:
    """The sources of types, each asked for what those before it did not describe."""

    def __init__(self, rest: Rest, found: Found) -> None:
        self.assumed: list[Remark] = []
        self._rest = rest
        self._found = found
        self._apis = Apis(rest)
        self._offers = {one.reference.text: one for one in found.offers}
        self._described: dict[str, str] = {}
        """What each function is described by."""

    def all(self) -> Iterator[Sequence[Part]]:
        """What every source says, best first."""
        yield self._kept(self._file())
        yield self._kept(self._own(self._found.told))
        yield self._kept(self._documents())
        yield self._kept(self._templates())
        yield self._kept(self._own(self._found.registered))
        yield [Part((self._plain(one),), degraded=(_untyped(one),)) for one in self._left()]

    def _kept(self, parts: Iterator[tuple[str, Part]]) -> Sequence[Part]:
        """The parts of one source, after which their functions are described."""
        found = list(parts)
        for source, part in found:
            for text, _ in part.functions:
                self._described.setdefault(text, source)
        return [part for _, part in found]

    def _file(self) -> Iterator[tuple[str, Part]]:
        if file := self._found.types:
            yield file.location, from_file(self._rest, file, self._found.offers)

    def _own(self, those: Sequence[Told]) -> Iterator[tuple[str, Part]]:
        for told in those:
            if told.function in self._described:
                continue
            try:
                part = from_told(self._rest, told, self._offers[told.function])
            except DiscoveryError as error:
                wrong = f"{told.location} says nothing usable: {error}"
                self.assumed.append(Remark(told.function, wrong))
                continue
            yield told.location, part

    def _documents(self) -> Iterator[tuple[str, Part]]:
        behind = Behind(self._found.offers)
        described = dict(self._described)
        for document in self._found.documents:
            yield document.location, self._apis.part(document, behind, described)

    def _templates(self) -> Iterator[tuple[str, Part]]:
        described = dict(self._described)
        for one in self._found.templates:
            tree = self._rest.parse(one.text, one.location)
            behind = Behind(self._found.offers, template.logical(tree, self._found))
            for document, body in template.documents(self._rest, one, tree):
                yield document.location, self._apis.of_tree(body, document, behind, described)

    def _left(self) -> Iterator[Offer]:
        return (one for text, one in self._offers.items() if text not in self._described)

    def _plain(self, offer: Offer) -> tuple[str, Function[Binding]]:
        named = offer.reference
        function = Function(
            name=named.text,
            label=named.name,
            effect=effect(named.name),
            returns=_JSON,
            binding=binding(offer, Payload.INPUT),
            arguments=(_INPUT,),
            scope=scope(offer),
            description=offer.description,
        )
        return named.text, function


def _api(function: Function[Binding]) -> str:
    operation = function.binding.operation
    return operation.api if operation else ""


def _untyped(offer: Offer) -> Remark:
    return Remark(offer.reference.text, UNTYPED)


def _unseen(offers: Sequence[Offer]) -> Iterator[Remark]:
    for offer in offers:
        if offer.unseen:
            yield Remark(offer.reference.text, f"taken as it is: {offer.unseen}")
