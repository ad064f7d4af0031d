"""Every operation of real documents, called by us and by hand: the same answer, and no complaint.

Prism checks each request against its document and answers with the document's own examples.
"""

import asyncio
import base64
import binascii
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.backends.openapi import prisms
from tests.backends.process import LOOPBACK, Server
from tests.upstreams.openapi import samples
from tests.upstreams.openapi.samples import Described, NoSample, Sampled
from tests.upstreams.openapi.test_corpus import ROOTS, name
from upstreams.errors import CallError
from upstreams.kind import Call, Client, File
from upstreams.model import (
    EnumType,
    Function,
    InputType,
    ListOf,
    MapOf,
    Named,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)
from upstreams.openapi import KIND
from upstreams.openapi.model import Binding, Credential, Guard, OpenApiCatalog, Scheme, Settings
from upstreams.openapi.translate import parse

pytestmark = [pytest.mark.real, pytest.mark.corpus]

LARGEST = 120_000
"""Documents up to this many bytes are asked: prism needs seconds for each larger one."""
AT_LEAST = 60
TOGETHER = 8
_EXACT = json.JSONDecoder(parse_float=Decimal)

_LISTED = (
    "prism takes a path's value with commas for a list and then fails on it:"
    " TypeError: value.split is not a function"
)
_ARRAYS = (
    "the document gives an object that style, as the specification's table has it; prism fails:"
    " delimited style is only applicable to array parameter"
)
_INFORMING = "a status of 1xx ends no exchange (RFC 9110 section 15.2); prism gives nothing else"
_PLAIN = (
    "the document says that its form is one text, and prism reads the form before it checks that:"
    " Request body must be string"
)
_EMPTY = (
    "the document allows the empty text alone, which prism takes for none:"
    " Request query must have required property"
)
_NOWHERE = "the document allows the empty text alone, and no path can have an empty value"
_XML = "prism does not read XML: of the text of the body it says that it must be object"

KNOWN = {
    **{
        (f"native3{minor}/readme-parameters-style.json", function): why
        for minor in (0, 1)
        for function, why in (
            ("paths_standard", _LISTED),
            ("paths_matrix_nonExploded", _LISTED),
            ("paths_label_nonExploded", _LISTED),
            ("paths_simple_nonExploded", _LISTED),
            ("paths_simple_exploded", _LISTED),
            ("query_spaceDelimited_nonExploded", _ARRAYS),
            ("query_pipeDelimited_nonExploded", _ARRAYS),
            ("formData_spaceDelimited_nonExploded", _ARRAYS),
            ("form_data_pipeDelimited_nonExploded", _ARRAYS),
        )
    },
    ("native30/readme-http-status-codes.json", "GET /status/100"): _INFORMING,
    ("native30/readme-http-status-codes.json", "GET /status/101"): _INFORMING,
    ("native30/readme-http-status-codes.json", "GET /status/102"): _INFORMING,
    ("native30/readme-http-status-codes.json", "GET /status/103"): _INFORMING,
    ("native30/readme-schema-circular.json", "PUT /circular"): (
        "it declares a header parameter Authorization, which is to be ignored (OpenAPI 3.0.4"
        " section 4.7.12.1); prism: Request header must have required property 'authorization'"
    ),
    ("directory/libretranslate.local.json", "POST /detect"): _PLAIN,
    ("directory/libretranslate.local.json", "POST /translate"): _PLAIN,
    ("directory/libretranslate.local.json", "POST /translate_file"): (
        "the document says that its multipart form is one text, which has no parts; prism:"
        " Boundary parameter for multipart/form-data is not defined"
    ),
    ("swagger2/autorest-testserver/body-formdata.json", "formdata_UploadFileViaBody"): (
        "the document says that its body of bytes is an object; prism: Request body must be object"
    ),
    ("swagger2/autorest-testserver/url.json", "queries_stringEmpty"): _EMPTY,
    ("swagger2/autorest-testserver/url.json", "queries_byteEmpty"): _EMPTY,
    ("swagger2/autorest-testserver/url.json", "paths_stringEmpty"): _NOWHERE,
    ("swagger2/autorest-testserver/url.json", "paths_byteEmpty"): _NOWHERE,
    ("swagger2/autorest-testserver/url.json", "paths_stringNull"): (
        "the document has its path a second time with another name for the variable, which is"
        " not allowed; prism checks the other's: Request path parameter enumpath must be equal to"
    ),
    ("swagger2/autorest-testserver/xml-service.json", "xml_putSimple"): _XML,
    ("swagger2/autorest-testserver/xml-service.json", "xml_putWrappedLists"): _XML,
}
"""Where the two ways do not agree, or cannot be asked, and why; by document and function."""

