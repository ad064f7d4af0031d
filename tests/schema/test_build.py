"""Building: types, values between GraphQL's names and the backend's, and what fails where."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLSchema,
    build_schema,
    experimental_execute_incrementally,
    parse,
    print_schema,
)

from schema.build import SchemaError, build
from schema.failures import presentable
from schema.request import Request
from tests.schema.catalogs import (
    INT,
    JSON,
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    mapped,
    named,
    reading,
    required,
    writing,
)
from upstreams.errors import CallError, Refused, TimedOut, Unreachable
from upstreams.model import (
    ByShape,
    ByTag,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)


def built(*functions: Any, types: tuple[TypeDef, ...] = ()) -> GraphQLSchema:
    schema, _ = build({"x": catalog(*functions, types=types)})
    return schema


def answering(**answers: Callable[[Mapping[str, Any]], Any]) -> Answers:
    return Answers(answers)


PET = ObjectType(
    "Pet",
    "Pet",
    fields=(
        Field("id", required(LONG)),
        Field("first-name", STRING),
        Field("tags", mapped(INT)),
        Field("friends", listed(named("Pet"))),
    ),
)


async def test_fields_are_read_by_the_backends_names() -> None:
    """`first-name` is served as `first_name`, and recursion is no problem."""
    schema = built(reading("pet", named("Pet")), types=(PET,))
    caller = answering(pet=lambda _: {"id": 1, "first-name": "Rex", "friends": [{"id": 2**60}]})

    result = await ask(schema, caller, "{ pet { id first_name friends { id first_name } } }")

    assert result.errors is None
    assert result.data == {
        "pet": {
            "id": "1",
            "first_name": "Rex",
            "friends": [{"id": "1152921504606846976", "first_name": None}],
        }
    }


async def test_maps_are_lists_of_entries_both_ways() -> None:
    """A map comes out as entries in its order, and entries go in as a map."""
    schema = built(reading("pet", named("Pet"), Field("with", mapped(mapped(INT)))), types=(PET,))
    caller = answering(pet=lambda _: {"id": 1, "tags": {"b": 1, "a": None}})

    result = await ask(
        schema,
        caller,
        '{ pet(with: [{key: "k", value: [{key: "n", value: 2}]}]) { tags { key value } } }',
    )

    assert result.data == {"pet": {"tags": [{"key": "b", "value": 1}, {"key": "a", "value": None}]}}
    assert caller.calls == [("x", "pet", {"with": {"k": {"n": 2}}})]


async def test_a_key_given_twice_is_bad_input() -> None:
    """A map cannot hold one key twice, so nothing is sent."""
    schema = built(reading("pet", STRING, Field("with", mapped(INT))))
    caller = answering(pet=lambda _: "")

    result = await ask(schema, caller, '{ pet(with: [{key: "k"}, {key: "k"}]) }')

    assert result.errors is not None
    assert "given twice" in result.errors[0].message
    assert caller.calls == []


async def test_an_argument_that_was_not_given_is_not_sent() -> None:
    """A documented default is shown to clients and left to the backend to apply."""
    schema = built(reading("pets", STRING, Field("limit", INT, default="20"), Field("q", STRING)))
    caller = answering(pets=lambda _: "")

    await ask(schema, caller, "{ pets }")
    await ask(schema, caller, "query ($n: Int) { pets(limit: $n) }")
    await ask(schema, caller, "query ($n: Int) { pets(limit: $n, q: null) }", {"n": 5})

    assert "limit: Int = 20" in print_schema(schema)
    assert [arguments for _, _, arguments in caller.calls] == [{}, {}, {"limit": 5, "q": None}]


async def test_the_default_of_what_must_be_sent_is_sent() -> None:
    """A path parameter cannot be left out, so its documented default stands in for it."""
    schema = built(reading("pet", STRING, Field("id", required(STRING), default='"rex"')))
    caller = answering(pet=lambda _: "")

    await ask(schema, caller, "{ pet }")

    assert caller.calls == [("x", "pet", {"id": "rex"})]


def test_a_default_that_does_not_fit_is_not_shown() -> None:
    """A wrong default does not make the schema invalid; it stays in the description."""
    schema = built(reading("pets", STRING, Field("limit", INT, default='"many"')))

    assert 'Default: `"many"`.' in print_schema(schema)
    assert "limit: Int\n" in print_schema(schema)


async def test_input_objects_go_out_under_the_backends_names() -> None:
    """Fields the client left out stay out; a null it gave is sent."""
    order = InputType("Order:in", "order", fields=(Field("a-b", STRING), Field("c", INT)))
    schema = built(
        reading("ping", STRING), writing("add", STRING, Field("input", named("Order:in"))),
        types=(order,),
    )  # fmt: skip
    caller = answering(add=lambda _: "ok")

    await ask(schema, caller, 'mutation { add(input: {a_b: "x"}) two: add(input: {c: null}) }')

    assert [arguments for _, _, arguments in caller.calls] == [
        {"input": {"a-b": "x"}},
        {"input": {"c": None}},
    ]


async def test_fields_that_exclude_each_other_are_checked_before_the_call() -> None:
    """Of a protobuf oneof or an XSD choice at most one; the message has the client's names."""
    choice = InputType(
        "Pay:in", "Pay", fields=(Field("card-no", STRING), Field("cash", INT)),
        exclusive=(("card-no", "cash"),),
    )  # fmt: skip
    schema = built(reading("pay", STRING, Field("input", named("Pay:in"))), types=(choice,))
    caller = answering(pay=lambda _: "ok")

    good = await ask(schema, caller, '{ pay(input: {card_no: "1", cash: null}) }')
    bad = await ask(schema, caller, '{ pay(input: {card_no: "1", cash: 2}) }')

    assert good.errors is None
    assert bad.errors is not None
    assert bad.errors[0].message == "PayInput: only one of card_no, cash may be given"
    assert (bad.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("kind", "default", "literal"),
    [
        (ScalarKind.DECIMAL, "1.10", "1.10"),
        (ScalarKind.JSON, '{"a": [1.10, null]}', "{ a: [1.10, null] }"),
        (ScalarKind.BIG_INT, str(2**70), str(2**70)),
        (ScalarKind.LONG, "9007199254740993", "9007199254740993"),
    ],
)
def test_a_default_keeps_every_digit(kind: ScalarKind, default: str, literal: str) -> None:
    """It is shown as it was documented."""
    schema = built(reading("f", STRING, Field("a", Scalar(kind), default=default)))

    assert f"(a: {kind.value} = {literal})" in print_schema(schema)


