"""Links: a field that calls another function with what is known of its object."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema

from schema.build import SchemaError, build
from tests.schema.catalogs import (
    INT,
    LONG,
    STRING,
    Answers,
    ask,
    catalog,
    listed,
    named,
    reading,
    required,
)
from upstreams.errors import TimedOut
from upstreams.model import (
    Bound,
    ByTag,
    Constant,
    EnumType,
    EnumValue,
    Expression,
    Field,
    FromAnswer,
    FromArguments,
    FromParent,
    InterfaceType,
    Link,
    ObjectType,
    Text,
)

USER = ObjectType("User", "User", fields=(Field("id", LONG), Field("manager", STRING)))
POST = ObjectType("Post", "Post", fields=(Field("title", STRING), Field("author", named("User"))))
GET_USER = reading("getUser", named("User"), Field("id", required(STRING)))
GET_POST = reading("getPost", named("Post"))
LIST_POSTS = reading("listPosts", listed(named("Post")), Field("by", required(LONG)))


def linked(*arguments: Bound, name: str = "posts", function: str = "listPosts") -> Link:
    return Link("User", name, function, arguments, origin="getUser")


def by(expression: Expression) -> Bound:
    return Bound(("by",), expression)


def served(*links: Link, extra: tuple[Any, ...] = ()) -> GraphQLSchema:
    one = catalog(GET_USER, GET_POST, LIST_POSTS, *extra, types=(USER, POST))
    schema, _ = build({"x": type(one)(one.kind, one.functions, one.types, None, links=links)})
    return schema


def answers(user: Mapping[str, Any]) -> Answers:
    return Answers(
        {
            "getUser": lambda _: user,
            "getPost": lambda _: {"title": "one", "author": user},
            "listPosts": lambda asked: [{"title": f"by {asked['by']}"}],
        }
    )


async def test_a_link_calls_its_function_with_the_objects_values() -> None:
    """The author's id is the argument, also where the object came from another function."""
    schema = served(linked(by(FromParent(("id",)))))
    caller = answers({"id": 2**60})

    result = await ask(schema, caller, "{ getPost { author { posts { title } } } }")

    assert result.data == {"getPost": {"author": {"posts": [{"title": f"by {2**60}"}]}}}


async def test_nothing_to_ask_for_is_null() -> None:
    """Without the author's id there is no call and no error."""
    caller = answers({"id": None})

    result = await ask(
        served(linked(by(FromParent(("id",))))),
        caller,
        "{ getPost { author { posts { title } } } }",
    )

    assert (result.data, result.errors) == ({"getPost": {"author": {"posts": None}}}, None)
    assert [name for _, name, _ in caller.calls] == ["getPost"]


async def test_a_link_knows_what_its_own_call_was_asked() -> None:
    """The id that getUser was asked with goes on to listPosts."""
    schema = served(linked(by(FromArguments(("id",)))))

    result = await ask(schema, answers({}), '{ getUser(id: "7") { posts { title } } }')

    assert result.data == {"getUser": {"posts": [{"title": "by 7"}]}}


async def test_elsewhere_a_client_says_what_only_the_call_knew() -> None:
    """An object that came another way needs the argument; without it the error says so."""
    schema = served(linked(by(FromArguments(("id",)))))
    query = "{ getPost { author { posts { title } more: posts(by: 3) { title } } } }"

    result = await ask(schema, answers({}), query)

    assert result.data == {"getPost": {"author": {"posts": None, "more": [{"title": "by 3"}]}}}
    (error,) = result.errors or []
    assert error.message == "by must be given here: only the answer of getUser itself tells"
    assert (error.extensions or {})["code"] == "BAD_USER_INPUT"


async def test_what_came_beside_the_answer_is_known_too() -> None:
    """A header of the answer, as part of a text."""

    class Beside(Answers):
        async def fetch(self, asked: Any, request: Any) -> Any:
            asked.aside.headers = {"x-next": "5"}
            return await super().fetch(asked, request)

    caller = Beside({"getUser": lambda _: {}, "listPosts": lambda asked: [{"title": asked["by"]}]})
    expression = Text((Constant('"1"'), FromAnswer("header.X-Next")))

    result = await ask(
        served(linked(by(expression))), caller, '{ getUser(id: "7") { posts { title } } }'
    )

    assert result.data == {"getUser": {"posts": [{"title": "15"}]}}


