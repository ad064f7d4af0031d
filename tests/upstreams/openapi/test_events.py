"""Callbacks and webhooks: what becomes of them, and how what a backend sends is read."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any

import pytest
from graphql import build_schema

from schema.build import build
from tests import corpora, scoreboard
from tests.backends.openapi import Asked, answering, fixed
from upstreams.errors import Refused, Unreachable
from upstreams.json_schema import Documents
from upstreams.kind import Call, Event, Reader, Receipt, Streams
from upstreams.model import Flow, Function, InputType, ListOf, Named, nullable
from upstreams.openapi import KIND
from upstreams.openapi.discover import discover
from upstreams.openapi.model import OpenApiCatalog, Settings
from upstreams.openapi.translate import translate

TEXT = {"type": "string"}
FINE = {"204": {"description": ""}}


def catalog(document: dict[str, Any], *, events: bool = True) -> OpenApiCatalog:
    """The catalog of a document."""
    whole = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **document}
    return translate(Documents({"": whole}), "/doc.json", events=events)


def asking(callbacks: Any, **operation: Any) -> dict[str, Any]:
    """A document with one operation called `ask`."""
    post = {"operationId": "ask", "responses": FINE, "callbacks": callbacks, **operation}
    return {"paths": {"/ask": {"post": post}}}


def body(schema: Any, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    """A request body of that schema."""
    return {"requestBody": {"content": {media_type: {"schema": schema}}, **more}}


def sent(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    """An operation that the backend performs."""
    return {**body(schema, media_type), "responses": FINE}


def query(*names: str) -> list[dict[str, Any]]:
    """Required query parameters."""
    return [{"name": one, "in": "query", "required": True, "schema": TEXT} for one in names]


def events(found: OpenApiCatalog) -> dict[str, Function]:
    """The functions that are fed by events, by name."""
    return {one.name: one for one in found.functions if one.flow is Flow.EVENTS}


def fields(found: OpenApiCatalog, function: Function) -> Any:
    """The fields of a function's input by name, those below as such again."""
    (argument,) = (one for one in function.arguments if one.name == "input")
    return _below(found, argument.type)


def _below(found: OpenApiCatalog, ref: Any) -> Any:
    plain = nullable(ref)
    known = next((one for one in found.types if Named(one.key) == plain), None)
    if not isinstance(known, InputType):
        return ref is plain
    return {one.name: _below(found, one.type) for one in known.fields}


def test_a_callback_takes_what_its_operation_takes_but_for_the_address() -> None:
    """Its name is made of the operation's, the callback's and the method."""
    called = {"onDone": {"{$request.query.to}/done": {"post": sent({"type": "integer"})}}}

    (function,) = events(catalog(asking(called, parameters=query("to", "what")))).values()

    assert (function.name, function.label) == ("ask callback onDone post", "onDone")
    assert function.scope == ("ask",)
    assert [one.name for one in function.arguments] == ["what"]
    assert isinstance(function.returns, ListOf)


def test_an_operation_id_is_the_label() -> None:
    """As of any operation."""
    done = {**sent({}), "operationId": "orderDone"}
    found = catalog(
        asking({"onDone": {"{$request.query.to}": {"post": done}}}, parameters=query("to"))
    )

    assert [one.label for one in events(found).values()] == ["orderDone"]


def test_the_address_in_a_body_is_no_field_of_its_input() -> None:
    """The operation's own input keeps it."""
    hook = {"type": "object", "properties": {"url": TEXT, "tries": {"type": "integer"}}}
    order = {"type": "object", "properties": {"item": TEXT, "hook": hook}, "required": ["item"]}
    called = {"onDone": {"{$request.body#/hook/url}": {"post": sent({})}}}

    found = catalog(asking(called, **body(order)))

    assert fields(found, found.functions[0]) == {
        "item": False,
        "hook": {"url": True, "tries": True},
    }
    assert fields(found, found.functions[1]) == {"item": False, "hook": {"tries": True}}