async def test_a_default_is_shown_in_the_words_of_clients() -> None:
    """Enums by name, fields by theirs, maps as entries; sent, it is the backend's again."""
    state = EnumType("E", "State", values=(EnumValue("in-stock", "in-stock"),))
    filters = InputType(
        "F", "Filter", fields=(Field("the-state", named("E")), Field("tags", mapped(INT)))
    )
    default = '{"the-state": "in-stock", "tags": {"x": 1}}'
    schema = built(
        reading("f", JSON, Field("by", required(named("F")), default=default)),
        types=(state, filters),
    )

    result = await ask(schema, answering(f=lambda given: given["by"]), "{ f }")

    shown = '{ the_state: in_stock, tags: [{ key: "x", value: 1 }] }'
    assert f"by: FilterInput! = {shown}" in print_schema(schema)
    assert result.data == {"f": {"the-state": "in-stock", "tags": {"x": 1}}}


@pytest.mark.parametrize(
    "default", ['{"a-b": 1}', "{", "NaN", '"\\ud800"', "[" * 900 + "]" * 900, '{"x": {"y z": 1}}']
)
def test_a_default_that_graphql_cannot_write_is_not_shown(default: str) -> None:
    """Keys that are no names, broken JSON, a bomb: the SDL stays readable by other tools."""
    schema = built(reading("f", STRING, Field("a", JSON, default=default)))

    argument = build_schema(print_schema(schema)).query_type.fields["f"].args["a"]  # type: ignore[union-attr]  # it has a Query
    assert argument.default is None


COLOUR = EnumType(
    "Colour",
    "colour",
    values=(EnumValue("red", "red"), EnumValue("1", 1), EnumValue("true", True)),
)


async def test_enum_values_are_told_apart_as_json_does() -> None:
    """1, true and "1" are three values; one that is unknown is null with an error at its path."""
    schema = built(
        reading("all", listed(named("Colour")), Field("like", named("Colour"))), types=(COLOUR,)
    )
    caller = answering(all=lambda _: ["red", 1, True, "green"])

    result = await ask(schema, caller, "{ all(like: TRUE) }")

    assert result.data == {"all": ["red", "_1", "TRUE", None]}
    assert [error.path for error in result.errors or ()] == [["all", 3]]
    assert caller.calls == [("x", "all", {"like": True})]


