"""What a gRPC answer of a hundred items costs from its bytes to those of the response."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

import msgspec
import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from schema.plan.project import Projection
from schema.scalars import SCALARS
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.grpc.call import GrpcClient
from upstreams.grpc.call.answer import Answer
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate
from upstreams.model import ScalarKind
from upstreams.shape import Leaf, Many, Object, Part

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

ITEMS = 100
TIMES, ROUNDS = 20, 60

List = message("splice.posts.v1.ListPostsResponse", "posts")
CLIENT = GrpcClient(Settings(grpc="x:1"), translate(descriptors("posts")))
METHOD = next(iter(translate(descriptors("posts")).functions))
ENCODER = msgspec.json.Encoder(decimal_format="number")

KINDS = {
    "id": ScalarKind.LONG,
    "userId": ScalarKind.LONG,
    "title": ScalarKind.STRING,
    "body": ScalarKind.STRING,
}


@pytest.mark.parametrize("names", [tuple(KINDS), ("title",)], ids=["four fields", "one field"])
def test_a_hundred_items(names: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A shape costs less than half of reading everything, and of protobuf's own way to JSON."""
    serialised = List(
        posts=[
            {"id": number, "user_id": 2**40 + number, "title": "t" * 40, "body": "b" * 130}
            for number in range(ITEMS)
        ]
    ).SerializeToString()
    wanted = _wanted(names)
    shape = CLIENT.shape(METHOD, wanted, ())
    projection = Projection(wanted)
    assert shape is not None

    def answer() -> Answer:
        return Answer(CLIENT._methods.of(METHOD), serialised)

    costs = _microseconds(
        {
            "shape": lambda: ENCODER.encode(shape.read(answer()).value),
            "value and projection": lambda: ENCODER.encode(projection.read(answer()).value),
            "MessageToDict": lambda: orjson.dumps(MessageToDict(List.FromString(serialised))),
            "making the shape": lambda: CLIENT.shape(METHOD, wanted, ()),
        }
    )

    with capsys.disabled():
        Console().print("", _table(costs, f"{', '.join(names)} of {ITEMS}"))
    assert costs["shape"] * 2 < costs["value and projection"] < costs["MessageToDict"]


def _wanted(names: tuple[str, ...]) -> Object:
    leaves = {name: Leaf(KINDS[name], SCALARS[KINDS[name]].coerce_output_value) for name in names}
    parts = tuple(Part(name, name, leaf, required=True) for name, leaf in leaves.items())
    posts = Part("posts", "posts", Many(Object("Post", parts), required=True), required=True)
    return Object("ListPostsResponse", (posts,))


def _microseconds(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """What one run of each costs of the CPU, at best; taken in turns, as machines are moody."""
    costs: dict[str, float] = defaultdict(lambda: float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.process_time()
            for _ in range(TIMES):
                work()
            costs[name] = min(costs[name], (time.process_time() - began) / TIMES * 1e6)
    return costs


def _table(costs: dict[str, float], title: str) -> Table:
    table = Table(title, "microseconds")
    for name, cost in costs.items():
        table.add_row(name, f"{cost:.0f}")
    return table
