"""Operations of an HTTP API as functions: those that the upstream's own functions serve.

The API's document is translated by the kind that understands it; what it makes of an operation is
taken over as it is, but for how it is called.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from upstreams.aws_lambda.described import Document
from upstreams.aws_lambda.model import Api, Operation, Rest
from upstreams.aws_lambda.translate.behind import Behind, Found
from upstreams.aws_lambda.translate.integrations import (
    ANY,
    METHODS,
    Integration,
    Route,
    integration,
    routes,
)
from upstreams.aws_lambda.translate.part import Keys, Part
from upstreams.errors import DiscoveryError
from upstreams.json_schema import Documents
from upstreams.json_schema.place import escaped
from upstreams.model import Catalog, Function, Skipped

SERVERS: Mapping[str, object] = {"servers": [{"url": "https://execute-api.amazonaws.com"}]}
"""Stands for an address in documents without one: functions are not called by theirs."""
_HOST: Mapping[str, object] = {"host": "execute-api.amazonaws.com", "schemes": ["https"]}


@dataclass(frozen=True, slots=True)
class Served:
    """A route, and the function that serves it."""

    route: Route
    integration: Integration
    found: Found

    @property
    def at(self) -> str:
        """The place of the operation in the document that is translated."""
        return f"#/paths/{escaped(self.route.plain)}/{self.route.method}"


class Apis:
    """The HTTP APIs of one upstream while their operations become functions."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._names: set[str] = set()

    def part(self, document: Document, behind: Behind, typed: Mapping[str, str]) -> Part:
        """The operations of one API whose functions nothing better describes.

        `typed` are those that are described, and by what. Raises `DiscoveryError`.
        """
        tree = self._rest.parse(document.text, document.location)
        if not isinstance(tree, dict):
            raise DiscoveryError("not an OpenAPI document", at=document.location)
        return self.of_tree(tree, document, behind, typed)

    def of_tree(
        self,
        tree: Mapping[str, object],
        document: Document,
        behind: Behind,
        typed: Mapping[str, str],
    ) -> Part:
        """The same, of a document that is read already."""
        found = list(_served(Documents({"": tree}), document, behind, typed))
        served = [one for one in found if isinstance(one, Served)]
        skipped = tuple(one for one in found if isinstance(one, Skipped))
        if not served:
            return Part(skipped=skipped)
        catalog = self._rest.translate(_pruned(tree, served), document.location)
        part = self._part(document, catalog, {one.at: one for one in served})
        return replace(part, skipped=(*skipped, *part.skipped))

    def _part(self, document: Document, catalog: Catalog, served: Mapping[str, Served]) -> Part:
        api = self._free(document.name, document.location)
        keys = Keys(api)
        names = {one.name: self._free(one.name, f"{api}/{one.name}") for one in catalog.functions}

        def function(one: Function) -> tuple[str, Function]:
            behind = served[one.source]
            operation = Operation(api, one.name, behind.route.path, document.stage)
            leads = behind.integration
            made = replace(
                one,
                name=names[one.name],
                returns=keys.ref(one.returns),
                arguments=keys.fields(one.arguments),
                binding=behind.found.binding(leads.form, operation, piecemeal=leads.streamed),
                source=f"{document.location}{one.source}",
            )
            return behind.found.offer.reference.text, made

        return Part(
            functions=tuple(map(function, catalog.functions)),
            types=tuple(map(keys.type, catalog.types)),
            apis=(Api(api, catalog),),
            skipped=catalog.skipped,
            degraded=keys.remarks(catalog.degraded),
            assumed=keys.remarks(catalog.assumed),
            links=tuple(keys.link(one, names.__getitem__) for one in catalog.links),
        )

    def _free(self, name: str, otherwise: str) -> str:
        """The name, where it is not taken."""
        found = otherwise if name in self._names else name
        self._names.add(found)
        return found


def _served(
    documents: Documents, document: Document, behind: Behind, typed: Mapping[str, str]
) -> Iterator[Served | Skipped]:
    for route in routes(documents):
        name = route.place.text("operationId") or route.title
        leads = integration(documents, route, http=document.http)
        if isinstance(leads, str):
            yield Skipped(name, f"{document.location}: {leads}")
        elif not route.method:
            yield Skipped(name, f"{document.location}: any method will do; none is described")
        elif not (found := behind.find(leads.function)):
            yield Skipped(name, f"{document.location}: {leads.function} is not of this upstream")
        elif source := typed.get(found.offer.reference.text):
            told = f"{found.offer.reference.text} is described by {source}, which goes first"
            yield Skipped(name, f"{document.location}: {told}")
        else:
            yield Served(route, leads, found)


def _pruned(tree: Mapping[str, object], served: Collection[Served]) -> Mapping[str, object]:
    """The document with those operations only, their paths as OpenAPI writes them."""
    paths: dict[str, dict[str, object]] = {}
    for one in served:
        item = one.route.item.members
        shared = {key: item[key] for key in item if key.lower() not in METHODS and key != ANY}
        paths.setdefault(one.route.plain, shared)[one.route.method] = one.route.place.value
    return {**(_HOST if "swagger" in tree else SERVERS), **tree, "paths": paths}
