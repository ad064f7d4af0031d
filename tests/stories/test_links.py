"""Links of real descriptions, followed over HTTP through the whole gateway."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import corpora
from tests.app.served import Asking, gateway
from tests.backends.openapi import Answering, Asked, answering, fixed

pytestmark = pytest.mark.corpus

REPOSITORY = {"slug": "tea", "owner": {"username": "ann"}}
HUB = {
    "/2.0/users/ann": {"username": "ann"},
    "/2.0/repositories/ann": [REPOSITORY],
    "/2.0/repositories/ann/tea": {**REPOSITORY, "slug": "tea!"},
    "/2.0/repositories/ann/tea/pullrequests": [{"id": 7}],
    "/2.0/repositories/ann/tea/pullrequests?state=open": [{"id": 8}],
}


@asynccontextmanager
async def asking(
    document: str, value: Callable[[str], Any], folder: Path
) -> AsyncIterator[tuple[Asking, Answering]]:
    """The gateway over a description of the corpus, and a backend with a value for each target."""
    file = corpora.spec(f"openapi/native30/{document}")
    headers = [("content-type", "application/json"), ("connection", "close")]

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(value(asked.target)).encode()
        await fixed(body, 200, *headers)(asked, writer)

    async with answering(reply) as backend:
        config = f"upstreams: {{it: {{openapi: {file}, url: '{backend.url}'}}}}"
        async with gateway(config, folder) as client:
            yield client, backend


async def test_from_a_user_to_its_repositories(tmp_path: Path) -> None:
    """Links lead on from link to link, and from each item of a list."""
    query = """{ getUserByName(username: "ann") { userRepositories {
        slug userRepository { slug } repositoryPullRequests { id }
    } } }"""

    async with asking("oai-link-example.yaml", HUB.__getitem__, tmp_path) as (client, backend):
        answer = await client.query(query)

    repository = {
        "slug": "tea",
        "userRepository": {"slug": "tea!"},
        "repositoryPullRequests": [{"id": 7}],
    }
    assert answer == {"data": {"getUserByName": {"userRepositories": [repository]}}}
    assert sorted(one.target for one in backend.asked) == sorted(list(HUB)[:4])


async def test_what_a_link_leaves_open(tmp_path: Path) -> None:
    """Arguments that a link does not say are the client's."""
    query = """{ getUserByName(username: "ann") { userRepositories {
        repositoryPullRequests(state: open) { id }
    } } }"""

    async with asking("oai-link-example.yaml", HUB.__getitem__, tmp_path) as (client, _):
        answer = await client.query(query)

    (found,) = answer["data"]["getUserByName"]["userRepositories"]
    assert found == {"repositoryPullRequests": [{"id": 8}]}


async def test_what_came_beside_the_answer(tmp_path: Path) -> None:
    """A link passes on the request's URL, method and arguments, and the answer's headers."""
    query = """{ getCopier(query: "a") {
        basicLink { body } constantLink { body } variableLink { body } everythingLink { body }
    } }"""

    def copied(target: str) -> Any:
        return {"body": parse_qs(urlsplit(target).query)["query"][0]}

    document = "ibm-oas-graphql/example_oas.json"
    async with asking(document, copied, tmp_path) as (client, backend):
        answer = await client.query(query)

    everything = f"{backend.url}/copier?query=a_GET_200_a_application/json_close"
    copies = {
        "basicLink": {"body": "a"},
        "constantLink": {"body": "123"},
        "variableLink": {"body": "_a_aaabca123"},
        "everythingLink": {"body": everything},
    }
    assert answer == {"data": {"getCopier": copies}}
