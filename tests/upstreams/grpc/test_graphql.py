"""What clients of the gateway give and see of a gRPC backend's messages."""

import json
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests import corpora
from tests.app.served import Asking, gateway
from tests.backends.grpc_server import Behavior, Context, Reflection, serve
from tests.upstreams.grpc.protos import descriptors, message

Event = message("splice.choices.v1.Event", "choices")
Opened = message("splice.choices.v1.Opened", "choices")

REAL = "grpc.gateway.examples.examplepb.ABitOfEverythingService/Create"
SEEN = """
  singleNested { name amount ok } uuid nested { name amount ok } floatValue doubleValue int64Value
  uint64Value int32Value fixed64Value fixed32Value boolValue stringValue bytesValue uint32Value
  enumValue pathEnumValue nestedPathEnumValue sfixed32Value sfixed64Value sint32Value sint64Value
  repeatedStringValue oneofEmpty { _ } oneofString mapValue { key value }
  mappedStringValue { key value } mappedNestedValue { key value { name amount ok } }
  nonConventionalNameValue timestampValue repeatedEnumValue
"""
UNSET: Mapping[str, Any] = {
    **dict.fromkeys(("singleNested", "oneofEmpty", "oneofString", "timestampValue")),
    **dict.fromkeys(("uuid", "stringValue", "bytesValue", "nonConventionalNameValue"), ""),
    **dict.fromkeys(("floatValue", "doubleValue", "int32Value", "sfixed32Value"), 0),
    **dict.fromkeys(("fixed32Value", "uint32Value", "sint32Value"), 0),
    **dict.fromkeys(("int64Value", "uint64Value", "fixed64Value"), "0"),
    **dict.fromkeys(("sfixed64Value", "sint64Value"), "0"),
    **{key: [] for key in ("nested", "repeatedStringValue", "repeatedEnumValue")},
    **{key: [] for key in ("mapValue", "mappedStringValue", "mappedNestedValue")},
    "boolValue": False,
    "enumValue": "ZERO",
    "pathEnumValue": "ABC",
    "nestedPathEnumValue": "GHI",
}
"""What clients see of a message of which no field was set."""

NESTED = {"name": "n", "amount": 2**32 - 1, "ok": "TRUE"}
SET: Mapping[str, Any] = {
    "singleNested": NESTED,
    "uuid": "6EC2446F-7E89-4127-B3E6-5C05E6BECBA7",
    "nested": [NESTED, {"name": "", "amount": 0, "ok": "FALSE"}],
    "floatValue": 0.1,
    "doubleValue": 1.7976931348623157e308,
    "int64Value": "-9223372036854775808",
    "uint64Value": "18446744073709551615",
    "int32Value": -(2**31),
    "fixed64Value": "18446744073709551615",
    "fixed32Value": 2**32 - 1,
    "boolValue": True,
    "stringValue": "caf\u00e9",
    "bytesValue": "AP8=",
    "uint32Value": 2**32 - 1,
    "enumValue": "ONE",
    "pathEnumValue": "DEF",
    "nestedPathEnumValue": "JKL",
    "sfixed32Value": -(2**31),
    "sfixed64Value": "9223372036854775807",
    "sint32Value": -(2**31),
    "sint64Value": "-9223372036854775808",
    "repeatedStringValue": ["", "a"],
    "oneofEmpty": {"_": None},
    "oneofString": "",
    "mapValue": [{"key": "k", "value": "ONE"}],
    "mappedStringValue": [{"key": "", "value": ""}],
    "mappedNestedValue": [{"key": "k", "value": NESTED}],
    "nonConventionalNameValue": "x",
    "timestampValue": "2024-02-29T12:00:00.000000001Z",
    "repeatedEnumValue": ["ONE", "ZERO"],
}


async def echo(request: Any, _: Context) -> Any:
    """The answer is the request."""
    return request


@asynccontextmanager
async def asking(
    methods: Mapping[str, Behavior], described: FileDescriptorSet, folder: Path, more: str = ""
) -> AsyncIterator[Asking]:
    """A client of the gateway over a server of these methods, by their full names."""
    async with serve(described, methods, Reflection()) as address:
        config = f"upstreams: {{ one: {{ grpc: '{address}', {more} }} }}"
        async with gateway(config, folder) as client:
            yield client


