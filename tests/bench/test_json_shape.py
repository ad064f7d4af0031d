"""What it costs to make a response of a JSON answer, beside the way that is fit for all kinds."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
from rich.console import Console
from rich.table import Table

from tests.upstreams.json_shape.reading import (
    ID,
    INT,
    answer,
    general,
    made,
    objects,
    part,
    response,
)
from upstreams.shape import Constant, Many, Object, Part, Slot

pytestmark = pytest.mark.bench

ROUNDS: Final = 7
_BODY = "quia et suscipit suscipit recusandae consequuntur expedita et cum reprehenderit " * 2
_NAME = part("name", key="n")

SELECTIONS: Final[Mapping[str, Object]] = {
    "narrow": objects(part("title")),
    "wide": objects(part("id", INT), part("userId", INT), part("title"), part("body")),
    "ids": objects(part("id", ID), part("title")),
    "aliases": objects(part("title", key="t"), part("id", INT, "n")),
    "__typename": objects(part("title"), Part("__typename", "", Constant("Post"), required=True)),
    "join": objects(part("title"), Part("by", "", Slot(0, (("userId",),)), required=False)),
    "nested": objects(part("title"), part("user", objects(part("name"), part("email")))),
    "nested aliases": objects(part("title"), part("user", objects(_NAME, part("email")))),
}


def _post(number: int) -> dict[str, Any]:
    user = {"id": number % 10, "name": f"Ann {number}", "email": "ann@example.org"}
    title = "sunt aut facere repellat provident"
    return {"id": number, "userId": number % 10, "title": title, "body": _BODY, "user": user}


@pytest.mark.parametrize(("items", "times"), [(100, 200), (10_000, 3)])
@pytest.mark.timeout(120)
def test_responses(items: int, times: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Decoding, mending and encoding cost less than reading the whole value and choosing of it."""
    text = json.dumps([_post(number) for number in range(items)]).encode()

    rows = list(_rows(text, times))

    with capsys.disabled():
        Console().print("", _table(f"{items} posts, {len(text) / 1000:.0f} kB", rows))
    assert all(ours < theirs for _, ours, theirs, _, _ in rows)


def _rows(text: bytes, times: int) -> Iterator[tuple[str, float, float, float, float]]:
    for name, of in SELECTIONS.items():
        wanted = Many(of, required=True)
        ours, theirs = made(wanted), general(wanted)
        yield (
            name,
            _microseconds(lambda ours=ours: response(ours, text), times),  # type: ignore[misc]
            _microseconds(lambda theirs=theirs: response(theirs, text), times),  # type: ignore[misc]
            _microseconds(lambda: answer(text).value(), times),
            _microseconds(lambda wanted=wanted: made(wanted), 10),  # type: ignore[misc]
        )


def _microseconds(work: Callable[[], object], times: int) -> float:
    """What one run costs of the CPU, at best."""
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        costs.append((time.process_time() - began) / times * 1e6)
    return min(costs)


def _table(title: str, rows: list[tuple[str, float, float, float, float]]) -> Table:
    table = Table(title, "µs by shape", "in general", "decoding alone", "to compile")
    for name, *costs in rows:
        table.add_row(name, *(f"{cost:,.0f}" for cost in costs))
    return table
