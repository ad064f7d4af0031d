"""Unary calls over our own HTTP/2 and by grpc's core: clients cannot tell which it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

from tests.backends.grpc_server import Behavior, Context, serve
from tests.backends.process import Server
from tests.upstreams.grpc.asking import EVERYTHING, connected
from tests.upstreams.grpc.protos import descriptors
from upstreams.errors import CallError
from upstreams.grpc import KIND
from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.grpc.translate import translate
from upstreams.model import Catalog, Flow

CATALOG = translate(descriptors("everything"))


async def echo(request: Any, context: Context) -> Any:
    """The request, with metadata of all kinds around it."""
    await context.send_initial_metadata((("x-a", "1"), ("x-a", "2"), ("y-bin", b"\x00\xff")))
    context.set_trailing_metadata((("z", "t"), ("z-bin", b"\x01")))
    return request


async def broken(_: Any, __: Context) -> Any:
    """Does not get as far as an answer."""
    raise RuntimeError("a secret")


async def garbled(_: Any, __: Context) -> Any:
    """An answer that is no message."""
    return b"\xff"


def refusing(code: StatusCode) -> Behavior:
    """A method that refuses."""

    async def answer(_: Any, context: Context) -> Any:
        context.set_trailing_metadata((("z", "t"),))
        await context.abort(code, "m\u00e9ssage 100%\n")

    return answer


REFUSALS = {code.name: refusing(code) for code in StatusCode if code is not StatusCode.OK}
BEHAVIORS: Mapping[str, Behavior] = {
    "echo": echo,
    "broken": broken,
    "garbled": garbled,
    **REFUSALS,
}


@pytest.mark.parametrize("behavior", list(BEHAVIORS.values()), ids=BEHAVIORS)
async def test_one_answer(behavior: Behavior, tmp_path: Path) -> None:
    """The same value or the same error, and the same beside it."""
    async with serve(descriptors("everything"), {f"{EVERYTHING}/Echo": behavior}) as address:
        given = {"anInt64": 7, "texts": {"a": "b"}}

        own, core = [
            await _outcome(settings, CATALOG, f"{EVERYTHING}/Echo", given)
            for settings in _both_ways(address, tmp_path)
        ]

    assert own == core


@pytest.mark.real
@pytest.mark.corpus
@pytest.mark.timeout(120)
async def test_every_method(lnd: Server, tmp_path: Path) -> None:
    """Of npm's server, too."""
    catalog = await KIND.discover(Settings(grpc=lnd.address))
    unary = [each.name for each in catalog.functions if each.flow is Flow.UNARY]

    for name in unary:
        own, core = [
            await _outcome(settings, catalog, name, {})
            for settings in _both_ways(lnd.address, tmp_path)
        ]
        # The clock may move on between the two.
        own[1].pop("date")
        core[1].pop("date")
        assert own == core, name

    assert len(unary) > 100


def _both_ways(address: str, folder: Path) -> tuple[Settings, Settings]:
    config = folder / "service.json"
    config.write_text("{}")
    told: dict[str, Any] = {
        "grpc": address,
        "headers": {"x-k": "v", "q-bin": "AP8="},
        "show_messages": True,
        "retries": 0,
    }
    return Settings(**told), Settings(**told, service_config=str(config))


async def _outcome(
    settings: Settings, catalog: Catalog[Binding, Wire], name: str, given: Any
) -> tuple[Any, dict[str, str], Any]:
    """What comes of a call: its value or error, and what came beside it."""
    async with connected(settings, catalog) as line:
        call = line.made(name, given)
        try:
            found = await line.client.call(call)
        except CallError as error:
            found = type(error), str(error), vars(error)
    return found, dict(call.aside.headers), call.aside.status
