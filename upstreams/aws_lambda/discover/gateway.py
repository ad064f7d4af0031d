"""The documents that API Gateway exports: REST APIs (v1) and HTTP APIs (v2), as deployed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec

from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.described import Document
from upstreams.aws_lambda.discover.asking import our_errors, patient, read
from upstreams.errors import CallError, DiscoveryError, Refused
from upstreams.model import Remark
from upstreams.transport import Response

SECONDS = 60.0
"""How long all exports may take together."""
MAX_PAGES = 40
ALL = "*"

_OTHERWISE = "name exported documents as files"


class RestApi(msgspec.Struct, frozen=True):
    """A REST API (v1), as far as we read it."""

    id: str


class RestApis(msgspec.Struct, frozen=True):
    """A page of GetRestApis."""

    items: tuple[RestApi, ...] = msgspec.field(name="item", default=())
    next: str | None = msgspec.field(name="position", default=None)


class HttpApi(msgspec.Struct, frozen=True):
    """An HTTP or WebSocket API (v2), as far as we read it."""

    id: str = msgspec.field(name="apiId")
    protocol: str = msgspec.field(name="protocolType", default="HTTP")


class HttpApis(msgspec.Struct, frozen=True):
    """A page of GetApis."""

    items: tuple[HttpApi, ...] = ()
    next: str | None = msgspec.field(name="nextToken", default=None)


class Stage(msgspec.Struct, frozen=True):
    """A deployed stage."""

    name: str = msgspec.field(name="stageName")


class RestStages(msgspec.Struct, frozen=True):
    """What v1's GetStages answers."""

    items: tuple[Stage, ...] = msgspec.field(name="item", default=())


class HttpStages(msgspec.Struct, frozen=True):
    """What v2's GetStages answers."""

    items: tuple[Stage, ...] = ()


class Exports:
    """The documents of an account's APIs while they are read."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._deadline = asyncio.get_running_loop().time() + SECONDS
        self.remarks: list[Remark] = []

    async def documents(self, apis: Sequence[str]) -> tuple[Document, ...]:
        """The document of each `ID` or `ID/STAGE`; of every API for `*`.

        Raises `DiscoveryError` for APIs that are named; those `*` finds are remarked.
        """
        found: dict[str, Document] = {}
        for written in apis:
            with our_errors(written, "apigateway:GET", _OTHERWISE):
                if written == ALL:
                    found |= {one.name: one async for one in self._all()}
                else:
                    one = await self._named(*written.partition("/")[::2])
                    found[one.name] = one
        return tuple(found.values())

    async def _all(self) -> AsyncIterator[Document]:
        exports: tuple[tuple[type[RestApis] | type[HttpApis], tuple[str, ...], _Export], ...] = (
            (RestApis, ("restapis",), self._rest),
            (HttpApis, ("v2", "apis"), self._http),
        )
        for shape, path, export in exports:
            async for one in self._listed(shape, path):
                if isinstance(one, HttpApi) and one.protocol != "HTTP":
                    self.remarks.append(Remark(one.id, "a WebSocket API; it is not called"))
                    continue
                try:
                    yield await export(one.id, "")
                except CallError as error:
                    self.remarks.append(Remark(one.id, f"its document was not had: {error}"))
                except DiscoveryError as error:
                    self.remarks.append(Remark(one.id, error.message))

    async def _listed(
        self, shape: type[RestApis] | type[HttpApis], path: tuple[str, ...]
    ) -> AsyncIterator[RestApi | HttpApi]:
        query = {"limit": "500"} if shape is RestApis else {"maxResults": "500"}
        mark = "position" if shape is RestApis else "nextToken"
        for _ in range(MAX_PAGES):
            page = read(await self._get(path, query), shape)
            for one in page.items:
                yield one
            if not page.next:
                return
            query = {**query, mark: page.next}

    async def _named(self, id_: str, stage: str) -> Document:
        """The document of an API of either kind."""
        try:
            return await self._rest(id_, stage)
        except Refused as error:
            if error.details.get("httpStatus") != 404:
                raise
        return await self._http(id_, stage)

    async def _rest(self, id_: str, stage: str) -> Document:
        """https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html"""
        path = ("restapis", id_, "stages")
        stage = stage or self._one_of(id_, read(await self._get(path), RestStages).items)
        query = {"extensions": "integrations"}
        answer = await self._get((*path, stage, "exports", "oas30"), query)
        return Document(id_, f"API Gateway {id_}/{stage}", answer.body, stage)

    async def _http(self, id_: str, stage: str) -> Document:
        """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html"""
        path = ("v2", "apis", id_)
        if not stage:
            stages = read(await self._get((*path, "stages")), HttpStages)
            stage = self._one_of(id_, stages.items)
        query = {"includeExtensions": "true", "outputType": "JSON", "stageName": stage}
        answer = await self._get((*path, "exports", "OAS30"), query)
        return Document(id_, f"API Gateway {id_}/{stage}", answer.body, stage, http=True)

    def _one_of(self, id_: str, stages: Sequence[Stage]) -> str:
        names = sorted(one.name for one in stages)
        if not names:
            raise DiscoveryError("is not deployed: it has no stage", at=id_)
        name = "$default" if "$default" in names else names[0]
        if len(names) > 1:
            known = ", ".join(names)
            self.remarks.append(Remark(id_, f"its stage {name} is read, of {known}; or name one"))
        return name

    async def _get(self, path: tuple[str, ...], query: dict[str, str] | None = None) -> Response:
        ask = Ask(
            "GET",
            path,
            query=query or {},
            headers={"accept": "application/json"},
            service="apigateway",
            version="",
        )
        return await patient(self._api, ask, self._deadline)


_Export = Callable[[str, str], Awaitable[Document]]
