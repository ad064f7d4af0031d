"""Lists that a backend gives page by page, as connections, over real HTTP."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.served import gateway
from tests.backends.openapi import Asked, Reply, answering, json_server, told
from tests.upstreams.openapi.lines import Line, lined
from upstreams.errors import BadInput, DiscoveryError, Malformed, Refused, TimedOut
from upstreams.json_schema import Documents
from upstreams.kind import Call
from upstreams.model import ListOf, Named, ObjectType, Remark, Required, Scalar, ScalarKind
from upstreams.openapi import KIND
from upstreams.openapi.call.paging.cursors import Cursors, Place
from upstreams.openapi.model import By, Choices, OpenApiCatalog, Pages, Paging, Settings
from upstreams.openapi.translate import translate

ITEM = {"$ref": "#/components/schemas/Item"}
ITEMS = {"type": "array", "items": ITEM}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
AUTO = {"it": Pages()}


def an_object(**properties: Any) -> Any:
    return {"type": "object", "properties": properties}


def parameter(name: str, schema: Any) -> Any:
    return {"name": name, "in": "query", "schema": schema}


def document(answer: Any, parameters: Mapping[str, Any], *headers: str) -> Any:
    """A document of one function, `it`, with those query parameters."""
    response = {
        "description": "",
        "headers": {name: {"schema": TEXT} for name in headers},
        "content": {"application/json": {"schema": answer}},
    }
    operation = {
        "operationId": "it",
        "parameters": [parameter(*pair) for pair in parameters.items()],
        "responses": {"200": response},
    }
    item = an_object(id=WHOLE, name=TEXT)
    return {
        "openapi": "3.0.3",
        "paths": {"/it": {"get": operation}},
        "components": {"schemas": {"Item": item}},
    }


def read(document: Any, pages: Mapping[str, Pages] = AUTO) -> OpenApiCatalog:
    choices = Choices(pages=pages)
    return translate(Documents({"": document}), "/doc.json", choices=choices)


Answer = tuple[Any, Mapping[str, str]]
Answering = Callable[[Mapping[str, str]], Answer]
"""What a backend says to a query, and the headers it says it with."""


def replying(answer: Answering) -> Reply:
    """The answers as HTTP; a text is an error of that status."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        query = parse_qs(urlsplit(asked.target).query, keep_blank_values=True)
        value, headers = answer({name: values[0] for name, values in query.items()})
        body = json.dumps(value).encode()
        named = {"content-type": "application/json", "content-length": len(body), **headers}
        lines = "".join(f"{name}: {one}\r\n" for name, one in named.items())
        status = value if isinstance(value, int) else 200
        writer.write(f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body)

    return reply


def stock(count: int) -> list[Any]:
    return [{"id": number, "name": f"item {number}"} for number in range(1, count + 1)]


def numbered(items: list[Any], size: int = 10) -> Answering:
    """Pages by number, with all items counted."""

    def answer(query: Mapping[str, str]) -> Answer:
        number, wanted = int(query.get("page", 1)), int(query.get("per_page", size))
        start = (number - 1) * wanted
        return {"data": items[start : start + wanted], "total": len(items)}, {}

    return answer


NUMBERED = document(
    an_object(data=ITEMS, total=WHOLE),
    {"page": WHOLE, "per_page": {"type": "integer", "default": 10, "maximum": 100}, "q": TEXT},
)


def by_offset(items: list[Any], size: int = 10) -> Answering:
    """A bare list from an offset on."""

    def answer(query: Mapping[str, str]) -> Answer:
        start, wanted = int(query.get("offset", 0)), int(query.get("limit", size))
        return items[start : start + wanted], {}

    return answer


OFFSET = document(
    ITEMS, {"offset": WHOLE, "limit": {"type": "integer", "default": 10, "maximum": 50}}
)


def by_cursor(items: list[Any], size: int = 10) -> Answering:
    """Pages that name the next one by a token of the backend's."""

    def answer(query: Mapping[str, str]) -> Answer:
        start = int(query.get("cursor", "at/0").removeprefix("at/"))
        end = start + int(query.get("limit", size))
        following = f"at/{end}" if end < len(items) else ""
        return {"items": items[start:end], "response_metadata": {"next_cursor": following}}, {}

    return answer


