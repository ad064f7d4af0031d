"""Pets, their humans, and everything that examples ask of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.schema.catalogs import (
    INT,
    JSON,
    STRING,
    Answers,
    catalog,
    listed,
    named,
    reading,
    required,
    writing,
)
from upstreams.errors import Refused
from upstreams.model import (
    ByTag,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ObjectType,
    Scalar,
    ScalarKind,
    UnionType,
)

FLOAT, BOOLEAN, ID = (
    Scalar(kind) for kind in (ScalarKind.FLOAT, ScalarKind.BOOLEAN, ScalarKind.ID)
)
PETS = ByTag("is", (("dog", "Dog"), ("cat", "Cat")))
TYPES = (
    InterfaceType(
        "Pet",
        "Pet",
        fields=(Field("name", required(STRING)), Field("owner", named("Human"))),
        resolution=PETS,
    ),
    ObjectType(
        "Dog",
        "Dog",
        fields=(
            *(Field("name", required(STRING)), Field("owner", named("Human"))),
            *(Field("bark", INT), Field("mood", named("Mood")), Field("friend", named("Pet"))),
        ),
        implements=("Pet",),
    ),
    ObjectType(
        "Cat",
        "Cat",
        fields=(
            *(Field("name", required(STRING)), Field("owner", named("Human"))),
            Field("meow", INT),
        ),
        implements=("Pet",),
    ),
    UnionType("Either", "Either", members=("Dog", "Cat"), resolution=PETS),
    EnumType("Mood", "Mood", values=(EnumValue("CALM", "calm"), EnumValue("WILD", 1))),
    ObjectType(
        "Human",
        "Human",
        fields=(
            *(Field("name", STRING), Field("age", required(INT))),
            *(Field("pets", listed(named("Pet"))), Field("best", required(named("Human")))),
        ),
    ),
    ObjectType("Counter", "Counter", fields=(Field("now", required(INT)),)),
    InputType("Wish", "Wish", fields=(Field("of", required(STRING)), Field("most", INT))),
)
REX: Mapping[str, Any] = {"is": "dog", "name": "Rex", "bark": 3, "mood": "calm"}
TOM: Mapping[str, Any] = {"is": "cat", "name": "Tom", "meow": 5}
ANN: Mapping[str, Any] = {"name": "Ann", "age": 33, "pets": [REX, TOM, None]}


class Case(NamedTuple):
    """An operation, and the response to it."""

    query: str
    data: Any
    errors: tuple[tuple[str | int, ...], ...] = ()
    """The paths of the errors, in any order."""
    variables: dict[str, Any] | None = None


def echoed(asked: Mapping[str, Any]) -> Any:
    """What was asked, as it arrived."""
    return dict(asked)


CATALOG = catalog(
    reading("dog", named("Dog")),
    reading("pet", named("Pet")),
    reading("either", named("Either")),
    reading("human", named("Human")),
    reading("number", INT),
    reading(
        "echo",
        JSON,
        *(Field("n", INT), Field("text", STRING), Field("wish", named("Wish"))),
        *(Field("many", listed(INT)), Field("mood", named("Mood"))),
    ),
    reading("refused", STRING),
    writing("raise", named("Counter"), Field("by", INT)),
    types=TYPES,
)


def counting() -> Answers:
    """The zoo; what is written is counted."""
    total = 0

    def raised(asked: Mapping[str, Any]) -> Any:
        nonlocal total
        if asked.get("by") is None:
            raise Refused("no")
        total += asked["by"]
        return {"now": total}

    def refused(_: Mapping[str, Any]) -> Any:
        raise Refused("no")

    return Answers(
        {
            "dog": lambda _: {**REX, "owner": ANN, "friend": TOM},
            "pet": lambda _: REX,
            "either": lambda _: TOM,
            "human": lambda _: ANN,
            "number": lambda _: 7,
            "echo": echoed,
            "refused": refused,
            "raise": raised,
        }
    )
