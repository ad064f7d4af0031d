"""Subscriptions: functions that stream or send events, one message at a time."""

from collections.abc import AsyncIterator
from typing import Any

from graphql import GraphQLSchema, parse, subscribe

from schema.build import build
from schema.failures import presentable
from schema.request import Request
from tests.schema.catalogs import (
    INT,
    LONG,
    STRING,
    Answers,
    catalog,
    listed,
    mapped,
    named,
    reading,
    required,
    writing,
)
from upstreams.errors import Unreachable
from upstreams.model import Field, Flow, Function, ObjectType

TICK = ObjectType("Tick", "Tick", fields=(Field("at", LONG), Field("tags", mapped(INT))))


def streaming(name: str, *arguments: Field, flow: Flow = Flow.SERVER_STREAM) -> Function:
    return reading(name, listed(required(named("Tick"))), *arguments, flow=flow)


def served(*functions: Function) -> GraphQLSchema:
    schema, _ = build({"x": catalog(*functions, types=(TICK,))})
    return schema


async def events(
    schema: GraphQLSchema, caller: Answers, query: str
) -> list[tuple[Any, list[Any] | None]]:
    request = Request(caller, "r", 0.0)
    stream = subscribe(schema, parse(query), context_value=request)
    assert isinstance(stream, AsyncIterator)
    return [
        (one.data, [presentable(error, request) for error in one.errors] if one.errors else None)
        async for one in stream
    ]


async def test_a_stream_is_a_field_of_query_and_of_subscription() -> None:
    """All its messages at once, or each as it comes; maps are entries in both."""
    schema = served(streaming("ticks", Field("from", INT)))
    caller = Answers({"ticks": lambda asked: [{"at": asked["from"]}, {"tags": {"a": 1}}]})

    received = await events(
        schema, caller, "subscription { ticks(from: 3) { at tags { key value } } }"
    )

    assert schema.query_type is not None
    assert "ticks" in schema.query_type.fields
    assert received == [
        ({"ticks": {"at": "3", "tags": None}}, None),
        ({"ticks": {"at": None, "tags": [{"key": "a", "value": 1}]}}, None),
    ]


def test_both_ways_and_events_are_subscriptions_alone() -> None:
    """What has no end has no list."""
    schema = served(
        reading("hello", STRING),
        streaming("chat", flow=Flow.BIDIRECTIONAL),
        streaming("hooks", flow=Flow.EVENTS),
    )

    assert schema.query_type is not None
    assert schema.subscription_type is not None
    assert set(schema.query_type.fields) == {"hello"}
    assert set(schema.subscription_type.fields) == {"chat", "hooks"}


def test_a_stream_that_writes_is_no_query() -> None:
    """Its list is a mutation's answer."""
    pay = writing("pay", listed(named("Tick")), flow=Flow.SERVER_STREAM)
    schema = served(reading("hello", STRING), pay)

    assert schema.mutation_type is not None
    assert "pay" in schema.mutation_type.fields


async def test_a_broken_stream_ends_with_an_error() -> None:
    """What came before it arrives; then one event says what happened."""
    caller = Answers({"ticks": lambda _: [{"at": 1}, Unreachable("the stream broke")]})

    received = await events(served(streaming("ticks")), caller, "subscription { ticks { at } }")

    assert received[0] == ({"ticks": {"at": "1"}}, None)
    data, errors = received[1]
    assert data == {"ticks": None}
    assert [(one.message, one.extensions["code"]) for one in errors or ()] == [
        ("the stream broke", "UPSTREAM_UNREACHABLE")
    ]
    assert len(received) == 2


async def test_one_wrong_message_does_not_end_the_stream() -> None:
    """The next one arrives; the error names the function."""
    caller = Answers({"ticks": lambda _: [{"at": "x"}, {"at": 2}]})

    received = await events(served(streaming("ticks")), caller, "subscription { ticks { at } }")

    (data, errors), after = received
    assert data == {"ticks": {"at": None}}
    assert [one.extensions["function"] for one in errors or ()] == ["ticks"]
    assert after == ({"ticks": {"at": "2"}}, None)


async def test_arguments_that_cannot_be_taken_are_one_event() -> None:
    """A map's key given twice is the client's mistake, and the backend is not asked."""
    schema = served(streaming("ticks", Field("by", mapped(INT))))
    caller = Answers({})

    received = await events(
        schema, caller, 'subscription { ticks(by: [{key: "a"}, {key: "a"}]) { at } }'
    )

    ((data, errors),) = received
    assert data == {"ticks": None}
    assert [one.extensions["code"] for one in errors or ()] == ["BAD_USER_INPUT"]
    assert caller.calls == []