CURSOR = document(
    an_object(items=ITEMS, response_metadata=an_object(next_cursor=TEXT)),
    {"cursor": TEXT, "limit": {"type": "integer", "maximum": 100}},
)


def by_last_item(items: list[Any], size: int = 10) -> Answering:
    """Pages that go on after the item whose identity is given."""

    def answer(query: Mapping[str, str]) -> Answer:
        after = int(query.get("starting_after", 0))
        rest = [one for one in items if one["id"] > after]
        return {"data": rest[:size], "has_more": len(rest) > size}, {}

    return answer


LAST_ITEM = document(an_object(data=ITEMS, has_more=FLAG), {"starting_after": TEXT})


def by_link(items: list[Any], size: int = 10) -> Answering:
    """A bare list with a `Link` header that repeats what was asked for."""

    def answer(query: Mapping[str, str]) -> Answer:
        number, wanted = int(query.get("page", 1)), int(query.get("per_page", size))
        end = number * wanted
        rest = urlencode({**query, "page": number + 1, "per_page": wanted})
        link = f'</v1/other?page=1>; rel="first", </v1/other?{rest}>; title="a, b"; rel=next'
        headers = {"Link": link} if end < len(items) else {}
        return items[end - wanted : end], {**headers, "X-Total-Count": str(len(items))}

    return answer


LINK = document(
    ITEMS,
    {"page": WHOLE, "per_page": {"type": "integer", "maximum": 100}, "q": TEXT},
    *("Link", "X-Total-Count"),
)


def by_url(items: list[Any], size: int = 10) -> Answering:
    """Pages whose answers have the URL of the next one."""

    def answer(query: Mapping[str, str]) -> Answer:
        start = int(query.get("offset", 0))
        end = start + size
        following = f"?{urlencode({'offset': end})}" if end < len(items) else None
        return {"count": len(items), "next": following, "results": items[start:end]}, {}

    return answer


URL = document(
    an_object(count=WHOLE, next={"type": "string", "format": "uri"}, results=ITEMS),
    {"offset": WHOLE},
)

STYLES = {
    "page": (NUMBERED, numbered),
    "offset": (OFFSET, by_offset),
    "cursor": (CURSOR, by_cursor),
    "last item": (LAST_ITEM, by_last_item),
    "link": (LINK, by_link),
    "url": (URL, by_url),
}
every_style = pytest.mark.parametrize(("described", "style"), STYLES.values(), ids=STYLES)
Style = Callable[[list[Any]], Answering]


@asynccontextmanager
async def paged(
    answer: Answering, described: Any, pages: Pages | None = None, **settings: Any
) -> AsyncIterator[Line]:
    """A line to a function that is shown as a connection."""
    found = read(described, {"it": pages or Pages()})
    async with lined(replying(answer), found, **settings) as one:
        yield one


def ids(connection: Any) -> list[int]:
    return [one["id"] for one in connection["nodes"]]


async def everything(one: Line, first: int | None) -> list[int]:
    """The identities of all items, from as many connections as it takes."""
    asked: dict[str, Any] = {} if first is None else {"first": first}
    found: list[int] = []
    for _ in range(100):
        connection = await one.ask(**asked)
        found += ids(connection)
        if not connection["pageInfo"]["hasNextPage"]:
            return found
        asked["after"] = connection["pageInfo"]["endCursor"]
    raise AssertionError("it never ends")


@every_style
@pytest.mark.parametrize("first", [None, 7, 10, 100])
async def test_all_items(described: Any, style: Style, first: int | None) -> None:
    """Whatever the style and however many at a time: every item once, in the backend's order."""
    async with paged(style(stock(243)), described, Pages(max_pages=30)) as one:
        assert await everything(one, first) == list(range(1, 244))


