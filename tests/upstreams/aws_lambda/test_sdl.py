"""Types files: what they can say, and how their mistakes are told."""

import pytest

from upstreams.aws_lambda.model import TypesFile
from upstreams.aws_lambda.sdl import MOST_PROBLEMS, Types, read
from upstreams.errors import DiscoveryError
from upstreams.model import (
    ByShape,
    ByTag,
    Effect,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    UnionType,
)


def said(text: str) -> Types:
    """What a file of that text says."""
    return read(TypesFile("types.graphql", text))


def said_of(name: str, text: str) -> TypeDef:
    """The type of that name."""
    return next(type_ for type_ in said(text).types if type_.key == name)


def mistakes(text: str) -> list[str]:
    """What is wrong with a file of that text, line by line."""
    with pytest.raises(DiscoveryError) as caught:
        said(text)
    return str(caught.value).splitlines()


def test_fields_say_what_functions_take_and_give() -> None:
    """Arguments, defaults, descriptions, deprecation, the effect and the function's name."""
    types = said("""
        type Query {
          "What it costs."
          quote(sku: ID!, "How many." quantity: Int = 1): [Decimal!] @lambda(name: "price-quote")
        }
        type Mutation { refund: Void @deprecated(reason: "ask nicely") }
    """)

    quote, refund = types.fields
    assert (quote.field, quote.function, quote.effect) == ("quote", "price-quote", Effect.READ)
    assert quote.description == "What it costs."
    assert quote.arguments == (
        Field("sku", Required(Scalar(ScalarKind.ID))),
        Field("quantity", Scalar(ScalarKind.INT), description="How many.", default="1"),
    )
    assert quote.returns == ListOf(Required(Scalar(ScalarKind.DECIMAL)))
    assert (refund.function, refund.effect) == ("", Effect.WRITE)
    assert (refund.deprecated, refund.returns) == ("ask nicely", Scalar(ScalarKind.VOID))


@pytest.mark.parametrize("text", ["extend type Query { a: Int }", "type Query { a: Int }"])
def test_query_may_be_extended_or_defined(text: str) -> None:
    """An author need not know which file defines Query."""
    assert [field.source for field in said(text).fields] == ["Query.a"]


def test_a_file_may_have_mutations_only() -> None:
    """GraphQL wants a Query in every schema; a types file may do without."""
    assert [field.source for field in said("type Mutation { a: Int }").fields] == ["Mutation.a"]


def test_root_types_may_have_other_names() -> None:
    """A schema definition says which types stand for functions."""
    types = said("schema { query: Reads } type Reads { a: Int }")

    assert [field.source for field in types.fields] == ["Reads.a"]
    assert types.types == ()


@pytest.mark.parametrize("kind", list(ScalarKind))
def test_every_shared_scalar_is_known_by_its_name(kind: ScalarKind) -> None:
    """No scalar of the shared model has to be declared."""
    types = said(f"type Query {{ a: {kind.value} }}")

    assert types.fields[0].returns == Scalar(kind)
    assert types.degraded == ()


def test_declared_scalars_stay_what_they_are() -> None:
    """Declaring a shared scalar for one's editor changes nothing."""
    types = said("scalar Long type Query { a: Long }")

    assert types.fields[0].returns == Scalar(ScalarKind.LONG)
    assert types.degraded == ()


def test_unknown_scalars_become_json_and_say_so() -> None:
    """A scalar only the author knows is passed on as JSON, which is reported once."""
    types = said("scalar Money type Query { a: Money, b: [Money] }")

    assert types.fields[0].returns == Scalar(ScalarKind.JSON)
    assert types.degraded == (
        Remark("Money", "a scalar of the file's own; its values are passed on as JSON"),
    )


def test_objects_and_interfaces_keep_their_relations() -> None:
    """An interface's values are told apart by the fields each member always has."""
    text = """
        type Query { pet: Pet }
        interface Pet { name: String! }
        type Dog implements Pet { name: String!, barks: Int! }
        type Fish implements Pet { name: String!, fins: Int!, scales: Int! }
    """

    dog, pet = said_of("Dog", text), said_of("Pet", text)

    assert isinstance(dog, ObjectType)
    assert dog.implements == ("Pet",)
    assert isinstance(pet, InterfaceType)
    assert pet.resolution == ByShape(
        (("Fish", ("name", "fins", "scales")), ("Dog", ("name", "barks")))
    )


