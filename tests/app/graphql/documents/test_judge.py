"""Trusted documents that the schema cannot run: told by the log and by `splice check`."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config.read import loads
from app.main import create_app
from tests.app.graphql.documents.manifests import HELLO, apollo, greeting, written
from tests.app.test_cli import splice
from tests.backends.asgi import served
from tests.backends.rest import TEXT, answering, rest
from tests.backends.rest import json as giving

GONE = "query Gone($id: Int) {\n  hello\n  gone\n}"
MANIFEST = apollo(Hello=HELLO, Gone=GONE, Bad="query Bad {")


class Told(logging.Handler):
    """What is logged about trusted documents, as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.records: asyncio.Queue[logging.LogRecord] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.put_nowait(record)

    async def problem(self) -> str:
        """The next one."""
        async with asyncio.timeout(10):
            record = await self.records.get()
        return str(record.__dict__["problem"])


@pytest.fixture
def told() -> Iterator[Told]:
    handler = Told()
    logger = logging.getLogger("app.graphql.documents.judge")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


async def test_the_log_tells_at_the_start(tmp_path: Path, told: Told) -> None:
    """Every mistake of every document, with its place."""
    async with greeting(tmp_path, "trusted: persisted.json", MANIFEST):
        problems = [await told.problem() for _ in range(3)]

    assert problems == [
        "Gone: Variable '$id' is never used in operation 'Gone'. (line 1, column 12)",
        "Gone: Cannot query field 'gone' on type 'Query'. (line 3, column 3)",
        "Bad: Syntax Error: Expected Name, found <EOF>. (line 1, column 12)",
    ]


async def test_the_log_tells_what_a_refresh_breaks(tmp_path: Path, told: Told) -> None:
    """Only what is new: not again what could not run before."""
    written(tmp_path, MANIFEST)
    async with rest(answering(hello=TEXT, gone=TEXT), hello=giving("hi")) as backend:
        config = (
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\n"
            "documents: {trusted: persisted.json}\ndiscovery: {every: 50ms}"
        )
        async with served(create_app(loads(config, tmp_path / "splice.yaml", {}))):
            before = [await told.problem() for _ in range(2)]
            backend.document = answering(hello=TEXT)
            after = await told.problem()

    assert [one.split(":")[0] for one in before] == ["Gone", "Bad"]
    assert after.startswith("Gone: Cannot query field 'gone'")
    assert told.records.empty()


async def test_the_log_is_not_flooded(tmp_path: Path, told: Told) -> None:
    """Of many problems the first are told, and how many there are beside them."""
    manifest = apollo(**{f"Q{number}": f"query Q{number} {{ gone }}" for number in range(25)})
    async with greeting(tmp_path, "trusted: persisted.json", manifest):
        for _ in range(20):
            await told.problem()
        last = await told.records.get()

    assert last.getMessage() == "more trusted documents cannot run"
    assert last.__dict__["problems"] == 5


async def test_check_tries_every_document(tmp_path: Path) -> None:
    """File, operation and error, and status 1."""
    status, lines = await checked(tmp_path, MANIFEST)

    file = tmp_path / "persisted.json"
    assert status == 1
    assert lines == [
        f"{file}#/operations/1: Gone: Variable '$id' is never used in operation 'Gone'."
        " (line 1, column 12)",
        f"{file}#/operations/1: Gone: Cannot query field 'gone' on type 'Query'."
        " (line 3, column 3)",
        f"{file}#/operations/2: Bad: Syntax Error: Expected Name, found <EOF>. (line 1, column 12)",
    ]


async def test_check_counts_what_is_fine(tmp_path: Path) -> None:
    """Beside upstreams and functions."""
    status, lines = await checked(tmp_path, apollo(Hello=HELLO))

    assert (status, lines) == (0, ["1 upstream, 1 function, 1 trusted document: fine"])


async def test_check_does_not_blame_documents_for_a_missing_upstream(tmp_path: Path) -> None:
    """It says that it did not try them."""
    written(tmp_path, MANIFEST)
    (tmp_path / "splice.yaml").write_text(
        "upstreams: {a: {openapi: none.json}}\ndocuments: {trusted: persisted.json}"
    )

    status, output, _ = await splice("check", cwd=tmp_path)

    assert status == 1
    assert output.splitlines()[-1] == "trusted documents: not tried, as an upstream is missing"


async def test_check_tells_what_is_wrong_with_a_manifest(tmp_path: Path) -> None:
    """As it does with the configuration itself: on standard error."""
    (tmp_path / "splice.yaml").write_text("documents: {trusted: [a.json, b.json]}")

    status, _, errors = await splice("check", cwd=tmp_path)

    assert status == 1
    assert errors.splitlines() == [
        f"{tmp_path}/a.json: No such file or directory",
        f"{tmp_path}/b.json: No such file or directory",
    ]


async def checked(folder: Path, manifest: object) -> tuple[int, list[str]]:
    """Status and lines of `splice check` with that manifest."""
    written(folder, manifest)
    async with rest(answering(hello=TEXT), hello=giving("hi")) as backend:
        (folder / "splice.yaml").write_text(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\n"
            "documents: {trusted: persisted.json}"
        )
        status, output, _ = await splice("check", cwd=folder)
    return status, output.splitlines()