@every_style
async def test_items_from_several_pages(described: Any, style: Style) -> None:
    """As many as are asked for, and where it goes on."""
    async with paged(style(stock(40)), described, Pages(max_pages=30)) as one:
        found = await one.ask(first=25)

        assert ids(found) == list(range(1, 26))
        assert found["pageInfo"]["hasNextPage"]
        assert [edge["node"]["id"] for edge in found["edges"]] == list(range(1, 26))
        assert found["pageInfo"]["endCursor"] == found["edges"][-1]["cursor"]


@every_style
async def test_any_cursor_leads_on(described: Any, style: Style) -> None:
    """Each item's cursor leads to the item after it, also in the middle of a page."""
    async with paged(style(stock(23)), described) as one:
        found = await one.ask(first=23)

        for edge in found["edges"][:-1]:
            following = await one.ask(first=1, after=edge["cursor"])
            assert ids(following) == [edge["node"]["id"] + 1]


@every_style
async def test_an_empty_list(described: Any, style: Style) -> None:
    """No items, nothing more, one call."""
    async with paged(style([]), described) as one:
        found = await one.ask(first=5)

        assert (found["nodes"], found["edges"]) == ([], [])
        assert found["pageInfo"] == {"hasNextPage": False, "endCursor": None}
        assert len(one.backend.asked) == 1


@every_style
async def test_one_page_by_default(described: Any, style: Style) -> None:
    """Without `first` the backend is asked once, for a page of its own size."""
    async with paged(style(stock(23)), described) as one:
        found = await one.ask()

        assert ids(found) == list(range(1, 11))
        assert len(one.backend.asked) == 1


@every_style
async def test_what_comes_later(described: Any, style: Style) -> None:
    """The cursor of the last item leads to what was added since."""
    items = stock(13)
    async with paged(style(items), described) as one:
        end = (await one.ask(first=13))["pageInfo"]["endCursor"]
        items.append({"id": 14, "name": "late"})

        assert ids(await one.ask(first=5, after=end)) == [14]


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "last item", "link"])
async def test_deletion_between_pages(style: str) -> None:
    """A page that is shorter than it was when its cursor was made is no mistake."""
    described, made = STYLES[style]
    items = stock(25)
    async with paged(made(items), described) as one:
        found = await one.ask(first=18)
        del items[12:]

        rest = await one.ask(first=10, after=found["pageInfo"]["endCursor"])

        assert (rest["nodes"], rest["pageInfo"]["hasNextPage"]) == ([], False)


@pytest.mark.parametrize(
    ("style", "counted"),
    [("page", 23), ("link", 23), ("offset", None), ("cursor", None), ("url", None)],
)
async def test_the_number_of_all_items(style: str, counted: int | None) -> None:
    """It is told where the answer or a header says it."""
    described, made = STYLES[style]
    async with paged(made(stock(23)), described) as one:
        assert (await one.ask(first=3))["totalCount"] == counted


async def test_the_size_of_pages() -> None:
    """As many as are wanted are asked for at once, as far as the description allows."""
    async with paged(numbered(stock(500)), NUMBERED) as one:
        await one.ask(first=250, q="x")

        assert [asked.target for asked in one.backend.asked] == [
            f"/v1/it?q=x&page={number}&per_page=100" for number in (1, 2, 3)
        ]


async def test_a_first_page_of_zero() -> None:
    """Where the description counts from zero, so do we."""
    zero = {"type": "integer", "default": 0}

    def answer(query: Mapping[str, str]) -> Answer:
        start = int(query["page"]) * 10
        return stock(23)[start : start + 10], {}

    async with paged(answer, document(ITEMS, {"page": zero})) as one:
        assert ids(await one.ask(first=23)) == list(range(1, 24))


@pytest.mark.parametrize("first", [-1, 1001])
async def test_more_items_than_allowed(first: int) -> None:
    """`first` has bounds; the backend is not asked."""
    async with paged(numbered(stock(5)), NUMBERED) as one:
        with pytest.raises(BadInput, match="between 0 and 1000"):
            await one.ask(first=first)

        assert one.backend.asked == []


async def test_more_pages_than_allowed_are_foreseen() -> None:
    """Where the size of pages is known, the backend is not asked in vain."""
    async with paged(numbered(stock(50)), NUMBERED, Pages(max_pages=2, page_size=10)) as one:
        with pytest.raises(BadInput, match="2 pages of 10"):
            await one.ask(first=21)

        assert one.backend.asked == []