def test_a_body_that_is_nothing_but_an_address_is_no_argument() -> None:
    """There is nothing to ask a client for."""
    order = {
        "type": "object",
        "properties": {"hook": {"type": "object", "properties": {"url": TEXT}}},
    }
    called = {"onDone": {"$request.body#/hook/url": {"post": sent({})}}}

    (function,) = events(catalog(asking(called, **body(order, required=True)))).values()

    assert function.arguments == ()


def test_an_input_that_has_no_required_field_left_may_be_absent() -> None:
    """Although the body with the address may not."""
    order = {"type": "object", "properties": {"url": TEXT, "note": TEXT}, "required": ["url"]}
    called = {"onDone": {"{$request.body#/url}": {"post": sent({})}}}

    found = catalog(asking(called, **body(order, required=True)))

    (argument,) = found.functions[1].arguments
    assert argument.type == nullable(argument.type)
    assert found.functions[0].arguments[0].type != nullable(found.functions[0].arguments[0].type)


UNSERVED = {
    "http://fixed.example/{$request.body#/id}": "does not say where to call",
    "/topics/{$request.body#/id}": "does not say where to call",
    "{$response.body#/url}": "does not say where to call",
    "{$request.query.absent}": "has no query parameter 'absent'",
    "{$request.body#/absent}": "there is nothing at '/absent'",
    "{$request.body#/list/0}": "no address can be put at",
    "{$request.header.accept}": "no address can be put at",
}


@pytest.mark.parametrize("expression", UNSERVED)
def test_a_callback_to_an_address_that_is_not_ours_to_give(expression: str) -> None:
    """It is listed with the reason."""
    order = {"type": "object", "properties": {"list": {"type": "array", "items": TEXT}}}

    found = catalog(asking({"onDone": {expression: {"post": sent({})}}}, **body(order)))

    (skipped,) = found.skipped
    assert skipped.function == "ask callback onDone post"
    assert UNSERVED[expression] in skipped.reason


def test_callbacks_that_are_described_elsewhere() -> None:
    """The callback and its path item may be references."""
    document = asking({"onDone": {"$ref": "#/components/callbacks/Done"}}, parameters=query("to"))
    item = {"$ref": "#/components/pathItems/Done"}
    components = {
        "callbacks": {"Done": {"{$request.query.to}": item}},
        "pathItems": {"Done": {"post": sent(TEXT)}},
    }

    found = catalog({**document, "components": components})

    assert list(events(found)) == ["ask callback onDone post"]


SAYING_NOTHING: dict[str, Any] = {
    "no expression": {},
    "no operation": {"{$request.query.to}": {}},
    "a reference to nowhere": {"$ref": "#/components/callbacks/Nowhere"},
    "nothing to read": {"{$request.query.to}": {"post": sent({}, "multipart/form-data")}},
}


@pytest.mark.parametrize("what", SAYING_NOTHING)
def test_a_callback_that_cannot_be_read_is_listed(what: str) -> None:
    """Whatever it lacks."""
    found = catalog(asking({"onDone": SAYING_NOTHING[what]}, parameters=query("to")))

    (skipped,) = found.skipped
    assert skipped.function.startswith("ask callback onDone")
    assert skipped.reason


def test_a_callback_of_an_operation_that_cannot_be_called() -> None:
    """It has nobody to ask."""
    called = {"onDone": {"{$request.query.to}": {"post": sent({})}}}
    unsendable = {"requestBody": {"$ref": "#/nowhere"}}

    found = catalog(asking(called, parameters=query("to"), **unsendable))

    assert [one.function for one in found.skipped] == ["ask", "ask callback onDone post"]


@pytest.mark.parametrize("key", ["webhooks", "x-webhooks"])
def test_webhooks_take_no_arguments(key: str) -> None:
    """Each request of one is a function of its own; they share an address."""
    item = {"post": sent(TEXT), "delete": {"parameters": query("id"), "responses": FINE}}

    found = events(catalog({key: {"newPet": item}}))

    assert [(one.label, one.standing, one.arguments) for one in found.values()] == [
        ("newPet", "newPet", ()),
        ("newPet delete", "newPet", ()),
    ]