CREDENTIALS = {
    Guard.API_KEY: Credential(value="key"),
    Guard.BASIC: Credential(username="user", password="word"),
    Guard.BEARER: Credential(token="token"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one operation; no reason means that both ways agreed."""

    document: str
    function: str
    reason: str = ""
    detail: str = ""


@pytest.fixture(scope="module")
def mocks() -> Iterator[Server]:
    with prisms() as server:
        yield server


def given(types: Mapping[str, TypeDef], ref: TypeRef, value: Any) -> Any:
    """A value of JSON as an argument of that type, as a client would give it."""
    kind = nullable(ref)
    match kind:
        case _ if value is None:
            return None
        case Scalar(kind=ScalarKind.UPLOAD) if isinstance(value, str):
            return File(value.encode())
        case Scalar(kind=ScalarKind.BYTES) if isinstance(value, str):
            return _bytes(value)
        case Scalar(kind=ScalarKind.STRING) if not isinstance(value, str):
            return samples.text(value)
        case ListOf(of=inner) if isinstance(value, list):
            return [given(types, inner, one) for one in value]
        case MapOf(of=inner) if isinstance(value, dict):
            return {key: given(types, inner, one) for key, one in value.items()}
        case Named(key=key):
            return _of_type(types, types[key], value)
        case _:
            return value


def _of_type(types: Mapping[str, TypeDef], one: TypeDef, value: Any) -> Any:
    if isinstance(one, EnumType):
        return next((each.value for each in one.values if each.value == value), value)
    if isinstance(one, InputType) and one.one_of:
        field = next(f for f in one.fields if _may_be(types, f.type, value))
        return {field.name: given(types, field.type, value)}
    if isinstance(one, InputType) and isinstance(value, dict):
        fields = {field.name: field.type for field in one.fields}
        return {
            key: given(types, fields[key], each) for key, each in value.items() if key in fields
        }
    return value


def _may_be(types: Mapping[str, TypeDef], ref: TypeRef, value: Any) -> bool:
    """Whether a value looks like one of that type."""
    match nullable(ref):
        case ListOf():
            return isinstance(value, list)
        case MapOf():
            return isinstance(value, dict)
        case Scalar(kind=ScalarKind.JSON):
            return True
        case Scalar(kind=ScalarKind.BOOLEAN):
            return isinstance(value, bool)
        case Scalar(kind=kind) if kind.value in ("Int", "Long", "Float", "Decimal", "BigInt"):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Scalar():
            return isinstance(value, str)
        case Named(key=key):
            one = types[key]
            if isinstance(one, EnumType):
                return any(each.value == value for each in one.values)
            if isinstance(one, InputType) and one.one_of:
                return any(_may_be(types, field.type, value) for field in one.fields)
            known = {field.name for field in one.fields} if isinstance(one, InputType) else set()
            return isinstance(value, dict) and value.keys() <= known
        case _:
            return False


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value.encode()


def arguments(catalog: OpenApiCatalog, function: Function[Binding], one: Sampled) -> dict[str, Any]:
    """The sampled values as the function's arguments."""
    types = {each.key: each for each in catalog.types}
    refs = {field.name: field.type for field in function.arguments}
    values = {(p.get("in"), p.get("name")): value for p, value in one.parameters}
    found = {}
    for parameter in function.binding.parameters:
        where = "formData" if parameter.where.value == "form" else parameter.where.value
        if (where, parameter.name) in values:
            value = values[where, parameter.name]
            found[parameter.argument] = given(types, refs[parameter.argument], value)
    body = function.binding.body
    if body and body.argument and one.media_type:
        found[body.argument] = given(types, refs[body.argument], one.body)
    return found


def proofs(schemes: Mapping[str, Scheme], one: Sampled) -> tuple[dict[str, str], list[str]]:
    """The headers and query texts that the first of the operation's requirements asks for."""
    headers: dict[str, str] = {}
    query: list[str] = []
    for needed in next((each for each in one.security if each), {}):
        scheme = schemes[needed]
        match scheme.guard, scheme.where.value:
            case Guard.API_KEY, "header":
                headers[scheme.parameter] = "key"
            case Guard.API_KEY, "query":
                query.append(f"{scheme.parameter}=key")
            case Guard.API_KEY, _:
                headers["Cookie"] = f"{scheme.parameter}=key"
            case Guard.BASIC, _:
                headers["Authorization"] = "Basic dXNlcjp3b3Jk"
            case _:
                headers["Authorization"] = "Bearer token"
    return headers, query


class Comparison:
    """One document, asked by us and by hand."""

    def __init__(
        self, document: str, described: Described, catalog: OpenApiCatalog, mocks: str, url: str
    ) -> None:
        self._document = document
        self._described = described
        self._catalog = catalog
        self._mocks = mocks
        self._url = url
        schemes = {one.name: one for one in catalog.wire.schemes}
        self._schemes = schemes
        self._rests = {name for _, name in catalog.wire.rests}
        auth = {
            name: CREDENTIALS[one.guard]
            for name, one in schemes.items()
            if one.guard in CREDENTIALS
        }
        self._settings = Settings(openapi="", url=url, auth=auth, forward=("x-tag",))

    async def findings(self, http: httpx.AsyncClient) -> list[Finding]:
        client = KIND.connect("up", self._settings, self._catalog)
        room = asyncio.Semaphore(TOGETHER)

        async def bounded(index: int, function: Function[Binding]) -> Finding:
            async with room:
                return await self._finding(http, client, index, function)

        async with aclosing(client):
            found = (bounded(i, one) for i, one in enumerate(self._catalog.functions))
            return list(await asyncio.gather(*found))

    async def _finding(
        self, http: httpx.AsyncClient, client: Client, index: int, function: Function[Binding]
    ) -> Finding:
        binding = function.binding
        try:
            one = samples.sampled(self._described, binding.path, binding.method.lower())
        except NoSample as reason:
            return Finding(self._document, function.name, "no sample", str(reason))
        tag = f"{self._document}/{index}"
        try:
            expected, hand = await self._by_hand(http, one, binding, f"{tag}/hand")
        except httpx.HTTPError as error:
            return Finding(self._document, function.name, "prism fails", type(error).__name__)
        found = await self._by_us(client, function, one, f"{tag}/ours")
        expected, found = (_spread(one, self._rests) for one in (expected, found))
        ours = await self._complaints(http, f"{tag}/ours")
        theirs = await self._complaints(http, f"{tag}/hand")
        return Finding(self._document, function.name, *_judged(expected, found, hand, ours, theirs))

    async def _by_hand(
        self, http: httpx.AsyncClient, one: Sampled, binding: Binding, tag: str
    ) -> tuple[Any, httpx.Response]:
        proof, query = proofs(self._schemes, one)
        proven = {text.partition("=")[0] for text in query}
        one = replace(one, parameters=[p for p in one.parameters if p[0].get("name") not in proven])
        target = samples.target(one)
        mark = ("&" if "?" in target else "?") if query else ""
        body = samples.content(one)
        headers = {"Accept": binding.accept, **samples.headers(one), **proof, "x-tag": tag}
        if body:
            headers["Content-Type"] = body[1]
        response = await http.request(
            binding.method,
            f"{self._url}{target}{mark}{'&'.join(query)}",
            headers={key.encode(): value.encode() for key, value in headers.items()},
            content=body[0] if body else None,
        )
        return _value(response), response

    async def _by_us(
        self, client: Client, function: Function[Binding], one: Sampled, tag: str
    ) -> Any:
        values = arguments(self._catalog, function, one)
        deadline = asyncio.get_running_loop().time() + 5
        try:
            return await client.call(Call(function, values, deadline, {"x-tag": tag}))
        except CallError as error:
            return error

    async def _complaints(self, http: httpx.AsyncClient, tag: str) -> list[str]:
        seen = (await http.get(f"{self._mocks}/seen", params={"tag": tag})).json()
        if seen is None:
            return ["it never came"]
        said = [one for one in seen["violations"] if one["location"][0] == "request"]
        return [f"{'.'.join(map(str, one['location']))}: {one['message']}" for one in said]


def _value(response: httpx.Response) -> Any:
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if not response.content:
        return None
    if "json" in media_type:
        return _EXACT.decode(response.text)
    return response.text


def _spread(value: Any, rests: Collection[str]) -> Any:
    """The value as the backend gave it: what we put under a name of ours, among the others."""
    if isinstance(value, list):
        return [_spread(one, rests) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, one in value.items():
        below = _spread(one, rests)
        found |= below if key in rests and isinstance(below, dict) else {key: below}
    return found


def _judged(
    expected: Any, found: Any, hand: httpx.Response, ours: list[str], theirs: list[str]
) -> tuple[str, str]:
    """Why the two ways do not agree; two empty texts when they do."""
    if theirs and ours:
        return "sample does not fit", theirs[0]
    if ours:
        return "complaint", ours[0]
    status = found.status if isinstance(found, CallError) else None
    if not hand.is_success:
        agreed = status == hand.status_code
        return ("", "") if agreed else ("status", f"{hand.status_code}, we have {found!r}")
    if isinstance(found, CallError):
        return "error", f"{found.message}: {found.told}"
    if isinstance(found, bytes):
        found = found.decode(errors="replace")
    if found is not None and "xml" in hand.headers.get("content-type", ""):
        return "", ""
    return (
        ("", "")
        if (found or None) == (expected or None)
        else ("value", f"{found!r:.80} for {expected!r:.80}")
    )


def _tree(file: Path) -> object:
    return parse(file.read_bytes(), str(file))


async def _compared(file: Path, mocks: Server, http: httpx.AsyncClient) -> list[Finding] | str:
    """What came of each operation; or why prism cannot serve the document."""
    opened = await http.get(f"{mocks.url}/open", params={"document": str(file)})
    if "error" in opened.json():
        return str(opened.json()["error"]).partition("\n")[0]
    url = f"http://{LOOPBACK}:{opened.json()['port']}"
    tree = await asyncio.to_thread(_tree, file)
    assert isinstance(tree, dict)
    catalog = await KIND.discover(Settings(openapi=str(file)))
    described = Described(json.loads(json.dumps(tree, default=float)))
    return await Comparison(name(file), described, catalog, mocks.url, url).findings(http)


@pytest.mark.timeout(400)
async def test_by_us_and_by_hand(mocks: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Each operation gives the same either way, and prism has nothing against our request."""
    files = [file for file in ROOTS if file.stat().st_size <= LARGEST]
    unserved: dict[str, str] = {}
    findings: list[Finding] = []

    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        for file in files:
            found = await _compared(file, mocks, http)
            if isinstance(found, str):
                unserved[name(file)] = found
            else:
                findings += found

    served = len(files) - len(unserved)
    odd = [one for one in findings if one.reason]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{served} documents, {len(findings)} operations, {len(odd)} not alike\n"
        )
        sys.stdout.writelines(f"  {_shown(one)}\n" for one in odd)
        sys.stdout.write(f"{len(unserved)} documents that prism cannot open\n")
    assert [_shown(one) for one in odd if not _why(one)] == []
    assert KNOWN.keys() - {(one.document, one.function) for one in odd} == set()
    assert served >= AT_LEAST


def _why(one: Finding) -> str:
    """The known reason for a finding; empty where there is none."""
    return KNOWN.get((one.document, one.function), "")


def _shown(one: Finding) -> str:
    why = _why(one) or "unexpected"
    return f"{one.document} {one.function}: {why} ({one.reason}: {one.detail:.90})"
