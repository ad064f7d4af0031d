"""Ways of calling functions that settings name by globs, and what they make of types."""

from typing import Any

import pytest

from upstreams.aws_lambda.described import Found, Offer
from upstreams.aws_lambda.model import LambdaCatalog, Payload, Settings, TypesFile, reference
from upstreams.aws_lambda.translate import translate
from upstreams.model import (
    Batch,
    Effect,
    Field,
    Flow,
    ListOf,
    Named,
    Required,
    Scalar,
    ScalarKind,
)
from upstreams.registry import REST

JSON = Scalar(ScalarKind.JSON)
ID = Scalar(ScalarKind.ID)


def translated(types: str | None = None, **settings: Any) -> LambdaCatalog:
    """The catalog of one function, `quote`."""
    file = TypesFile("types.graphql", types) if types else None
    found = Found((Offer(reference("quote")),), file)
    return translate(REST, Settings(functions=("quote",), **settings), found)


def test_nobody_waits_for_events() -> None:
    """An asynchronous function answers that its event was accepted, and writes."""
    found = translated("type Query { quote(sku: ID): Int }", asynchronous=("quo*",))

    (function,), (accepted,) = found.functions, found.types
    assert function.binding.event
    assert function.effect is Effect.WRITE
    assert function.returns == Named(accepted.key)
    assert accepted.label == "Accepted"


def test_streams_are_lists_of_messages() -> None:
    """What was one answer is one message."""
    (function,) = translated("type Query { quote: Int }", streams=("quote",)).functions

    assert (function.flow, function.binding.streaming) == (Flow.SERVER_STREAM, True)
    assert function.returns == ListOf(Scalar(ScalarKind.INT))


def test_each_item_is_an_invocation() -> None:
    """The arguments become an input of which a list is taken, and a list is answered."""
    types = "type Query { quote(sku: ID, quantity: Int): Int }"

    found = translated(types, each=("quote",))

    (function,), (item,) = found.functions, found.types
    (given,) = function.arguments
    assert given.type == Required(ListOf(Required(Named(item.key))))
    assert function.returns == Required(ListOf(Scalar(ScalarKind.INT)))
    assert (function.binding.each, function.binding.payload) == (True, Payload.INPUT)
    assert function.batch is None


def test_json_items_can_be_joined() -> None:
    """A list of events that are anything is a list of keys, answered in order."""
    (function,) = translated(each=("quote",)).functions

    assert function.arguments[0].type == Required(ListOf(JSON))
    assert function.batch == Batch(("input",), "")


@pytest.mark.parametrize(
    ("types", "argument", "returns"),
    [
        (None, Field("input", ListOf(JSON)), ListOf(JSON)),
        (
            "type Query { quote(skus: [ID!]!): [Int] }",
            Field("skus", Required(ListOf(Required(ID)))),
            ListOf(Scalar(ScalarKind.INT)),
        ),
    ],
)
def test_batches_take_and_give_lists(types: str | None, argument: Field, returns: Any) -> None:
    """A function that answers for a list serves joins in one call."""
    (function,) = translated(types, batch=("quote",)).functions

    (given,) = function.arguments
    assert (given.name, given.type, function.returns) == (argument.name, argument.type, returns)
    assert function.batch == Batch((argument.name,), "")


def test_a_batch_without_a_list_is_told() -> None:
    """A function that takes no list is called as it is, and a remark says so."""
    found = translated("type Query { quote(sku: ID): Int }", batch=("quote",))

    (function,) = found.functions
    assert (function.batch, function.returns) == (None, Scalar(ScalarKind.INT))
    assert [one.at for one in found.assumed] == ["quote"]
    assert "it takes no list, or several" in found.assumed[0].reason


def test_a_glob_of_nothing_is_told() -> None:
    """A way for functions that are not there is remarked on."""
    found = translated(streams=("rates-*",))

    assert [one.at for one in found.assumed] == ["streams: rates-*"]