async def test_more_pages_than_allowed_are_not_asked_for() -> None:
    """Where the size of pages shows only then, it says how many items there may be."""
    async with paged(by_last_item(stock(50)), LAST_ITEM, Pages(max_pages=2)) as one:
        with pytest.raises(BadInput, match="at most 20"):
            await one.ask(first=21)

        assert len(one.backend.asked) == 2


async def test_a_page_that_fails() -> None:
    """A page that fails midway fails the field, with that page's error."""

    def answer(query: Mapping[str, str]) -> Answer:
        return (503, {}) if query["page"] == "2" else numbered(stock(30))(query)

    async with paged(answer, NUMBERED, Pages(page_size=10)) as one:
        with pytest.raises(Refused) as caught:
            await one.ask(first=30)

    assert (caught.value.status, caught.value.retryable) == (503, True)


async def test_the_deadline_is_that_of_all_pages() -> None:
    """Pages that never end in time are given up at the call's deadline."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if "page=2" in asked.target:
            await asked.gone()
        await replying(numbered(stock(30)))(asked, writer)

    async with lined(reply, read(NUMBERED, {"it": Pages(page_size=10)})) as one:
        with pytest.raises(TimedOut):
            await one.ask(first=30, within=0.3)


async def test_the_largest_answer_is_that_of_all_pages() -> None:
    """Pages that are small enough each are too large together."""
    async with paged(numbered(stock(100)), NUMBERED, Pages(page_size=10), max_response=2000) as one:
        with pytest.raises(Malformed, match="2000 bytes"):
            await one.ask(first=100)


def leading_to(link: str) -> Answering:
    """Pages of one item, all of which lead to the same URL."""
    return lambda _: ([{"id": 1}], {"Link": f"<{link}>; rel=next"})


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:1/v1/it?page=2",
        "https://{host}/v1/it?page=2",
        "//evil.example/v1/it?page=2",
        "http://{host}@evil.example/v1/it?page=2",
        "http://evil.example#@{host}/v1/it?page=2",
        "/admin?page=2",
        "/v1/../admin?page=2",
        "/v10/it?page=2",
        "file:///etc/passwd?page=2",
        "http://[::1/it?page=2",
        "http://{host}:99999/v1/it?page=2",
    ],
)
async def test_hostile_links(link: str) -> None:
    """A next page that lies elsewhere fails the field; nobody is asked for it."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        there = link.replace("{host}", asked.header("host") or "")
        await replying(leading_to(there))(asked, writer)

    async with lined(reply, read(LINK)) as one:
        with pytest.raises(Malformed):
            await one.ask(first=5)

        assert len(one.backend.asked) == 1


@pytest.mark.parametrize("link", ["/v1/it", "?page=2", "/v1/it?page=2&token=x", "?token=x"])
async def test_pages_in_a_circle(link: str) -> None:
    """Pages that lead back to one of theirs end as an error."""
    async with paged(leading_to(link), LINK) as one:
        with pytest.raises(Malformed, match="circle"):
            await one.ask(first=5)

        assert len(one.backend.asked) <= 2