def test_an_enum_value_that_was_a_name_keeps_it() -> None:
    """Whatever the order; values that are equal on the wire are all there to be given."""
    values = (EnumValue("a-b", 1), EnumValue("a_b", 2), EnumValue("alias", 2))
    schema = built(reading("e", named("E")), types=(EnumType("E", "E", values=values),))

    enum = schema.type_map["E"]
    assert isinstance(enum, GraphQLEnumType)
    assert [one.value for one in enum.values.values()] == [1, 2, 2]
    assert enum.values["a_b"].value == 2
    assert enum.coerce_output_value(2) == "a_b"


CAT = ObjectType("Cat", "Cat", fields=(Field("type", STRING), Field("lives", INT)))
DOG = ObjectType("Dog", "Dog", fields=(Field("type", STRING), Field("bark", STRING)))
TEXT = ObjectType("Text", "Text", fields=(Field("value", STRING),), box=True)
NUMBER = ObjectType("Number", "Number", fields=(Field("value", INT),), box=True)


async def test_a_union_is_resolved_by_its_tag() -> None:
    """The discriminator names the type; a tag nobody knows is an error at that item alone."""
    by_tag = ByTag("type", (("cat", "Cat"), ("dog", "Dog")))
    schema = built(
        reading("any", listed(named("Animal"))),
        types=(CAT, DOG, UnionType("Animal", "Animal", members=("Cat", "Dog"), resolution=by_tag)),
    )
    caller = answering(
        any=lambda _: [{"type": "dog", "bark": "wau"}, {"type": "cow"}, {"type": "cat", "lives": 9}]
    )

    result = await ask(
        schema, caller, "{ any { __typename ... on Cat { lives } ... on Dog { bark } } }"
    )

    assert result.data == {
        "any": [{"__typename": "Dog", "bark": "wau"}, None, {"__typename": "Cat", "lives": 9}]
    }
    assert [error.path for error in result.errors or ()] == [["any", 1]]


async def test_a_union_is_resolved_by_shape_and_scalars_are_boxed() -> None:
    """An object by the fields it has; a bare text or number by what it is."""
    by_shape = ByShape((("Cat", ("lives",)), ("Dog", ("bark",)), ("Text", ()), ("Number", ())))
    schema = built(
        reading("any", listed(named("Any"))),
        types=(
            CAT,
            DOG,
            TEXT,
            NUMBER,
            UnionType("Any", "Any", members=("Cat", "Dog", "Text", "Number"), resolution=by_shape),
        ),
    )
    caller = answering(any=lambda _: [{"bark": "wau"}, "plain", 7, Decimal("7.5")])

    result = await ask(
        schema,
        caller,
        "{ any { __typename ... on Text { text: value } ... on Number { value } } }",
    )

    assert result.data == {
        "any": [
            {"__typename": "Dog"},
            {"__typename": "Text", "text": "plain"},
            {"__typename": "Number", "value": 7},
            None,
        ]
    }


TALLY = ObjectType("Tally", "Tally", fields=(Field("value", mapped(INT)),), box=True)
NUMBERS = ObjectType("Numbers", "Numbers", fields=(Field("value", listed(INT)),), box=True)
TEXTS = ObjectType("Texts", "Texts", fields=(Field("value", listed(STRING)),), box=True)


async def test_maps_and_lists_are_boxed_by_what_they_hold() -> None:
    """A union of a map and two kinds of list; a map in a box is entries like any other."""
    members = ("Tally", "Numbers", "Texts")
    union = UnionType(
        "Any", "Any", members=members, resolution=ByShape(tuple((m, ()) for m in members))
    )
    schema = built(reading("any", listed(named("Any"))), types=(TALLY, NUMBERS, TEXTS, union))
    caller = answering(any=lambda _: [{"a": 1}, [1, None], ["x"], {"a": "x"}])

    result = await ask(
        schema,
        caller,
        "{ any { ... on Tally { value { key value } } ... on Numbers { numbers: value }"
        " ... on Texts { texts: value } } }",
    )

    assert result.data == {
        "any": [
            {"value": [{"key": "a", "value": 1}]},
            {"numbers": [1, None]},
            {"texts": ["x"]},
            None,
        ]
    }
    assert [error.path for error in result.errors or ()] == [["any", 3]]


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999999"), float("nan"), b"x", True]
)
async def test_strange_values_have_the_shape_of_no_type(value: object) -> None:
    """An error of the data at its path, at once, whatever a backend gives."""
    union = UnionType("U", "U", members=("Number",), resolution=ByShape((("Number", ()),)))
    schema = built(reading("any", named("U")), types=(NUMBER, union))

    result = await ask(
        schema, answering(any=lambda _: value), "{ any { ... on Number { value } } }"
    )

    assert result.data in ({"any": None}, {"any": {"value": None}})
    assert result.errors is not None
    assert isinstance(result.errors[0].original_error, GraphQLError)


