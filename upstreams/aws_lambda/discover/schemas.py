"""Schemas that functions point at: in the value itself, in S3, in SSM, in EventBridge's registry.

A pointer is read from the account's own AWS endpoints, by signed requests, and from nowhere else.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping

import msgspec

from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.described import NAMING_ENTRY, NAMING_TAG, Offer, Told
from upstreams.aws_lambda.discover.asking import AT_ONCE, patient, read
from upstreams.encoding import decoded
from upstreams.errors import CallError, DiscoveryError
from upstreams.model import Remark

SECONDS = 30.0
"""How long all schemas may take together."""
MAX_BYTES = 1024 * 1024
"""Of one schema, unpacked."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(r"(?!/)(?!(.*/)?\.{0,2}(/|\Z))[A-Za-z0-9._~/-]{1,1024}")
_REGISTERED = re.compile(r"([A-Za-z0-9._@-]{1,64})/([A-Za-z0-9._@-]{1,385})")
_JSON_1_1 = "application/x-amz-json-1.1"


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of SSM, as far as we read it."""

    value: str = msgspec.field(name="Value")


class GotParameter(msgspec.Struct, frozen=True):
    """What GetParameter answers."""

    parameter: Parameter = msgspec.field(name="Parameter")


class Registered(msgspec.Struct, frozen=True):
    """What DescribeSchema answers, as far as we read it."""

    content: str = msgspec.field(name="Content")


class Schemas:
    """The schemas of one upstream's functions while they are read."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._deadline = asyncio.get_running_loop().time() + SECONDS
        self.remarks: list[Remark] = []

    async def told(
        self, offers: Iterable[Offer], tags: Mapping[str, Mapping[str, str]]
    ) -> tuple[Told, ...]:
        """What tags and environments lead to; what cannot be had is remarked."""
        asked = []
        for one in offers:
            tag = tags.get(one.arn, {}).get(NAMING_TAG, "")
            where = f"its tag {NAMING_TAG}" if tag else f"its environment's {NAMING_ENTRY}"
            if given := tag or one.entry:
                asked.append(self._told(one, where, given))
        return await _all(asked)

    async def registered(self, registry: str, offers: Iterable[Offer]) -> tuple[Told, ...]:
        """The schemas of an EventBridge registry that are named like functions."""
        return await _all([self._registered(registry, one) for one in offers])

    async def _told(self, offer: Offer, where: str, value: str) -> Told | None:
        text = offer.reference.text
        try:
            async with self._turns:
                content = await self._content(value.strip(), offer.reference.region)
        except (CallError, DiscoveryError) as error:
            self.remarks.append(Remark(text, f"{where} leads to no schema: {error.message}"))
            return None
        return Told(text, where, content)

    async def _registered(self, registry: str, offer: Offer) -> Told | None:
        named = offer.reference
        try:
            async with self._turns:
                content = await self._schema(f"{registry}/{named.name}", named.region)
        except (CallError, DiscoveryError) as error:
            if not isinstance(error, CallError) or error.details.get("httpStatus") != 404:
                wrong = f"the registry {registry} was not read: {error.message}"
                self.remarks.append(Remark(named.text, wrong))
            return None
        return Told(named.text, f"the EventBridge registry {registry}", content)

    async def _content(self, value: str, region: str) -> bytes:
        """A schema by the value that holds it, or says where it is."""
        form, colon, rest = value.partition(":")
        reading = self._FORMS.get(form) if colon else None
        content = await reading(self, rest, region) if reading else value.encode()
        return content if reading == Schemas._packed else await asyncio.to_thread(_plain, content)

    async def _packed(self, text: str, _region: str) -> bytes:
        try:
            packed = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise DiscoveryError("what follows `gzip:` is not base64") from error
        return await asyncio.to_thread(decoded, packed, "gzip", MAX_BYTES)

    async def _object(self, text: str, region: str) -> bytes:
        bucket, _, key = text.removeprefix("//").partition("/")
        if not _BUCKET.fullmatch(bucket) or not _KEY.fullmatch(key):
            raise DiscoveryError("write s3://BUCKET/KEY, the key in letters, digits and ._~/-")
        path = (bucket, *key.split("/"))
        ask = Ask("GET", path, region=region, service="s3", version="")
        return (await patient(self._api, ask, self._deadline)).body

    async def _parameter(self, name: str, region: str) -> bytes:
        ask = Ask(
            "POST",
            ("",),
            headers={"content-type": _JSON_1_1, "x-amz-target": "AmazonSSM.GetParameter"},
            body=msgspec.json.encode({"Name": name, "WithDecryption": False}),
            region=region,
            service="ssm",
            version="",
        )
        answer = await patient(self._api, ask, self._deadline)
        return read(answer, GotParameter).parameter.value.encode()

    async def _schema(self, text: str, region: str) -> bytes:
        named = _REGISTERED.fullmatch(text)
        if named is None:
            raise DiscoveryError("write schemas:REGISTRY/NAME")
        path = ("registries", "name", named[1], "schemas", "name", named[2])
        ask = Ask("GET", path, region=region, service="schemas", version="/v1")
        answer = await patient(self._api, ask, self._deadline)
        return read(answer, Registered).content.encode()

    _FORMS: Mapping[str, Callable[["Schemas", str, str], Awaitable[bytes]]] = {
        "gzip": _packed,
        "s3": _object,
        "ssm": _parameter,
        "schemas": _schema,
    }


def _plain(content: bytes) -> bytes:
    """A schema that may be compressed where it is kept."""
    if content.startswith(b"\x1f\x8b"):
        return decoded(content, "gzip", MAX_BYTES)
    if len(content) > MAX_BYTES:
        raise DiscoveryError(f"larger than the limit of {MAX_BYTES} bytes")
    return content


async def _all(asked: Iterable[Awaitable[Told | None]]) -> tuple[Told, ...]:
    found = await asyncio.gather(*asked)
    return tuple(one for one in found if one is not None)