def test_without_events_every_one_is_listed() -> None:
    """With what to do about it."""
    document = asking({"onDone": {"{$request.query.to}": {"post": sent({})}}})

    found = catalog({**document, "webhooks": {"paid": {"post": sent({})}}}, events=False)

    assert events(found) == {}
    assert [(one.function, one.reason) for one in found.skipped] == [
        ("ask callback onDone post", "callbacks and webhooks are off; set events: true"),
        ("webhook paid post", "callbacks and webhooks are off; set events: true"),
    ]


class Box:
    """A mailbox that hands events straight to its reader."""

    url = "https://gateway.example/events/box"

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self._read: Reader | None = None
        self._waiting: asyncio.Queue[Any] = asyncio.Queue()

    @contextmanager
    def open(self, read: Reader) -> Iterator[AsyncIterator[Any]]:
        self._read = read
        self.opened.set()
        try:
            yield self._messages()
        finally:
            self.closed.set()

    def deliver(self, event: Event) -> Receipt:
        """What the reader makes of an event, which is kept."""
        assert self._read is not None
        receipt = self._read(event)
        for one in receipt.messages:
            self._waiting.put_nowait(one)
        return receipt

    async def _messages(self) -> AsyncIterator[Any]:
        while True:
            yield await self._waiting.get()


@asynccontextmanager
async def subscribed(
    found: OpenApiCatalog, backend: str = "", **arguments: Any
) -> AsyncIterator[tuple[Box, asyncio.Task[Any]]]:
    """A subscription to the first function that is fed by events, and its first message to come."""
    function = next(iter(events(found).values()))
    line = KIND.connect("up", Settings(openapi="", url=backend or None), found)
    assert isinstance(line, Streams)
    box = Box()
    call = Call(function, arguments, math.inf, mailbox=box)
    async with (
        aclosing(line),
        aclosing(line.stream(call)) as messages,
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(anext(messages))
        await box.opened.wait()
        yield box, first
        first.cancel()


async def received(found: OpenApiCatalog, event: Event) -> Receipt:
    """What becomes of an event."""
    async with subscribed(found) as (box, _):
        return box.deliver(event)


def posted(content: bytes, media_type: str = "", path: str = "", query: str = "") -> Event:
    """A POST to an address."""
    headers = {"content-type": media_type} if media_type else {}
    return Event("POST", path, content, headers, query)


async def test_a_subscription_asks_with_its_address() -> None:
    """In the place the description names, beside the client's own arguments."""
    order = {"type": "object", "properties": {"item": TEXT, "url": TEXT}}
    called = {"onDone": {"{$request.body#/url}": {"post": sent(TEXT)}}}
    found = catalog(asking(called, **body(order)))

    async with (
        answering(fixed(b"", 204)) as backend,
        subscribed(found, backend.url, input={"item": "tea"}) as (box, first),
    ):
        box.deliver(posted(b'"done"', "application/json"))
        said = await first

    assert said == "done"
    assert json.loads(backend.asked[0].body) == {"item": "tea", "url": Box.url}
    assert box.closed.is_set()


async def test_what_comes_before_the_answer_is_not_lost() -> None:
    """A backend may call before it has answered that it will."""
    called = {"onDone": {"{$request.query.to}": {"post": sent(TEXT)}}}
    found = catalog(asking(called, parameters=query("to")))
    called_first = asyncio.Event()

    async def slow(_: Asked, writer: asyncio.StreamWriter) -> None:
        await called_first.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with answering(slow) as backend, subscribed(found, backend.url) as (box, first):
        box.deliver(posted(b'"early"'))
        called_first.set()
        said = await first

    assert said == "early"


async def test_a_refusal_ends_the_subscription() -> None:
    """With the backend's status, and the address is gone."""
    called = {"onDone": {"{$request.query.to}": {"post": sent(TEXT)}}}
    found = catalog(asking(called, parameters=query("to")))

    async with answering(fixed(b"", 403)) as backend:
        with pytest.raises(ExceptionGroup) as error:
            async with subscribed(found, backend.url) as (box, first):
                await asyncio.wait([first])

    (refused,) = error.value.exceptions
    assert isinstance(refused, Refused)
    assert (refused.status, box.closed.is_set()) == (403, True)


async def test_without_a_mailbox_there_is_nothing_to_wait_for() -> None:
    """As for a catalog stored by a gateway that took events."""
    found = catalog({"webhooks": {"paid": {"post": sent(TEXT)}}})
    line = KIND.connect("up", Settings(openapi=""), found)
    assert isinstance(line, Streams)

    with pytest.raises(Unreachable, match="takes no events"):
        await anext(line.stream(Call(found.functions[0], {}, math.inf)))

    await line.aclose()


OBJECT = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "count": {"type": "integer"},
        "price": {"type": "number"},
        "paid": {"type": "boolean"},
        "tags": {"type": "array", "items": TEXT},
        "size": {"enum": ["s", "m"]},
        "more": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}