async def test_only_declared_parameters_are_taken_over() -> None:
    """A link's path and whatever else it says are left out; no secret of it gets into cursors."""

    def answer(query: Mapping[str, str]) -> Answer:
        link = '</v1/secret/path?page=2&key=secret&admin=1&q=a%20b>; rel="next"'
        return ([{"id": 1}], {"Link": link} if query["page"] == "1" else {})

    async with paged(answer, LINK) as one:
        found = await one.ask(q="a b", first=1)
        await one.ask(q="a b", after=found["pageInfo"]["endCursor"])

        cursor = found["pageInfo"]["endCursor"]
        assert b"secret" not in base64.urlsafe_b64decode(cursor + "==")
        assert one.backend.asked[0].target == "/v1/it?q=a%20b&page=1&per_page=1"
        assert one.backend.asked[1].target == "/v1/it?q=a%20b&page=2"


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "",
        "?",
        "ü",
        "x" * 10_000,
        forged(1, "it", [["page", "2"], ["per_page", "10"]]),
        forged(2, "it", [["page", "2"], ["per_page", "10"]], 0),
        forged(1, "other", [["page", "2"], ["per_page", "10"]], 0),
        forged(1, "it", [["page", "2"], ["admin", "1"]], 0),
        forged(1, "it", [["page", "2&admin=1"]], 0),
        forged(1, "it", [["page", "2"], ["page", "3"]], 0),
        forged(1, "it", [["page", "2"], ["per_page", "101"]], 0),
        forged(1, "it", [["page", "2"], ["per_page", "0"]], 0),
        forged(1, "it", [["page", "2"], ["per_page", "10"]], -1),
        forged(1, "it", [["page", "2"], ["per_page", "10"]], 10**9),
        forged(1, "it", [["per_page", "10"]], 0),
        forged(1, "it", "http://evil.example", 0),
    ],
)
async def test_cursors_that_are_none(after: str) -> None:
    """What is no cursor of this field, or a made-up one, is refused; the backend is not asked."""
    async with paged(numbered(stock(5)), NUMBERED) as one:
        with pytest.raises(BadInput, match="`after` is no cursor"):
            await one.ask(first=5, after=after)

        assert one.backend.asked == []


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50)


@given(query=st.lists(st.tuples(st.just("q"), TEXTS), max_size=4), skip=st.integers(0, 10**6))
def test_a_cursor_is_read_back(query: list[tuple[str, str]], skip: int) -> None:
    """Whatever place it stands for."""
    cursors, place = Cursors("it", Paging(By.LINK, links=("q",))), Place(tuple(query), skip)

    assert cursors.place(cursors.text(place)) == place


@given(TEXTS | st.binary(max_size=80).map(lambda one: base64.urlsafe_b64encode(one).decode()))
def test_any_text_as_a_cursor(text: str) -> None:
    """It is refused, and nothing else happens."""
    with pytest.raises(BadInput):
        Cursors("it", Paging(By.LINK, links=("q",))).place(text)


@pytest.mark.parametrize(
    ("said", "found"),
    [(None, []), ({}, []), ({"data": None}, []), ({"data": [], "total": "7"}, [])],
)
async def test_lists_that_are_left_out(said: Any, found: list[int]) -> None:
    """Some backends leave out a list that is empty."""
    async with paged(lambda _: (said, {}), NUMBERED) as one:
        assert ids(await one.ask(first=5)) == found


async def test_a_list_that_is_none() -> None:
    """An answer that has something else where its list belongs is not what was promised."""
    async with paged(lambda _: ({"data": {"a": 1}}, {}), NUMBERED) as one:
        with pytest.raises(Malformed, match="a list was promised"):
            await one.ask()


OTHER_NAMES = document(
    an_object(
        payload=an_object(rows=ITEMS, others=ITEMS),
        upto=TEXT,
        all=WHOLE,
    ),
    {"from_here": TEXT, "n": WHOLE},
)


async def test_pages_as_told() -> None:
    """What is not recognised can be told."""

    def answer(query: Mapping[str, str]) -> Answer:
        page, _ = by_cursor(stock(23))(
            {"cursor": query.get("from_here", "at/0"), "limit": query["n"]}
        )
        following = page["response_metadata"]["next_cursor"]
        return {"payload": {"rows": page["items"]}, "upto": following, "all": 23}, {}

    pages = Pages(
        by=By.CURSOR,
        position="from_here",
        size="n",
        page_size=9,
        items="payload.rows",
        next="upto",
        total="all",
    )
    async with paged(answer, OTHER_NAMES, pages) as one:
        found = await one.ask(first=23)

        assert (ids(found), found["totalCount"]) == (list(range(1, 24)), 23)
        assert one.backend.asked[0].target == "/v1/it?n=9"


