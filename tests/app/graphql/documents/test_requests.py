"""Documents that requests name, through the public door: POST, GET, multipart, and events."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config import ConfigError
from app.config.read import loads
from app.main import create_app
from tests.app.graphql.documents.manifests import (
    DATA,
    HELLO,
    WORLD,
    apollo,
    greeting,
    hashed,
    persisted,
)
from tests.app.served import Asking

RESPONSE = "application/graphql-response+json"
TRUSTED = "trusted: persisted.json"
ONLY = f"{TRUSTED}, only: true"
MANIFEST = apollo(Hello=HELLO)


async def post(asking: Asking, accept: str = "*/*", **body: Any) -> httpx.Response:
    return await asking.http.post("/graphql", json=body, headers={"accept": accept})


async def get(asking: Asking, **parameters: Any) -> httpx.Response:
    params = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in parameters.items()
    }
    return await asking.http.get("/graphql", params=params)


def error(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of the one error."""
    body = answer.json()
    assert "data" not in body
    (one,) = body["errors"]
    return answer.status_code, one["extensions"]["code"], one["message"]


async def test_a_text_is_remembered_by_its_hash(tmp_path: Path) -> None:
    """Sent once with its hash, the hash alone will do; by POST and by GET."""
    extensions = persisted(hashed(HELLO))
    async with greeting(tmp_path) as asking:
        unknown = await post(asking, extensions=extensions)
        first = await post(asking, query=HELLO, extensions=extensions)
        by_post = await post(asking, extensions=extensions)
        by_get = await get(asking, extensions=extensions)

    expected = (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    assert error(unknown) == expected
    assert first.json() == by_post.json() == by_get.json() == DATA


async def test_what_could_not_run_is_kept_by_no_cache(tmp_path: Path) -> None:
    """The same address answers as soon as the text is known."""
    async with greeting(tmp_path) as asking:
        answer = await get(asking, extensions=persisted(hashed(HELLO)))

    assert answer.headers["cache-control"] == "no-store"


async def test_the_newer_media_type_has_a_status_for_it(tmp_path: Path) -> None:
    """400, as for every request that could not run."""
    async with greeting(tmp_path) as asking:
        answer = await post(asking, RESPONSE, extensions=persisted(hashed(HELLO)))

    assert error(answer)[:2] == (400, "PERSISTED_QUERY_NOT_FOUND")
    assert answer.headers["content-type"] == f"{RESPONSE}; charset=utf-8"


async def test_a_hash_that_is_not_the_texts_is_refused(tmp_path: Path) -> None:
    """Nobody can put a text in the place of another; not even the first to come."""
    extensions = persisted(hashed(WORLD))
    async with greeting(tmp_path) as asking:
        wrong = await post(asking, query=HELLO, extensions=extensions)
        after = await post(asking, extensions=extensions)

    mismatch = "PERSISTED_QUERY_HASH_MISMATCH"
    assert error(wrong) == (400, mismatch, "provided sha does not match query")
    assert error(after)[1] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_hash_that_is_known_is_not_another_texts(tmp_path: Path) -> None:
    """A text beside a remembered hash is compared, not left aside."""
    extensions = persisted(hashed(HELLO))
    async with greeting(tmp_path) as asking:
        await post(asking, query=HELLO, extensions=extensions)
        answer = await post(asking, query=WORLD, extensions=extensions)

    assert error(answer)[:2] == (400, "PERSISTED_QUERY_HASH_MISMATCH")


@pytest.mark.parametrize(
    "extension",
    ["text", 7, [], {}, {"version": 2, "sha256Hash": "a"}, {"version": 1}, {"version": 1, "id": 3}],
)
async def test_an_extension_of_another_protocol_is_refused(tmp_path: Path, extension: Any) -> None:
    """Other versions and shapes are told what is wanted."""
    async with greeting(tmp_path) as asking:
        answer = await post(asking, query=HELLO, extensions={"persistedQuery": extension})

    status, code, message = error(answer)
    assert (status, code) == (400, "GRAPHQL_BAD_REQUEST")
    assert "version 1" in message


@pytest.mark.parametrize("query", [None, HELLO])
async def test_remembering_can_be_switched_off(tmp_path: Path, query: str | None) -> None:
    """Clients are told so that they stop trying."""
    async with greeting(tmp_path, "persisted: false") as asking:
        answer = await post(asking, query=query, extensions=persisted(hashed(HELLO)))

    expected = (200, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
    assert error(answer) == expected


@pytest.mark.parametrize(
    "names",
    [
        {"documentId": "id-of-Hello"},
        {"doc_id": "id-of-Hello"},
        {"doc_id": "id-of-Hello", "query": None},
        {"doc_id": "id-of-Hello", "query": ""},
        {"documentId": f"sha256:{hashed(HELLO)}"},
        {"extensions": persisted("id-of-Hello")},
        {"extensions": persisted(hashed(HELLO))},
        {"extensions": persisted(hashed(HELLO)), "query": HELLO},
        {"query": HELLO},
    ],
)
@pytest.mark.parametrize("settings", [TRUSTED, ONLY, f"{TRUSTED}, persisted: false"])
async def test_ways_to_name_a_trusted_document(
    tmp_path: Path, names: dict[str, Any], settings: str
) -> None:
    """By its id or its hash, in the parameters of GraphQL over HTTP, Relay and Apollo."""
    async with greeting(tmp_path, settings, MANIFEST) as asking:
        answer = await post(asking, **names)

    assert answer.json() == DATA


@pytest.mark.parametrize("name", ["documentId", "doc_id"])
async def test_a_trusted_document_is_named_in_an_address(tmp_path: Path, name: str) -> None:
    """GET, also by a browser, which gets the answer and not the explorer."""
    async with greeting(tmp_path, TRUSTED, MANIFEST) as asking:
        answer = await asking.http.get(
            "/graphql", params={name: "id-of-Hello"}, headers={"accept": "text/html"}
        )

    assert answer.json() == DATA


async def test_an_id_that_nobody_knows(tmp_path: Path) -> None:
    """Says so with a code of its own."""
    async with greeting(tmp_path) as asking:
        answer = await post(asking, documentId="nothing")

    expected = (200, "DOCUMENT_NOT_FOUND", "no document is known by this id")
    assert error(answer) == expected


@pytest.mark.parametrize("document_id", [7, {}, ["id-of-Hello"], True])
async def test_an_id_that_is_no_text(tmp_path: Path, document_id: Any) -> None:
    """Is refused as no request."""
    async with greeting(tmp_path, TRUSTED, MANIFEST) as asking:
        answer = await post(asking, documentId=document_id)

    assert error(answer)[:2] == (400, "GRAPHQL_BAD_REQUEST")


async def test_an_id_beside_a_text_is_refused(tmp_path: Path) -> None:
    """It would be a guess which of the two is meant."""
    async with greeting(tmp_path, TRUSTED, MANIFEST) as asking:
        answer = await post(asking, documentId="id-of-Hello", query=HELLO)

    assert error(answer)[:2] == (400, "GRAPHQL_BAD_REQUEST")


async def test_a_variable_called_like_a_name_is_a_variable(tmp_path: Path) -> None:
    """Only parameters of the request name documents."""
    query = "query ($documentId: Boolean!) { hello @include(if: $documentId) }"
    async with greeting(tmp_path) as asking:
        by_post = await post(asking, query=query, variables={"documentId": True})
        by_get = await get(asking, query=query, variables={"documentId": True})

    assert by_post.json() == by_get.json() == DATA


@pytest.mark.parametrize(
    "body",
    [
        {"query": WORLD},
        {"query": "{ _gateway { version } }"},
        {"query": "{ __schema { queryType { name } } }"},
        {"query": f"{HELLO} "},
        {"query": WORLD, "extensions": persisted(hashed(WORLD))},
        {"extensions": persisted(hashed(WORLD))},
    ],
)
async def test_nothing_else_is_run(tmp_path: Path, body: dict[str, Any]) -> None:
    """In trusted-only mode other texts are refused, introspection and the gateway's own, too."""
    async with greeting(tmp_path, ONLY, MANIFEST) as asking:
        answer = await post(asking, **body)

    expected = (200, "DOCUMENT_NOT_TRUSTED", "this gateway runs trusted documents only")
    assert error(answer) == expected


async def test_nothing_can_be_added_to_what_is_trusted(tmp_path: Path) -> None:
    """A text sent with its hash is not known by the hash afterwards."""
    async with greeting(tmp_path, ONLY, MANIFEST) as asking:
        await post(asking, query=WORLD, extensions=persisted(hashed(WORLD)))
        answer = await post(asking, documentId=f"sha256:{hashed(WORLD)}")

    assert error(answer)[1] == "DOCUMENT_NOT_FOUND"


@pytest.mark.parametrize("settings", ["", ONLY])
async def test_a_request_without_any_document(tmp_path: Path, settings: str) -> None:
    """Is no GraphQL request, whatever is trusted."""
    async with greeting(tmp_path, settings, MANIFEST) as asking:
        answer = await post(asking, variables={})

    assert error(answer)[:2] == (400, "GRAPHQL_BAD_REQUEST")


async def test_documents_that_do_not_fit_the_schema(tmp_path: Path) -> None:
    """What is trusted is still validated."""
    async with greeting(tmp_path, ONLY, apollo(Old="query Old { gone }")) as asking:
        answer = await post(asking, documentId="id-of-Old")

    assert error(answer)[1] == "GRAPHQL_VALIDATION_FAILED"


async def test_events(tmp_path: Path) -> None:
    """A name in a request for events is answered as one event, the error for an unknown one too."""
    async with greeting(tmp_path, TRUSTED, MANIFEST) as asking:
        known = await post(asking, "text/event-stream", documentId="id-of-Hello")
        unknown = await post(asking, "text/event-stream", extensions=persisted(hashed(WORLD)))

    assert known.text.startswith('event: next\ndata: {"data":{"hello":"hi"}}')
    assert unknown.text.startswith("event: next")
    assert "PERSISTED_QUERY_NOT_FOUND" in unknown.text


async def test_multipart(tmp_path: Path) -> None:
    """The `operations` of a multipart request may name their document, too."""
    async with greeting(tmp_path, TRUSTED, MANIFEST) as asking:
        answer = await asking.http.post(
            "/graphql",
            files={"operations": (None, '{"documentId": "id-of-Hello"}'), "map": (None, "{}")},
            headers={"graphql-require-preflight": "yes"},
        )

    assert answer.json() == DATA


async def test_a_mutation_is_not_run_by_get(tmp_path: Path) -> None:
    """Not under a name either."""
    query = "mutation { hello }"
    extensions = persisted(hashed(query))
    async with greeting(tmp_path, effect="mutations") as asking:
        by_post = await post(asking, query=query, extensions=extensions)
        by_get = await get(asking, extensions=extensions)

    assert by_post.json() == DATA
    assert error(by_get) == (400, "GRAPHQL_BAD_REQUEST", "mutations are not allowed when using GET")


def test_manifests_that_cannot_be_read_keep_the_gateway_from_starting(tmp_path: Path) -> None:
    """With the file and what is wrong."""
    config = loads(f"documents: {{{TRUSTED}}}", tmp_path / "splice.yaml", {})

    with pytest.raises(ConfigError, match=r"persisted\.json: No such file or directory"):
        create_app(config)