@pytest.mark.corpus
async def test_every_field_of_a_bit_of_everything(tmp_path: Path) -> None:
    """Each field of grpc-gateway's message comes out as it went in, the others as not set."""
    described = FileDescriptorSet.FromString(
        corpora.spec("proto/grpc-gateway-examples.binpb").read_bytes()
    )
    query = f"mutation ($given: ABitOfEverythingInput) {{ create(input: $given) {{ {SEEN} }} }}"
    answers = {}

    async with asking({REAL: echo}, described, tmp_path) as client:
        unset = await client.query(query, {"given": {}})
        for name, value in SET.items():
            answers[name] = await client.query(query, {"given": {name: value}})

    assert unset == {"data": {"create": UNSET}}
    assert UNSET.keys() == SET.keys()
    for name, value in SET.items():
        assert answers[name] == {"data": {"create": {**UNSET, name: value}}}


async def test_a_oneof_of_messages_is_a_union(tmp_path: Path) -> None:
    """It goes in as one field of an `@oneOf` input and comes out as the object that was given."""
    query = """mutation ($given: EventInput!) {
        echoEvent(input: $given) {
            __typename
            ... on Opened { by }
            ... on Closed { by forever }
            ... on Event2 { inner { __typename } }
        }
    }"""
    methods = {"splice.choices.v1.Choices/EchoEvent": echo}
    later: Any = {"inner": {"closed": {}}}

    async with asking(methods, descriptors("choices"), tmp_path) as client:
        closed = await client.query(query, {"given": {"closed": {"by": "me", "forever": True}}})
        done = await client.query(query, {"given": {"done": {}}})
        nested = await client.query(query, {"given": {"later": later}})
        both = await client.query(query, {"given": {"opened": {}, "done": {}}})

    assert closed["data"]["echoEvent"] == {"__typename": "Closed", "by": "me", "forever": True}
    assert done["data"]["echoEvent"] == {"__typename": "Done"}
    assert nested["data"]["echoEvent"] == {
        "__typename": "Event2",
        "inner": {"__typename": "Closed"},
    }
    assert "xactly one" in json.dumps(both["errors"])


async def test_a_union_of_which_nothing_is_set(tmp_path: Path) -> None:
    """A message whose oneof was not set is null, also among others in a list."""

    async def some(_: Any, __: Context) -> AsyncIterator[Any]:
        for event in (Event(opened=Opened(by="a")), Event()):
            yield event

    methods = {"splice.choices.v1.Choices/CountEvents": some}

    async with asking(methods, descriptors("choices"), tmp_path) as client:
        answer = await client.query("mutation { countEvents { ... on Opened { by } } }")

    assert answer == {"data": {"countEvents": [{"by": "a"}, None]}}


async def test_oneofs_as_fields(tmp_path: Path) -> None:
    """By setting, every oneof is fields of which one is set."""
    query = "mutation { echoEvent(input: { opened: { by: 1 } }) { opened { by } closed { by } } }"
    methods = {"splice.choices.v1.Choices/EchoEvent": echo}

    async with asking(methods, descriptors("choices"), tmp_path, "oneofs: fields") as client:
        answer = await client.query(query.replace("1", '"me"'))

    assert answer == {"data": {"echoEvent": {"opened": {"by": "me"}, "closed": None}}}


async def test_an_enum_number_without_a_name(tmp_path: Path) -> None:
    """It is null with an error at its place; the rest of the answer arrives."""
    All = message("splice.test.v1.All")  # noqa: N806 - a class

    async def newer(_: Any, __: Context) -> Any:
        return All(a_string="here", state=99, states=[1, 99])

    methods = {"splice.test.v1.Everything/Echo": newer}

    async with asking(methods, descriptors("everything"), tmp_path) as client:
        answer = await client.query("{ echo { aString state states } }")

    assert answer["data"] == {
        "echo": {"aString": "here", "state": None, "states": ["STATE_GOOD", None]}
    }
    assert [error["path"] for error in answer["errors"]] == [
        ["echo", "state"],
        ["echo", "states", 1],
    ]