async def test_a_constant_and_an_argument_left_to_clients() -> None:
    """What a link does not bind is an argument of its field."""
    some = reading("some", STRING, Field("kind", required(STRING)), Field("size", required(INT)))
    schema = served(linked(Bound(("kind",), Constant('"x"')), function="some"), extra=(some,))
    caller = Answers({"getUser": lambda _: {}, "some": lambda asked: f"{asked}"})

    result = await ask(schema, caller, '{ getUser(id: "7") { posts(size: 2) } }')

    assert result.data == {"getUser": {"posts": "{'kind': 'x', 'size': 2}"}}


@pytest.mark.parametrize(("value", "message"), [("x", "Long cannot"), ({}, "Long cannot")])
async def test_a_value_that_does_not_fit_is_an_error_at_its_path(value: Any, message: str) -> None:
    """The rest of the answer arrives."""
    schema = served(linked(by(FromParent(("manager",)))))
    caller = answers({"id": 1, "manager": value})

    result = await ask(schema, caller, "{ getPost { author { id posts { title } } } }")

    assert result.data == {"getPost": {"author": {"id": "1", "posts": None}}}
    (error,) = result.errors or []
    assert error.message.startswith(message)
    assert error.path == ["getPost", "author", "posts"]


async def test_an_enums_values_stay_the_backends() -> None:
    """What is one enum's value on the wire is the other's."""
    color = EnumType("Color", "Color", values=(EnumValue("RED", "r"), EnumValue("BLUE", "b")))
    paint = ObjectType("Paint", "Paint", fields=(Field("color", named("Color")),))
    one = catalog(
        reading("paint", named("Paint")),
        reading("like", STRING, Field("color", required(named("Color")))),
        types=(color, paint),
    )
    link = Link("Paint", "like", "like", (Bound(("color",), FromParent(("color",))),))
    schema, _ = build({"x": type(one)(one.kind, one.functions, one.types, None, links=(link,))})
    caller = Answers({"paint": lambda _: {"color": "b"}, "like": lambda asked: asked["color"]})

    result = await ask(schema, caller, "{ paint { color like } }")

    assert result.data == {"paint": {"color": "BLUE", "like": "b"}}


async def test_a_failed_link_is_null_with_an_error_of_its_upstream() -> None:
    """One error per path, of the function that failed."""

    def late(_: Mapping[str, Any]) -> Any:
        raise TimedOut("no answer in time")

    schema = served(linked(by(FromParent(("id",)))))
    caller = Answers({"getUser": lambda _: {"id": 1}, "listPosts": late})

    result = await ask(schema, caller, '{ getUser(id: "7") { id posts { title } } }')

    assert result.data == {"getUser": {"id": "1", "posts": None}}
    (error,) = result.errors or []
    assert (error.path, (error.extensions or {})["function"]) == (["getUser", "posts"], "listPosts")


async def test_links_on_an_interface_stand_on_its_objects() -> None:
    """Every object that implements it has the field, under one name that is free in all."""
    named_thing = InterfaceType(
        "Named", "Named", fields=(Field("id", LONG),), resolution=ByTag("t", (("c", "Cat"),))
    )
    cat = ObjectType(
        "Cat", "Cat", fields=(Field("id", LONG), Field("self", STRING)), implements=("Named",)
    )
    one = catalog(reading("pet", named("Named"), Field("id", LONG)), types=(named_thing, cat))
    link = Link("Named", "self", "pet", (Bound(("id",), FromParent(("id",))),))
    schema, _ = build({"x": type(one)(one.kind, one.functions, one.types, None, links=(link,))})
    caller = Answers({"pet": lambda asked: {"t": "c", "id": asked.get("id", 1)}})

    result = await ask(
        schema, caller, "{ pet { selfLink { id } ... on Cat { self selfLink { id } } } }"
    )

    assert result.data == {"pet": {"selfLink": {"id": "1"}, "self": None}}


def test_a_link_to_nothing_makes_no_schema() -> None:
    """A catalog that contradicts itself is refused."""
    with pytest.raises(SchemaError, match="nowhere"):
        served(linked(function="nowhere"))