XML = b"<order><name>tea</name><paid>true</paid><tags>a</tags><tags>b</tags></order>"
FORM = b"name=tea&count=7&price=1.10&paid=true&tags=a&tags=b&size=m&more=%7B%22a%22%3A1%7D&other=1"
READ: dict[str, tuple[Any, str, bytes, Any]] = {
    "JSON": (OBJECT, "application/json", b'{"price": 1.10}', {"price": Decimal("1.10")}),
    "JSON of a type of its own": (TEXT, "application/vnd.a+json", b'"x"', "x"),
    "a list": ({"type": "array", "items": TEXT}, "application/json", b'["x"]', ["x"]),
    "XML": (OBJECT, "application/xml", XML, {"name": "tea", "paid": True, "tags": ["a", "b"]}),
    "text": (TEXT, "text/plain", "grün".encode(), "grün"),
    "bytes": ({}, "image/png", b"\x89PNG", b"\x89PNG"),
    "a form": (
        OBJECT,
        "application/x-www-form-urlencoded",
        FORM,
        {
            "name": "tea",
            "count": "7",
            "price": Decimal("1.10"),
            "paid": True,
            "tags": ["a", "b"],
            "size": "m",
            "more": {"a": 1},
        },
    ),
}


@pytest.mark.parametrize("what", READ)
async def test_a_body_is_read_as_it_is_described(what: str) -> None:
    """In every media type that answers are read in, and as a form."""
    schema, media_type, content, value = READ[what]
    found = catalog({"webhooks": {"paid": {"post": sent(schema, media_type)}}})

    receipt = await received(found, posted(content, media_type))

    assert receipt == Receipt(204, (value,))


async def test_additional_properties_have_their_field() -> None:
    """As in answers."""
    schema = {**OBJECT, "additionalProperties": TEXT}
    found = catalog({"webhooks": {"paid": {"post": sent(schema)}}})

    receipt = await received(found, posted(b'{"name": "tea", "odd": "x"}', "application/json"))

    (said,) = receipt.messages
    assert said["name"] == "tea"
    assert {"odd": "x"} in said.values()