async def test_a_number_of_items_in_a_header_as_told() -> None:
    """What is told of the header counts, whatever is recognised."""

    def answer(query: Mapping[str, str]) -> Answer:
        return {"data": stock(3), "total": 7}, {"X-All": "8"}

    async with paged(answer, NUMBERED, Pages(total="header:X-All")) as one:
        assert (await one.ask())["totalCount"] == 8


@pytest.mark.parametrize(
    ("pages", "wrong"),
    [
        ({"its": Pages()}, "its: no function is called so; did you mean 'it'?"),
        ({"z*": Pages()}, r"z\*: no function is called so"),
        ({"it": Pages()}, "it: it is no GET whose JSON answer has one list"),
        ({"i*": Pages()}, r"i\*: none of its functions gives pages"),
        ({"it": Pages(items="payload.nothing")}, "has one list"),
        ({"it": Pages(items="payload.rows")}, "`by` may say how"),
        ({"it": Pages(by=By.CURSOR, items="payload.rows")}, "`position` is to name"),
        ({"it": Pages(by=By.PAGE, items="payload.rows", position="p")}, "no query parameter 'p'"),
        (
            {"it": Pages(by=By.CURSOR, items="payload.rows", position="from_here")},
            "`next` or `key`",
        ),
        (
            {"it": Pages(by=By.LINK, items="payload.rows", next="upto.next")},
            "no field 'upto.next' for `next`",
        ),
        (
            {"it": Pages(by=By.PAGE, items="payload.rows", position="n", page_size=5)},
            "`size` is to name",
        ),
        (
            {"it": Pages(by=By.LINK, items="payload.rows", next="links.next")},
            "no field 'links.next' for `next`",
        ),
    ],
)
def test_settings_that_cannot_work(pages: Mapping[str, Pages], wrong: str) -> None:
    """Discovery fails and says what is wrong with them."""
    with pytest.raises(DiscoveryError, match=wrong) as caught:
        read(OTHER_NAMES, pages)

    assert caught.value.at == "pages"


@pytest.mark.parametrize(
    "settings", [{"page_size": 0}, {"max_pages": 0}, {"max_items": -1}], ids=str
)
def test_sizes_that_are_none(settings: Any) -> None:
    """A page has at least one item."""
    with pytest.raises(ValueError, match="at least 1"):
        Pages(**settings)


def test_the_shape_of_a_connection() -> None:
    """One shape, whatever the style; paging is no business of the other arguments."""
    found = read(LINK)

    (function,) = found.functions
    types = {one.label: one for one in found.types if isinstance(one, ObjectType)}
    connection, edge, info = (types[f"{it}"] for it in ("ItemConnection", "ItemEdge", "PageInfo"))
    assert [argument.name for argument in function.arguments] == ["q", "first", "after"]
    assert function.returns == Required(Named(connection.key))
    assert {field.name: field.type for field in connection.fields} == {
        "nodes": Required(ListOf(Required(Named("Item")))),
        "edges": Required(ListOf(Required(Named(edge.key)))),
        "pageInfo": Required(Named(info.key)),
        "totalCount": Scalar(ScalarKind.LONG),
    }
    assert [field.name for field in edge.fields] == ["cursor", "node"]
    assert [field.name for field in info.fields] == ["hasNextPage", "endCursor"]


def test_connections_are_shared() -> None:
    """Two lists of the same items are of the same type."""
    both = document(ITEMS, {"page": WHOLE})
    again = {**both["paths"]["/it"]["get"], "operationId": "again"}
    both["paths"]["/again"] = {"get": again}

    found = read(both, {"*": Pages()})

    first, second = found.functions
    assert first.returns == second.returns


async def test_arguments_of_the_same_names() -> None:
    """What the backend calls `first` or `after` itself has another name."""
    named = {"page": WHOLE, "first": TEXT, "after": {"type": "string", "format": "date"}}
    async with paged(numbered(stock(3)), document(an_object(data=ITEMS), named)) as one:
        arguments: Any = {"query-first": "x", "query-after": "2020-01-31"}
        found = await one.ask(first=2, **arguments)

        assert ids(found) == [1, 2]
        assert one.backend.asked[0].target == "/v1/it?first=x&after=2020-01-31&page=1"


