"""Types proposed from recorded invocations, and that the text of them is read back equal."""

from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from upstreams.aws_lambda.model import TypesFile
from upstreams.aws_lambda.sdl import Types, read, written
from upstreams.aws_lambda.translate.samples import MAX_DEPTH, Sample, infer
from upstreams.errors import DiscoveryError

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=4),
    st.dates().map(str),
    st.uuids().map(str),
)
KEYS = st.one_of(
    st.sampled_from(["id", "sku", "String", "query", "type", "a_b", "aB"]), st.text(max_size=3)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.dictionaries(st.sampled_from(["id", "lines", "Query"]), VALUES, min_size=1)
SAMPLES = st.lists(st.builds(Sample, EVENTS, VALUES), min_size=1, max_size=4)


def proposed(*pairs: tuple[object, object], name: str = "quote") -> str:
    """The SDL of what was given and gave."""
    return written(infer(name, [Sample(*pair) for pair in pairs]))


def read_back(text: str) -> Types:
    """What the text says, without where it says it."""
    found = read(TypesFile("types.graphql", text))
    fields = tuple(replace(one, source="", line=1, column=1) for one in found.fields)
    return replace(found, fields=fields)


@settings(max_examples=60, deadline=None, phases=set(Phase) - {Phase.explain})
@given(SAMPLES, st.sampled_from(["price-quote", "getDate", "date", "1", "query", "Ünï"]))
def test_what_is_written_is_read_back(samples: list[Sample], name: str) -> None:
    """Whatever the samples, the text is a types file that says just what was inferred."""
    inferred = infer(name, samples)

    found = read_back(written(inferred))

    assert found.fields == inferred.fields
    assert {one.key: one for one in found.types} == {one.key: one for one in inferred.types}
    assert not found.degraded


def test_samples_are_merged() -> None:
    """What is always there is required; what is null or missing once is not; numbers widen."""
    text = proposed(
        (
            {"sku": "tea", "lines": [{"n": 1}], "at": "2026-01-02T03:04:05Z"},
            {"total": Decimal("1.5"), "by": None, "id": 3_000_000_000},
        ),
        (
            {"sku": None, "lines": [{"n": 2, "x": True}]},
            {"total": 2, "by": "9d0a7a3e-0c5b-4d4e-8a5f-2b1f6f0c9a10", "id": 4, "more": []},
        ),
        name="get-quote",
    )

    assert text == (
        "type Query {\n"
        "  getQuote(sku: String, lines: [GetQuoteLinesInput!]!, at: DateTime): GetQuote!"
        ' @lambda(name: "get-quote")\n'
        "}\n\n"
        "input GetQuoteLinesInput {\n  n: Int!\n  x: Boolean\n}\n\n"
        "type GetQuote {\n"
        "  total: Float!\n"
        "  by: UUID\n"
        "  id: Long!\n"
        '  "No sample tells more."\n'
        "  more: [JSON]\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (([1], {"a": 1}), '"Samples differ in kind."\n  quote'),
        ((1, "x"), '"Samples differ in kind."\n  quote'),
        (({"a b": 1},), '"Its keys are no names of fields."\n  quote'),
        (({str(number): 1 for number in range(200)},), '"Its keys are no names of fields."'),
        ((None,), '"No sample tells more."\n  quote(id: Int!): JSON @lambda'),
    ],
)
def test_what_no_type_can_say_is_json(answers: tuple[object, ...], told: str) -> None:
    """With the reason beside it."""
    text = proposed(*(({"id": 1}, answer) for answer in answers))

    assert told in text


def test_depth_is_bounded() -> None:
    """Values nested deeper than anyone reads end as JSON."""
    value: object = 1
    for _ in range(500):
        value = {"a": value}

    text = proposed(({"id": 1}, value))

    assert text.count("type Quote") == MAX_DEPTH
    assert "JSON" in text


@pytest.mark.parametrize("event", [[1], "text", {"a b": 1}, {}])
def test_events_that_are_no_arguments_are_refused(event: object) -> None:
    """SDL describes events that are objects; of others the message says what to do."""
    with pytest.raises(DiscoveryError, match="JSON Schema"):
        proposed((event, 1))
