"""Types that lead to types that lead to types."""

from schema.build import build
from tests.schema.catalogs import STRING, Answers, ask, catalog, named, reading
from upstreams.model import Field, InputType, ObjectType

LONG = 5000


async def test_a_long_chain_of_types_is_served() -> None:
    """Longer than calls may be nested."""
    chain = tuple(
        ObjectType(f"T{n}", f"T{n}", fields=(Field("next", named(f"T{n + 1}")),))
        for n in range(LONG)
    )
    last = ObjectType(f"T{LONG}", f"T{LONG}", fields=(Field("name", STRING),))
    inputs = tuple(
        InputType(f"I{n}", f"I{n}", fields=(Field("next", named(f"I{n + 1}")),))
        for n in range(LONG)
    )
    end = InputType(f"I{LONG}", f"I{LONG}", fields=(Field("name", STRING),))
    function = reading("first", named("T0"), Field("like", named("I0")))
    schema, _ = build({"x": catalog(function, types=(*chain, last, *inputs, end))})

    result = await ask(
        schema,
        Answers({"first": lambda _: {"next": {"next": None}}}),
        "{ first { next { next { next { __typename } } } } }",
    )

    assert result.data == {"first": {"next": {"next": None}}}
    assert {f"T{LONG}", f"I{LONG}Input"} <= set(schema.type_map)