async def test_objects_behind_an_interface_are_in_the_schema() -> None:
    """An implementation that no field names can still be asked for and come back."""
    animal = InterfaceType(
        "Animal", "Animal", fields=(Field("type", STRING),),
        resolution=ByTag("type", (("cat", "Cat"),)),
    )  # fmt: skip
    cat = ObjectType("Cat", "Cat", fields=CAT.fields, implements=("Animal",))
    schema = built(reading("one", named("Animal")), types=(animal, cat))
    caller = answering(one=lambda _: {"type": "cat", "lives": 9})

    result = await ask(schema, caller, "{ one { type ... on Cat { lives } } }")

    assert result.data == {"one": {"type": "cat", "lives": 9}}


async def test_a_value_that_is_no_object_does_not_answer_for_one() -> None:
    """A text where an object was promised is an error, not the text's own methods."""
    schema = built(
        reading("pet", named("T")), types=(ObjectType("T", "T", fields=(Field("title", STRING),)),)
    )
    caller = answering(pet=lambda _: "just a text")

    result = await ask(schema, caller, "{ pet { title } }")

    assert result.data == {"pet": {"title": None}}
    assert [error.message for error in result.errors or ()] == [
        "an object was promised, a string came"
    ]


async def test_one_failure_spares_the_rest() -> None:
    """Root fields are nullable: a failed call is null with one error, the others arrive."""

    def late(_: Mapping[str, Any]) -> Any:
        raise TimedOut("no answer in time")

    schema = built(reading("a", required(STRING)), reading("b", required(STRING)))
    caller = answering(a=late, b=lambda _: "here")

    result = await ask(schema, caller, "{ a b }")

    assert result.data == {"a": None, "b": "here"}
    assert result.errors is not None
    (error,) = result.errors
    assert error.path == ["a"]
    assert error.extensions == {
        "code": "UPSTREAM_TIMEOUT",
        "upstream": "x",
        "function": "a",
        "retryable": True,
        "requestId": "r1",
    }


async def test_what_a_backend_said_is_shown_only_when_it_is_told() -> None:
    """`told` replaces our own sentence; details become extensions and cannot replace our keys."""

    def refuse(_: Mapping[str, Any]) -> Any:
        raise Refused(
            "answered 404", status=404, told="no such pet", details={"code": "x", "type": "t"}
        )

    schema = built(reading("a", STRING))

    result = await ask(schema, answering(a=refuse), "{ a }")

    assert result.errors is not None
    (error,) = result.errors
    assert error.message == "no such pet"
    assert error.extensions is not None
    assert (error.extensions["code"], error.extensions["status"], error.extensions["type"]) == (
        "UPSTREAM_ERROR",
        404,
        "t",
    )


def test_types_without_fields_are_still_types() -> None:
    """GraphQL wants at least one field, so an empty object has one that is always null."""
    empty = (ObjectType("E", "E"), InputType("E:in", "E"))
    schema = built(reading("e", named("E"), Field("input", named("E:in"))), types=empty)

    printed = print_schema(schema)

    assert "_: Void" in printed


async def test_what_stands_in_for_no_fields_is_not_sent() -> None:
    """An empty input is an empty object to the backend, whatever the client wrote."""
    empty = InputType("E:in", "E")
    schema = built(reading("e", STRING, Field("input", named("E:in"))), types=(empty,))
    caller = answering(e=lambda _: "")

    await ask(schema, caller, "{ e(input: {}) }")
    await ask(schema, caller, "{ e(input: {_: null}) }")

    assert [arguments for _, _, arguments in caller.calls] == [{"input": {}}, {"input": {}}]


def test_a_catalog_that_makes_no_schema_is_refused_with_its_problems() -> None:
    """An object that lacks a field of its interface is named."""
    wrong: Catalog = catalog(
        reading("one", named("A")),
        types=(
            InterfaceType("A", "A", fields=(Field("x", STRING),)),
            ObjectType("B", "B", fields=(Field("y", STRING),), implements=("A",)),
        ),
    )

    with pytest.raises(SchemaError, match="x"):
        build({"bad": wrong})