UNREADABLE: dict[str, tuple[str, str, bytes, int]] = {
    "broken JSON": ("application/json", "application/json", b"{", 400),
    "broken XML": ("application/xml", "application/xml", b"<a", 400),
    "a bomb": ("application/xml", "application/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", 400),
    "text that is none": ("text/plain", "text/plain", b"\xff", 400),
    "a form that is no text": ("application/x-www-form-urlencoded", "", b"\xff", 400),
    "a form of too many fields": ("application/x-www-form-urlencoded", "", b"a&" * 2000, 400),
    "a form's field that is no JSON": ("application/x-www-form-urlencoded", "", b"more=%7B", 400),
    "XML for JSON": ("application/json", "application/xml", b"<a/>", 415),
    "JSON for a form": ("application/x-www-form-urlencoded", "application/json", b"{}", 415),
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_a_body_that_cannot_be_read_is_refused(what: str) -> None:
    """Its sender hears of it; the subscription does not."""
    described, said, content, status = UNREADABLE[what]
    found = catalog({"webhooks": {"paid": {"post": sent(OBJECT, described)}}})

    receipt = await received(found, posted(content, said))

    assert receipt == Receipt(status)


async def test_a_request_without_a_body_says_what_is_in_its_parameters() -> None:
    """Those of the query and the headers, typed."""
    parameters = [
        {"name": "id", "in": "query", "schema": {"type": "integer"}},
        {"name": "X-Kind", "in": "header", "schema": TEXT},
        {"name": "unsaid", "in": "query", "schema": TEXT},
    ]
    item = {"post": {"parameters": parameters, "responses": FINE}}
    found = catalog({"webhooks": {"gone": item}})

    receipt = await received(found, Event("POST", "", b"", {"x-kind": "cat"}, "id=7&other=1"))

    assert receipt.messages == ({"id": "7", "X-Kind": "cat"},)


async def test_a_request_that_says_nothing_at_all() -> None:
    """It happened: null."""
    found = catalog({"webhooks": {"ping": {"post": {"responses": FINE}}}})

    assert await received(found, posted(b"ignored")) == Receipt(204, (None,))


STATUSES: dict[str, tuple[dict[str, Any], int]] = {
    "the lowest of success": ({"204": {}, "202": {}, "404": {}}, 202),
    "none": ({}, 204),
    "no exact one": ({"2XX": {}, "default": {}}, 204),
}


@pytest.mark.parametrize("what", STATUSES)
async def test_an_event_is_answered_as_declared(what: str) -> None:
    """With a status of success."""
    responses, status = STATUSES[what]
    found = catalog({"webhooks": {"ping": {"post": {"responses": responses}}}})

    receipt = await received(found, posted(b""))

    assert receipt.status == status


SUFFIXES = {
    ("", ""): 204,
    ("", "/"): 204,
    ("", "/x"): 404,
    ("/data", "/data"): 204,
    ("/data", "/data/"): 204,
    ("/data", ""): 404,
    ("/a.b", "/axb"): 404,
    (".json", ".json"): 204,
    ("/{$request.body#/id}/x?y={$request.body#/id}", "/7/x"): 204,
    ("/{$request.body#/id}/x", "/7/8/x"): 404,
}


@pytest.mark.parametrize(("suffix", "path"), SUFFIXES)
async def test_what_a_backend_adds_to_the_address(suffix: str, path: str) -> None:
    """It is as the expression says, or the request is not there."""
    called = {"onDone": {f"{{$request.query.to}}{suffix}": {"post": sent(TEXT)}}}
    found = catalog(asking(called, parameters=query("to")))

    async with answering(fixed(b"", 204)) as backend, subscribed(found, backend.url) as (box, _):
        receipt = box.deliver(posted(b'"x"', path=path))

    assert receipt.status == SUFFIXES[suffix, path]


def test_what_is_not_shown_of_an_event_is_remarked() -> None:
    """Parameters beside a body."""
    item = {"post": {**sent(TEXT), "parameters": query("id")}}

    found = catalog({"webhooks": {"paid": item}})

    assert "only the body" in " ".join(one.reason for one in found.assumed)


MAPPED = {
    "directory/listennotes.com.json": 3,
    "native30/oai-callback-example.yaml": 1,
    "native30/readme-callbacks.json": 1,
    "native31/openapi-core-webhook-example.yaml": 1,
    "native31/readme-webhooks.json": 2,
    "native31/redocly-museum.yaml": 1,
    "native31/scalar-galaxy.yaml": 1,
}


@pytest.mark.corpus
async def test_every_callback_and_webhook_of_the_corpus() -> None:
    """Each becomes a subscription, but for one whose request does not say where to call."""
    folder = corpora.spec("openapi")
    mapped, skipped = {}, []
    for file in scoreboard.descriptions():
        text = file.read_bytes()
        if b"callbacks" in text or b"webhooks" in text:
            found = await discover(Settings(openapi=str(file), events=True))
            build({"upstream": found}, build_schema("type Query { _gateway: String }"))
            name = str(file.relative_to(folder))
            mapped[name] = len(events(found))
            skipped += [(name, one.function) for one in found.skipped]

    assert {name: count for name, count in mapped.items() if count} == MAPPED
    assert skipped == [
        ("native30/ibm-oas-graphql/extensions.json", "addPet callback petCreated post")
    ]
