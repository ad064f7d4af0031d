"""What it costs to read a gRPC answer of a hundred items, beside protobuf's own way to JSON."""

import time
from collections.abc import Callable

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from tests.upstreams.grpc.protos import descriptors, message
from upstreams.grpc.call.methods import Methods
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate

pytestmark = pytest.mark.bench

ITEMS = 100
TIMES, ROUNDS = 200, 7

Answer = message("splice.posts.v1.ListPostsResponse", "posts")


def test_a_hundred_items(capsys: pytest.CaptureFixture[str]) -> None:
    """Decoding and reading four fields of each item costs less than MessageToDict."""
    answer = Answer(
        posts=[
            {"id": number, "user_id": 2**40 + number, "title": "t" * 40, "body": "b" * 130}
            for number in range(ITEMS)
        ]
    ).SerializeToString()
    catalog = translate(descriptors("posts"))
    method = Methods(Settings(grpc="x:1"), catalog).of(catalog.functions[0])

    costs = {
        "decode": _microseconds(lambda: Answer.FromString(answer)),
        "decode and read": _microseconds(lambda: method.value(method.parsed(answer))),
        "decode, read and orjson": _microseconds(
            lambda: orjson.dumps(method.value(method.parsed(answer)))
        ),
        "decode, MessageToDict and orjson": _microseconds(
            lambda: orjson.dumps(MessageToDict(Answer.FromString(answer)))
        ),
    }

    with capsys.disabled():
        Console().print("", _table(costs, len(answer)))
    assert costs["decode and read"] < costs["decode, MessageToDict and orjson"]


def _microseconds(work: Callable[[], object]) -> float:
    """What one run costs of the CPU, at best."""
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            work()
        costs.append((time.process_time() - began) / TIMES * 1e6)
    return min(costs)


def _table(costs: dict[str, float], size: int) -> Table:
    table = Table(f"{ITEMS} items, {size / 1000:.1f} kB", "microseconds")
    for name, cost in costs.items():
        table.add_row(name, f"{cost:.0f}")
    return table