async def test_numbers_that_json_has_not(tmp_path: Path) -> None:
    """NaN and the infinities are null with errors that name them; the rest arrives."""
    All = message("splice.test.v1.All")  # noqa: N806 - a class

    async def strange(_: Any, __: Context) -> Any:
        values = {"value": math.nan}
        return All(a_string="here", a_double=math.inf, floats=[-math.inf, 1.5], boxed_float=values)

    methods = {"splice.test.v1.Everything/Echo": strange}

    async with asking(methods, descriptors("everything"), tmp_path) as client:
        answer = await client.query("{ echo { aString aDouble floats boxedFloat } }")

    assert answer["data"] == {
        "echo": {"aString": "here", "aDouble": None, "floats": [None, 1.5], "boxedFloat": None}
    }
    assert {tuple(error["path"]): error["message"].split()[-1] for error in answer["errors"]} == {
        ("echo", "aDouble"): "inf",
        ("echo", "floats", 0): "-inf",
        ("echo", "boxedFloat"): "nan",
    }


@pytest.mark.parametrize(
    ("name", "function", "sent", "selected"),
    [
        (
            "legacy",
            "splice.legacy.Old/Echo",
            b"\x0a\x04caf\xe9",
            'echo(input: {id: ""}) { it: id }',
        ),
        (
            "editions",
            "splice.editions.v1.Editions/Echo",
            b"\x1a\x00\x4a\x04caf\xe9",
            'echo(input: {needed: ""}) { it: unchecked }',
        ),
    ],
)
async def test_text_that_is_not_utf_8(
    name: str, function: str, sent: bytes, selected: str, tmp_path: Path
) -> None:
    """Where protobuf lets it pass, no byte of it is lost."""

    async def answer(_: Any, __: Context) -> Any:
        return sent

    async with asking({function: answer}, descriptors(name), tmp_path) as client:
        said = await client.query(f"mutation {{ {selected} }}")

    assert said == {"data": {"echo": {"it": "caf\\xe9"}}}


async def test_a_message_without_fields(tmp_path: Path) -> None:
    """It says that it is there, in a stream of requests too."""
    counted = []

    async def wave(requests: AsyncIterator[Any], _: Context) -> Any:
        counted.extend([each async for each in requests])
        return message("splice.choices.v1.Done", "choices")()

    methods = {"splice.choices.v1.Choices/Wave": wave}

    async with asking(methods, descriptors("choices"), tmp_path) as client:
        answer = await client.query("mutation { wave(input: [{}, {}]) }")

    assert answer == {"data": {"wave": None}}
    assert len(counted) == 2


async def test_exact_decimals(tmp_path: Path) -> None:
    """A `google.type.Decimal` is a number with all its digits."""
    query = 'mutation { echo(input: { price: "1.10" }) { price date { year } } }'
    methods = {"splice.choices.v1.Choices/Echo": echo}

    async with asking(methods, descriptors("choices"), tmp_path) as client:
        answer = await client.query(query)

    assert answer == {"data": {"echo": {"price": "1.10", "date": None}}}


async def test_maps_as_json(tmp_path: Path) -> None:
    """By setting, a map is an object of protobuf's canonical JSON, in and out."""
    given: dict[str, Any] = {
        "counts": {"big": "18446744073709551615"},
        "parts": {"a": {"size": "-1", "mark": "AP8=", "ratio": 0.1, "below": {"size": "7"}}},
        "states": {"-1": "OPEN_GOOD", "2": 99},
        "blobs": {"b": "AAE="},
        "ratios": {"nan": "NaN", "low": "-Infinity", "one": 1.5},
        "things": {
            "long": {"@type": "x/google.protobuf.Int64Value", "value": "5"},
            "part": {"@type": "x/splice.editions.v1.Part", "size": "9007199254740993"},
            "else": {"@type": "x/nobody.knows", "value": "AP8="},
        },
    }
    query = f"mutation ($in: RecordInput!) {{ echo(input: $in) {{ {' '.join(given)} }} }}"
    methods = {"splice.editions.v1.Editions/Echo": echo}

    async with asking(methods, descriptors("editions"), tmp_path, "maps: json") as client:
        answer = await client.query(query, {"in": {"needed": "x", **given}})

    echoed = answer["data"]["echo"]
    part, packed = echoed["parts"]["a"], echoed["things"]["part"]
    assert {key: part.pop(key) for key in ("size", "mark", "ratio")} == {
        "size": "-1",
        "mark": "AP8=",
        "ratio": 0.1,
    }
    assert packed["size"] == "9007199254740993"
    for name in ("counts", "states", "blobs", "ratios"):
        assert echoed[name] == given[name]
    assert echoed["things"]["long"] == given["things"]["long"]
    assert echoed["things"]["else"] == given["things"]["else"]
