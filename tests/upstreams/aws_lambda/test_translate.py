"""Functions and what is said of them, as a catalog."""

import pytest

from upstreams.aws_lambda.described import Found, Offer
from upstreams.aws_lambda.model import (
    Binding,
    LambdaCatalog,
    Payload,
    Settings,
    TypesFile,
    reference,
)
from upstreams.aws_lambda.translate import UNTYPED, translate
from upstreams.errors import DiscoveryError
from upstreams.model import Effect, Field, Remark, Scalar, ScalarKind, restore, store
from upstreams.registry import KINDS, REST

JSON = Scalar(ScalarKind.JSON)
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:quote:live"


def translated(*names: str, types: str | None = None) -> LambdaCatalog:
    """The catalog of functions of those names."""
    offers = [Offer(reference(name)) for name in names]
    file = None if types is None else TypesFile("types.graphql", types)
    return translate(REST, Settings(functions=names), Found(tuple(offers), file))


def problems(*names: str, types: str) -> list[str]:
    """What is wrong with a types file for those functions, line by line."""
    with pytest.raises(DiscoveryError) as caught:
        translated(*names, types=types)
    return str(caught.value).splitlines()


def test_without_types_json_goes_in_and_out() -> None:
    """A function nobody described takes one JSON value and gives one, which is reported."""
    catalog = translated("quote")

    (quote,) = catalog.functions
    assert [(argument.name, argument.type) for argument in quote.arguments] == [("input", JSON)]
    assert (quote.returns, quote.binding) == (JSON, Binding("quote", Payload.INPUT))
    assert catalog.degraded == (Remark("quote", UNTYPED),)


def test_a_described_function_is_typed() -> None:
    """The file's field gives arguments, value and effect; the rest stays JSON."""
    catalog = translated("quote", "other", types="type Query { quote(sku: ID): Decimal }")

    quote, _ = catalog.functions
    assert quote.arguments == (Field("sku", Scalar(ScalarKind.ID)),)
    assert quote.returns == Scalar(ScalarKind.DECIMAL)
    assert (quote.effect, quote.binding.payload) == (Effect.READ, Payload.ARGUMENTS)
    assert catalog.degraded == (Remark("other", UNTYPED),)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("price-quote", "priceQuote"),
        ("price_quote", "priceQuote"),
        ("PriceQuote", "price_quote"),
        ("priceQuote:live", "priceQuote"),
        (ARN, "quote"),
        (ARN, 'anything @lambda(name: "quote")'),
        (ARN, f'anything @lambda(name: "{ARN}")'),
    ],
)
def test_fields_find_their_functions(name: str, field: str) -> None:
    """By name whatever the writing, or by exactly the name the directive gives."""
    head, _, directive = field.partition(" ")

    catalog = translated(name, types=f"type Query {{ {head}: Int {directive} }}")

    assert catalog.degraded == ()


def test_a_field_of_no_function_is_a_mistake() -> None:
    """A description of nothing is told with its place and the names there are."""
    told = problems(
        "price-quote",
        "stock",
        types='type Query {\n  pricequota: Int\n  b: Int @lambda(name: "S")\n}',
    )

    assert told == [
        "types.graphql:2:3: Query.pricequota: no function of this upstream is named 'pricequota'; "
        "there is price-quote",
        "types.graphql:3:3: Query.b: no function of this upstream is named 'S'; "
        "there is price-quote, stock",
    ]


def test_a_field_of_many_functions_is_a_mistake() -> None:
    """Where a name fits two functions, the author says which."""
    (told,) = problems("quote:live", "quote:test", types="type Query { quote: Int }")

    assert told.endswith("it may be quote:live or quote:test: say which by @lambda(name: …)")


def test_a_function_is_described_once() -> None:
    """Two fields cannot both be the one root field of a function."""
    (told,) = problems(
        "quote", types='type Query { quote: Int } type Mutation { a: Int @lambda(name: "quote") }'
    )

    assert told == "types.graphql:1:43: Mutation.a: quote is described by Query.quote already"


def test_the_exact_name_goes_before_a_similar_one() -> None:
    """`quote` means `quote` though `Quote` is there too."""
    catalog = translated("Quote", "quote", types="type Query { quote: Int }")

    assert [remark.at for remark in catalog.degraded] == ["Quote"]


def test_qualified_functions_keep_their_whole_reference() -> None:
    """The binding says what is invoked where; the label stays short, the scope tells them apart."""
    (function,) = translated(ARN).functions

    assert function.name == ARN
    assert (function.label, function.scope) == ("quote", ("live", "eu-west-1"))
    assert function.binding == Binding(
        ARN.removesuffix(":live"), Payload.INPUT, qualifier="live", region="eu-west-1"
    )


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("get-user", Effect.READ),
        ("listOrders", Effect.READ),
        ("SearchIndex", Effect.READ),
        ("find_all", Effect.READ),
        ("getaway", Effect.WRITE),
        ("quote", Effect.WRITE),
        ("GETUser", Effect.READ),
        ("123", Effect.WRITE),
    ],
)
def test_only_clear_verbs_read(name: str, effect: Effect) -> None:
    """A function writes unless its name's first word says that it only reads."""
    assert translated(name).functions[0].effect is effect


def test_what_aws_says_of_a_function_is_kept() -> None:
    """Its description is the function's unless the file has one; what was not seen is reported."""
    offers = [
        Offer(reference("a"), description="AWS's a."),
        Offer(reference("b"), description="AWS's b.", unseen="nobody answered"),
    ]
    file = TypesFile("types.graphql", 'type Query { "The file\'s b." b: Int }')

    catalog = translate(REST, Settings(functions=("a", "b")), Found(tuple(offers), file))

    assert [function.description for function in catalog.functions] == ["AWS's a.", "The file's b."]
    assert catalog.assumed == (Remark("b", "taken as it is: nobody answered"),)


def test_catalogs_are_stored_and_restored() -> None:
    """A stored catalog is the same catalog, bindings included."""
    catalog = translated(ARN, types="type Query { quote(a: [A!]): U } input A { b: Long } "
                                    "union U = X type X { y: Int! }")  # fmt: skip

    assert restore(store(catalog), KINDS["lambda"].catalog) == catalog


def test_a_types_file_may_be_json_schema() -> None:
    """Functions by name, each with schemas for input and output, which share definitions."""
    types = """{
        "functions": {
            "quote": {
                "input": {"$ref": "#/$defs/Line"},
                "output": {"type": "array", "items": {"$ref": "#/$defs/Line"}}
            },
            "get-rate": {"output": {"type": "number"}}
        },
        "$defs": {"Line": {"type": "object", "properties": {"sku": {"type": "string"}}}}
    }"""

    catalog = translated("quote", "get-rate", "other", types=types)

    quote, rate, other = catalog.functions
    assert sorted({one.label for one in catalog.types}) == ["Line"]
    assert (quote.effect, rate.effect) == (Effect.WRITE, Effect.READ)
    assert (quote.label, quote.source) == ("quote", "types.graphql#/functions/quote")
    assert other.returns == JSON
    assert [one.at for one in catalog.degraded] == ["get-rate input", "other"]


def test_an_unknown_function_in_json_schema_is_a_mistake() -> None:
    """As in SDL, a description of nothing is told with the names there are."""
    (told,) = problems("quote", types='{"functions": {"qoute": {}}}')

    assert told.endswith("no function of this upstream is named 'qoute'; there is quote")
