"""Several workers and a description that breaks clients."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_cli import splice
from tests.app.workers.backend import backend
from tests.app.workers.processes import Serving, serving, until
from tests.backends.rest import TEXT, answering

STATUS = "{ _gateway { upstreams { status held { path } } } }"
HELLO = {"data": {"hello": "hi"}}

pytestmark = pytest.mark.timeout(120)


async def _status(gateway: Serving) -> dict[str, Any]:
    body = await gateway.query(STATUS)
    status: dict[str, Any] = body["data"]["_gateway"]["upstreams"][0]
    return status


async def test_the_parent_holds_it_back_until_it_is_approved(tmp_path: Path) -> None:
    """Every worker goes on with what was; the approval is heeded at SIGHUP."""
    settings = "discovery: {every: 0s, breaking: hold}"
    async with (
        backend() as one,
        serving(tmp_path, one.upstream + settings, "--workers", "2") as gateway,
    ):
        await gateway.steady()
        one.document = answering(slow=TEXT)
        os.kill(gateway.pid, signal.SIGHUP)
        while (status := await _status(gateway))["status"] != "HELD":
            pass
        kept = await gateway.query("{ hello }")
        approved = await splice("approve", cwd=tmp_path)
        os.kill(gateway.pid, signal.SIGHUP)
        await until(lambda: gateway.log("breaking change served, as approved"))
        while (await _status(gateway))["status"] != "READY":
            pass
        refused = await gateway.query("{ hello }")

    assert status["held"] == [{"path": "Query.hello"}]
    assert kept == HELLO
    assert approved[0] == 0
    assert "errors" in refused
    assert len(gateway.log("breaking change held back")) == 1