@pytest.mark.parametrize(
    ("described", "looks"),
    [
        (NUMBERED, "`page`"),
        (OFFSET, "`offset`"),
        (CURSOR, "`cursor` and `response_metadata.next_cursor`"),
        (LAST_ITEM, "`starting_after` and the last item's `id`"),
        (LINK, "its `Link` header"),
        (URL, "the URL in `next`"),
    ],
)
def test_offers(described: Any, looks: str) -> None:
    """What is recognised and not chosen is offered; nothing is changed by itself."""
    found = read(described, {})

    told = f"looks paged by {looks}; `pages: {{it: {{by: auto}}}}` makes it a connection"
    assert found.offers == (Remark("it", told),)
    assert found.functions[0].binding.paging is None


@pytest.mark.parametrize(
    "described",
    [
        document(ITEMS, {"q": TEXT}),
        document(ITEMS, {"cursor": TEXT}),
        document(an_object(a=ITEMS, b=ITEMS), {"page": WHOLE}),
        document(an_object(a=TEXT), {"page": WHOLE}),
        document(an_object(data=ITEMS, next=TEXT), {"token": TEXT}),
        document(ITEMS, {"page": TEXT}),
        document(ITEMS, {"offset": WHOLE}),
    ],
)
def test_what_is_not_offered(described: Any) -> None:
    """A list without a way to its next page, or an answer without one list."""
    assert read(described, {}).offers == ()


async def test_a_connection_in_graphql(tmp_path: Path) -> None:
    """From the configuration to the answer: nodes, edges, and how to go on."""
    (tmp_path / "doc.json").write_text(json.dumps(LINK))
    async with answering(replying(by_link(stock(243)))) as backend:
        up = f"{{openapi: doc.json, url: '{backend.url}/v1', pages: {{it: {{by: auto}}}}}}"
        async with gateway(f"upstreams: {{up: {up}}}", tmp_path) as asking:
            first = await asking.query(
                '{ it(first: 120, q: "x") { totalCount nodes { id } pageInfo { endCursor } } }'
            )
            after = first["data"]["it"]["pageInfo"]["endCursor"]
            rest = await asking.query(
                "query($after: String) { it(first: 200, after: $after) {"
                " edges { node { name } } pageInfo { hasNextPage } } }",
                {"after": after},
            )
            wrong = await asking.query('{ it(after: "x") { totalCount } }')

    assert first["data"]["it"]["totalCount"] == "243"
    assert [one["id"] for one in first["data"]["it"]["nodes"]] == list(range(1, 121))
    assert len(rest["data"]["it"]["edges"]) == 123
    assert rest["data"]["it"]["pageInfo"] == {"hasNextPage": False}
    assert wrong["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.real
@pytest.mark.timeout(60)
async def test_json_server() -> None:
    """A server nobody here wrote is paged through by its own `Link` headers, filters and all."""
    stored = [one | {"kind": "odd" if one["id"] % 2 else "even"} for one in stock(500)]
    described = document(
        ITEMS, {"_page": WHOLE, "_limit": WHOLE, "kind": TEXT}, "Link", "X-Total-Count"
    )
    found = read(described, {"it": Pages(page_size=20, max_pages=20)})
    with json_server({"it": stored}) as server:
        client = KIND.connect("up", Settings(openapi="", url=server.url), found)
        async with aclosing(client):
            deadline = asyncio.get_running_loop().time() + 20
            ask = partial(Call, found.functions[0], deadline=deadline)
            first = await client.call(ask({"kind": "odd", "first": 130}))
            after = first["pageInfo"]["endCursor"]
            rest = await client.call(ask({"kind": "odd", "first": 200, "after": after}))

    assert first["totalCount"] == 250
    assert [*ids(first), *ids(rest)] == list(range(1, 501, 2))
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_backend_that_does_not_page_is_asked_once() -> None:
    """A backend that answers everything at once, whatever is asked, is no reason to go on."""
    async with lined(told({"data": stock(3)}), read(NUMBERED)) as one:
        found = await one.ask(first=10)

        assert ids(found) == [1, 2, 3]
        assert len(one.backend.asked) == 1