@pytest.mark.parametrize("ref", [named("nowhere"), mapped(listed(named("nowhere")))])
def test_a_type_that_is_not_there_is_a_problem_of_its_catalog(ref: TypeRef) -> None:
    """A broken catalog is refused like any other, not with an exception nobody expects."""
    with pytest.raises(SchemaError, match="nowhere"):
        build({"bad": catalog(reading("one", ref))})


async def test_what_a_call_must_not_raise_is_logged_and_hidden(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mistake of ours shows no more than that it happened, and where."""

    def broken(_: Mapping[str, Any]) -> Any:
        raise TypeError("Cannot return null for secret")

    schema = built(reading("a", STRING), reading("b", STRING))

    result = await ask(schema, answering(a=broken, b=lambda _: "fine"), "{ a b }")

    assert result.data == {"a": None, "b": "fine"}
    assert result.errors is not None
    (error,) = result.errors
    assert (error.message, error.path) == ("internal error", ["a"])
    assert (error.extensions or {})["code"] == "GRAPHQL_INTERNAL_ERROR"
    assert caplog.records
    for record in caplog.records:
        assert record.getMessage() == "call broke"
        assert record.exc_info is not None
        assert "secret" in str(record.exc_info[1])


def coded(error: GraphQLError, request: Request) -> Mapping[str, Any]:
    return presentable(error, request).extensions or {}


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (TimedOut("no answer in time"), False),
        (Unreachable("the connection broke"), False),
        (Unreachable("try later", details={"retryAfter": 1}), True),
        (Refused("busy", status=503, retryable=True), True),
    ],
)
async def test_a_write_that_may_have_been_done_is_not_called_retryable(
    error: CallError, *, again: bool
) -> None:
    """Unless the backend itself says so."""

    def fails(_: Mapping[str, Any]) -> Any:
        raise error

    schema = built(reading("a", STRING), writing("b", STRING))

    result = await ask(schema, answering(b=fails), "mutation { b }")

    (told,) = result.errors or []
    assert (told.extensions or {})["retryable"] is again


async def test_a_wrong_argument_is_the_clients_mistake() -> None:
    """Also where only running it shows, as with a null for a variable that has a default."""
    schema = built(reading("a", STRING, Field("n", required(INT))), reading("b", INT))
    request = Request(answering(b=lambda _: "x"), "r1", deadline=float("inf"))
    document = parse("query ($n: Int = 5) { a(n: $n) b }")

    result = await experimental_execute_incrementally(  # type: ignore[misc]  # it has calls to wait for
        schema, document, context_value=request, variable_values={"n": None}
    )

    wrong, bad = sorted(result.errors, key=lambda error: error.path)
    assert coded(wrong, request)["code"] == "BAD_USER_INPUT"
    assert coded(bad, request) == {
        "code": "UPSTREAM_INVALID_RESPONSE",
        "upstream": "x",
        "function": "b",
        "retryable": False,
        "requestId": "r1",
    }


def test_an_exception_without_a_path_is_ours(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever breaks execution as a whole is logged, and its message kept back."""
    error = GraphQLError("/secret/path", original_error=RuntimeError("/secret/path"))

    shown = presentable(error, None)

    assert shown.message == "internal error"
    assert shown.extensions == {"code": "GRAPHQL_INTERNAL_ERROR"}
    assert len(caplog.records) == 1


async def test_json_keeps_every_digit_of_a_literal() -> None:
    """A JSON argument written as 1.10 is sent as 1.10."""
    schema = built(reading("echo", JSON, Field("input", JSON)))
    caller = answering(echo=lambda given: given["input"])

    result = await ask(schema, caller, "{ echo(input: {a: [1.10, 1180591620717411303424]}) }")

    assert result.data == {"echo": {"a": [Decimal("1.10"), 2**70]}}
    assert str(caller.calls[0][2]["input"]["a"][0]) == "1.10"


async def test_a_shared_type_is_one_for_all_upstreams() -> None:
    """Whoever has it means the same, so it keeps its short name everywhere."""
    info = ObjectType("info", "PageInfo", fields=(Field("more", STRING),), shared=True)
    other = ObjectType("PageInfo", "PageInfo", fields=(Field("other", STRING),))

    schema, _ = build(
        {
            "a": catalog(reading("one", named("info")), types=(info,)),
            "b": catalog(reading("two", named("info")), types=(info,)),
            "c": catalog(reading("three", named("PageInfo")), types=(other,)),
        }
    )

    fields = schema.query_type.fields if schema.query_type else {}
    assert {name: str(fields[name].type) for name in ("one", "two", "three")} == {
        "one": "PageInfo",
        "two": "PageInfo",
        "three": "CPageInfo",
    }