def test_members_that_look_alike_are_told_by_typename() -> None:
    """Where shapes do not tell, values are expected to name their type, which is reported."""
    text = "type Query { a: U } union U = A | B type A { x: Int! } type B { x: Int!, y: Int }"

    union = said_of("U", text)

    assert isinstance(union, UnionType)
    assert union.members == ("A", "B")
    assert union.resolution == ByTag("__typename", (("A", "A"), ("B", "B")))
    assert [remark.at for remark in said(text).assumed] == ["U"]


def test_inputs_and_enums() -> None:
    """Inputs keep exact defaults and exclusivity; enums their values."""
    text = """
        type Query { a(by: By, one: One): Color }
        input By { rate: Decimal = 1.10, colors: [Color!] = [RED], at: At = { x: 1, y: null } }
        input At { x: Int, y: String = "ü\\"" }
        input One @oneOf { id: ID, name: String }
        enum Color { RED "Not red." GREEN @deprecated(reason: "faded") }
    """

    by, at = said_of("By", text), said_of("At", text)
    one, color = said_of("One", text), said_of("Color", text)

    assert isinstance(by, InputType)
    assert [field.default for field in by.fields] == ["1.10", '["RED"]', '{"x": 1, "y": null}']
    assert isinstance(at, InputType)
    assert at.fields[1].default == '"ü\\""'
    assert isinstance(one, InputType)
    assert one.one_of
    assert isinstance(color, EnumType)
    assert color.values == (
        EnumValue("RED", "RED"),
        EnumValue("GREEN", "GREEN", description="Not red.", deprecated="faded"),
    )


def test_types_may_refer_to_themselves() -> None:
    """A tree is a type like any other."""
    tree = said_of("Tree", "type Query { a: Tree } type Tree { children: [Tree!]! }")

    assert isinstance(tree, ObjectType)
    assert tree.fields == (Field("children", Required(ListOf(Required(Named("Tree"))))),)


def test_all_mistakes_are_told_with_line_and_column() -> None:
    """A person sees everything that is wrong at once, in the form compilers use."""
    text = "type Query {\n  a: Missing\n  b(x: Gone): Int\n}"

    assert mistakes(text) == [
        "types.graphql:2:6: Unknown type 'Missing'.",
        "types.graphql:3:8: Unknown type 'Gone'. Did you mean 'Long'?",
    ]


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("", "1:1", "Syntax Error"),
        ("type Query {", "1:13", "Syntax Error"),
        ("<html>", "1:1", "Syntax Error"),
        ("type Query { a: Int }\n{ a }", "2:1", "not operations"),
        ("type Subscription { a: Int }", "1:1", "answers once"),
        ("type Query { a: B }\ntype B { b(x: Int): Int }", "2:10", "takes arguments"),
        ("type Query { a: B }\ntype B { b: [Query] }", "2:10", "are functions, not values"),
        ("type Query { a: B }\ninput B { b: Int }", "1:17", "must be Output Type"),
        ('type Query { a(x: Int = "1"): Int }', "1:25", "invalid default"),
        ("type Query { a: B } type B", "1:21", "must define one or more fields"),
        ("type Query { a: " + "[" * 50_000, "1:", "nested too deeply"),
        ("type Query { " + "a: Int " * 50_000, "1:", "more than"),
    ],
)
def test_each_mistake_has_its_place(text: str, place: str, word: str) -> None:
    """Broken text, operations, streams and what no function can do are refused."""
    (mistake,) = mistakes(text)

    assert mistake.startswith(f"types.graphql:{place}")
    assert word in mistake


def test_a_file_full_of_mistakes_is_told_in_bounded_time() -> None:
    """Thousands of unknown names are not all compared with as many known ones."""
    known = " ".join(f"type Known{number} {{ a: Int }}" for number in range(1000))
    unknown = " ".join(f"a{number}: Unknown{number}" for number in range(1000))

    assert len(mistakes(f"type Query {{ {unknown} }} {known}")) == MOST_PROBLEMS
