"""JSON Schema as model types."""

import time
from typing import Any

import pytest

from upstreams.json_schema import Dialect, Direction, Documents, Types
from upstreams.model import (
    ByShape,
    ByTag,
    EnumType,
    EnumValue,
    InputType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)

STRING = Scalar(ScalarKind.STRING)
INT = Scalar(ScalarKind.INT)
JSON = Scalar(ScalarKind.JSON)


class Translated:
    """The schema under `value`, translated with everything it refers to."""

    def __init__(
        self,
        schema: Any,
        direction: Direction = Direction.OUT,
        dialect: Dialect = Dialect.JSON_SCHEMA,
        **defs: Any,
    ) -> None:
        documents = Documents({"": {"value": schema, "$defs": defs}})
        types = Types(documents, dialect)
        meaning = types.meaning(documents.start.child("value"), direction, "getThing")
        self.ref: TypeRef = meaning.ref
        self.nullable = meaning.nullable
        self.types: dict[str, TypeDef] = {one.key: one for one in types.finish()}
        self.degraded = {remark.at: remark.reason for remark in types.degraded}
        self.assumed = {remark.at: remark.reason for remark in types.assumed}
        self.texts = types.texts

    def object(self, key: str) -> ObjectType:
        found = self.types[key]
        assert isinstance(found, ObjectType)
        return found

    def input(self, key: str) -> InputType:
        found = self.types[key]
        assert isinstance(found, InputType)
        return found

    def union(self, key: str) -> UnionType:
        found = self.types[key]
        assert isinstance(found, UnionType)
        return found

    def field(self, key: str, name: str) -> TypeRef:
        found = self.types[key]
        assert isinstance(found, ObjectType | InputType)
        return next(field.type for field in found.fields if field.name == name)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, ScalarKind.STRING),
        ({"type": "string", "format": "date-time"}, ScalarKind.DATE_TIME),
        ({"type": "string", "format": "date"}, ScalarKind.DATE),
        ({"type": "string", "format": "uuid"}, ScalarKind.UUID),
        ({"type": "string", "format": "uri"}, ScalarKind.URI),
        ({"type": "string", "format": "email"}, ScalarKind.EMAIL),
        ({"type": "string", "format": "byte"}, ScalarKind.BYTES),
        ({"type": "string", "format": "binary"}, ScalarKind.BYTES),
        ({"type": "string", "contentEncoding": "base64"}, ScalarKind.BYTES),
        ({"type": "string", "format": "int64"}, ScalarKind.LONG),
        ({"type": "string", "format": "of-ours"}, ScalarKind.STRING),
        ({"type": "integer"}, ScalarKind.INT),
        ({"type": "integer", "format": "int64"}, ScalarKind.LONG),
        ({"type": "integer", "maximum": 2**31}, ScalarKind.LONG),
        ({"type": "integer", "maximum": 2**31 - 1}, ScalarKind.INT),
        ({"type": "integer", "example": -(2**31) - 1}, ScalarKind.LONG),
        ({"type": "integer", "default": 2**64}, ScalarKind.BIG_INT),
        ({"type": "number"}, ScalarKind.FLOAT),
        ({"type": "number", "format": "decimal"}, ScalarKind.DECIMAL),
        ({"type": "boolean"}, ScalarKind.BOOLEAN),
        ({"type": "boolean", "enum": [True]}, ScalarKind.BOOLEAN),
        ({"type": "file"}, ScalarKind.BYTES),
        ({"type": "int"}, ScalarKind.INT),
        ({"pattern": "^a"}, ScalarKind.STRING),
    ],
)
def test_leaves(schema: Any, kind: ScalarKind) -> None:
    """A type and its format choose the scalar that loses nothing."""
    assert Translated(schema).ref == Scalar(kind)


@pytest.mark.parametrize(
    ("schema", "dialect"),
    [
        ({"type": "string", "nullable": True}, Dialect.OPENAPI_3_0),
        ({"type": "string", "x-nullable": True}, Dialect.SWAGGER_2),
        ({"type": ["string", "null"]}, Dialect.JSON_SCHEMA),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, Dialect.JSON_SCHEMA),
        ({"oneOf": [{"const": None}, {"type": "string"}]}, Dialect.JSON_SCHEMA),
        ({"allOf": [{"type": "string"}], "nullable": True}, Dialect.OPENAPI_3_0),
        ({"allOf": [{"type": "string"}, {"nullable": True}]}, Dialect.OPENAPI_3_0),
    ],
)
def test_null_is_no_alternative(schema: Any, dialect: Dialect) -> None:
    """However null is allowed, what is left is the type itself, nullable."""
    found = Translated(schema, dialect=dialect)

    assert (found.ref, found.nullable) == (STRING, True)


def test_an_object() -> None:
    """Only what is required and never null is non-null; lists hold what their items say."""
    pet = {
        "type": "object",
        "description": "An animal",
        "required": ["id", "note"],
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string", "description": "Its name", "deprecated": True},
            "note": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }

    found = Translated(ref("Pet"), Pet=pet)

    made = found.object("Pet")
    assert found.ref == Named("Pet")
    assert (made.label, made.description, made.source) == ("Pet", "An animal", "#/$defs/Pet")
    assert [(field.name, field.type) for field in made.fields] == [
        ("id", Required(INT)),
        ("name", STRING),
        ("note", STRING),
        ("tags", ListOf(Required(STRING))),
    ]
    assert made.fields[1].description == "Its name"
    assert made.fields[1].deprecated


def test_nameless_objects_are_called_by_their_way() -> None:
    """Without a name of its own, a type is called by what leads to it."""
    inner = {
        "type": "object",
        "properties": {"home_address": {"properties": {"a": {"type": "string"}}}},
    }

    found = Translated({"type": "array", "items": inner})

    assert [one.label for one in found.types.values()] == ["getThing", "getThingHomeAddress"]


def test_what_is_inherited_is_called_by_where_it_is_declared() -> None:
    """A nameless type inside a named one is called after that, whichever heir is met first."""
    page = {"properties": {"meta": {"properties": {"total": {"type": "integer"}}}}}

    found = Translated({"allOf": [ref("Page"), {"properties": {"rows": {}}}]}, Page=page)

    assert [one.label for one in found.types.values()] == ["getThing", "PageMeta"]


def test_recursion() -> None:
    """A type may hold itself, in either direction."""
    node = {
        "type": "object",
        "properties": {"next": ref("Node"), "all": {"type": "array", "items": ref("Node")}},
    }

    found = Translated(ref("Node"), Direction.IN, Node=node)

    assert found.field("Node:in", "next") == Named("Node:in")
    assert found.field("Node:in", "all") == ListOf(Required(Named("Node:in")))


def test_a_list_of_itself() -> None:
    """What holds itself without an object in between becomes JSON at that place."""
    found = Translated(ref("Nested"), Nested={"type": "array", "items": ref("Nested")})

    assert found.ref == ListOf(Required(JSON))
    assert list(found.degraded) == ["#/$defs/Nested"]


def test_references_in_a_circle() -> None:
    """References that only lead to each other are named, and become JSON."""
    found = Translated(ref("A"), A=ref("B"), B=ref("A"))

    assert found.ref == JSON
    assert "circle" in found.degraded["#/value"]


def test_directions() -> None:
    """What is read-only does not go in, what is write-only does not come out."""
    user = {
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
        }
    }

    out = Translated(ref("User"), User=user).object("User")
    into = Translated(ref("User"), Direction.IN, User=user).input("User:in")

    assert [field.name for field in out.fields] == ["id", "name"]
    assert [field.name for field in into.fields] == ["name", "password"]


def test_nothing_to_send() -> None:
    """An input of which every property is read-only becomes JSON, with that reason."""
    found = Translated({"properties": {"id": {"type": "integer", "readOnly": True}}}, Direction.IN)

    assert (found.ref, found.degraded) == (
        JSON,
        {"#/value": "none of its properties goes this way"},
    )


def test_composition() -> None:
    """`allOf` is one object with everything its parts have, each field once."""
    animal = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    cat = {
        "allOf": [
            ref("Animal"),
            {"properties": {"lives": {"type": "integer"}, "kind": {"enum": ["cat"]}}},
        ]
    }

    found = Translated(ref("Cat"), Animal=animal, Cat=cat)

    kind, lives = found.object("Cat").fields
    assert (kind.name, lives.name) == ("kind", "lives")
    assert isinstance(kind.type, Required)
    assert [one.values for one in found.types.values() if isinstance(one, EnumType)] == [
        (EnumValue("cat", "cat"),)
    ]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"allOf": [ref("Pet")], "description": "Mine"},
        {"allOf": [ref("Pet"), {"description": "Mine"}]},
        {"anyOf": [ref("Pet")], "description": "Mine"},
        {"$ref": "#/$defs/Pet", "description": "Mine"},
    ],
)
def test_a_wrapper_adds_no_type(wrapped: Any) -> None:
    """A schema that only annotates another one is that one, with a note on the field."""
    pet = {"properties": {"id": {"type": "integer"}}}

    found = Translated({"properties": {"pet": wrapped}}, Pet=pet)

    (field,) = found.object("#/value").fields
    assert (field.type, field.description) == (Named("Pet"), "Mine")


def test_siblings_of_a_reference_count_since_3_1() -> None:
    """In 3.1 a reference's siblings add to it; before, they are ignored."""
    more = {"$ref": "#/$defs/Pet", "properties": {"age": {"type": "integer"}}}
    pet = {"properties": {"id": {"type": "integer"}}}

    new = Translated(more, Pet=pet)
    old = Translated(more, dialect=Dialect.OPENAPI_3_0, Pet=pet)

    assert [field.name for field in new.object("#/value").fields] == ["age", "id"]
    assert old.ref == Named("Pet")


def test_enums() -> None:
    """An enum keeps its values as they are on the wire, whatever their spelling and type."""
    level = {"enum": ["in-progress", "", "true", 7, None], "x-enum-varnames": ["Busy"]}

    found = Translated(ref("Level"), Level=level)

    enum = found.types["Level"]
    assert isinstance(enum, EnumType)
    assert [(one.name, one.value) for one in enum.values] == [
        ("Busy", "in-progress"),
        ("", ""),
        ("true", "true"),
        ("7", 7),
    ]
    assert found.nullable


def test_an_enum_serves_both_directions() -> None:
    """An enum has one key, whether its values go in or come out."""
    assert Translated(ref("E"), Direction.IN, E={"enum": ["a"]}).ref == Named("E")


def test_maps() -> None:
    """Typed additional properties are a map; anything goes is JSON, and said so."""
    typed = Translated({"type": "object", "additionalProperties": {"type": "integer"}})
    free = Translated({"type": "object", "additionalProperties": True})

    assert typed.ref == MapOf(Required(INT))
    assert (free.ref, list(free.degraded)) == (JSON, ["#/value"])


CAT = {"type": "object", "required": ["lives"], "properties": {"lives": {"type": "integer"}}}
DOG = {
    "type": "object",
    "required": ["barks", "age"],
    "properties": {"barks": {"type": "boolean"}, "age": {}},
}


def test_a_union_by_discriminator() -> None:
    """The discriminator's mapping, or else the schema's name, tells which type a value is."""
    pet = {
        "oneOf": [ref("Cat"), ref("Dog")],
        "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/$defs/Cat"}},
    }

    union = Translated(ref("Pet"), Pet=pet, Cat=CAT, Dog=DOG).union("Pet")

    assert union.members == ("Cat", "Dog")
    assert union.resolution == ByTag("kind", (("feline", "Cat"), ("Dog", "Dog")))


def test_a_union_by_constants() -> None:
    """A field with different constants in each alternative is a discriminator, named or not."""

    def tagged(tag: str) -> Any:
        return {"type": "object", "properties": {"type": {"const": tag}}, "title": tag}

    found = Translated({"anyOf": [tagged("a"), tagged("b")]})

    union = found.union("#/value")
    assert union.resolution == ByTag("type", (("a", union.members[0]), ("b", union.members[1])))


def test_a_union_by_shape() -> None:
    """Without a tag, the type is the one whose always-present fields are there; most first."""
    union = Translated({"oneOf": [ref("Cat"), ref("Dog")]}, Cat=CAT, Dog=DOG).union("#/value")

    assert union.resolution == ByShape((("Dog", ("barks", "age")), ("Cat", ("lives",))))


def test_alternatives_that_look_the_same() -> None:
    """Where two alternatives cannot be told apart, a remark says which is never taken."""
    found = Translated({"oneOf": [ref("Cat"), ref("Lion")]}, Cat=CAT, Lion=CAT)

    assert "Lion cannot be told" in found.assumed["#/value"]


def test_a_union_with_a_leaf() -> None:
    """A member that is no object is put into a box."""
    found = Translated(
        {"oneOf": [ref("Cat"), {"type": "string"}, {"type": "array", "items": ref("Cat")}]}, Cat=CAT
    )

    boxes = [one for one in found.types.values() if isinstance(one, ObjectType) and one.box]
    assert len(found.union("#/value").members) == 3
    assert [box.fields[0].type for box in boxes] == [
        Required(STRING),
        Required(ListOf(Required(Named("Cat")))),
    ]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"anyOf": [{"type": "string"}, {"enum": ["a"]}]}, ScalarKind.STRING),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}]}, ScalarKind.STRING),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, ScalarKind.FLOAT),
        ({"type": ["integer", "number"]}, ScalarKind.FLOAT),
        (
            {"oneOf": [{"type": "integer", "format": "int64"}, {"type": "number"}]},
            ScalarKind.DECIMAL,
        ),
    ],
)
def test_leaves_that_hold_each_other(schema: Any, kind: ScalarKind) -> None:
    """Alternatives that one scalar holds without loss are that scalar."""
    assert Translated(schema).ref == Scalar(kind)


def test_several_types() -> None:
    """A list of types is a union like any other."""
    found = Translated({"type": ["string", "integer"]})

    assert len(found.union("#/value").members) == 2


def test_an_input_of_alternatives() -> None:
    """Going in, alternatives are an input of which exactly one field is given."""
    found = Translated({"oneOf": [ref("Cat"), {"type": "string"}]}, Direction.IN, Cat=CAT)

    made = found.input("#/value:in")
    assert made.one_of
    assert [field.type for field in made.fields] == [Named("Cat:in"), STRING]


def test_what_alternatives_share() -> None:
    """Properties beside `oneOf` belong to every alternative."""
    schema = {"properties": {"id": {"type": "integer"}}, "oneOf": [ref("Cat"), ref("Dog")]}

    found = Translated(schema, Cat=CAT, Dog=DOG)

    objects = [one for one in found.types.values() if isinstance(one, ObjectType)]
    assert all("id" in [field.name for field in one.fields] for one in objects)
    assert len(found.union("#/value").members) == 2


def test_a_base_that_names_its_heirs() -> None:
    """A base whose alternatives are composed of it does not loop."""
    base = {"properties": {"kind": {"type": "string"}}, "oneOf": [ref("Heir")]}
    heir = {"allOf": [ref("Base"), {"properties": {"more": {"type": "string"}}}]}

    found = Translated(ref("Base"), Base=base, Heir=heir)

    assert [field.name for field in found.object("Heir").fields] == ["kind", "more"]


def test_alternatives_that_only_require() -> None:
    """Alternatives that only say what is required make no union."""
    schema = {"properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}

    assert isinstance(Translated(schema).types["#/value"], ObjectType)


def test_defaults() -> None:
    """A default is kept as JSON text where it fits; where it does not, a remark says so."""
    schema = {
        "properties": {
            "size": {"type": "integer", "default": 10},
            "order": {"enum": ["up", "down"], "default": "up"},
            "wrong": {"type": "integer", "default": "ten"},
        }
    }

    found = Translated(schema, Direction.IN)

    defaults = [field.default for field in found.input("#/value:in").fields]
    assert defaults == ["10", '"up"', None]
    assert "#/value/properties/wrong/default" in found.assumed


def test_numbers_written_as_text() -> None:
    """Numbers that the backend writes as JSON text are noted for the way in."""
    schema = {"properties": {"id": {"type": "string", "format": "int64"}, "n": {"type": "integer"}}}

    assert Translated(schema, Direction.IN).texts == (("#/value:in", "id"),)


@pytest.mark.parametrize("schema", [{}, True, {"type": "array", "items": {}}, {"type": "widget"}])
def test_what_says_nothing(schema: Any) -> None:
    """Every place that becomes JSON is listed with a reason."""
    found = Translated(schema)

    assert len(found.degraded) == 1
    assert all(found.degraded.values())


def test_a_missing_reference() -> None:
    """A reference to nothing becomes JSON, and says what is missing."""
    found = Translated({"properties": {"pet": ref("Absent")}})

    assert found.field("#/value", "pet") == JSON
    assert found.degraded == {
        "#/value/properties/pet": "refers to #/$defs/Absent, which is not there"
    }


def test_pointers_are_unescaped() -> None:
    """`~0`, `~1` and percent-escapes in a reference are undone."""
    named: Any = {"a/b~c d": {"type": "string"}}

    found = Translated({"$ref": "#/$defs/a~1b~0c%20d"}, **named)

    assert found.ref == STRING


def test_a_long_chain() -> None:
    """Ten thousand types that refer to each other are no deeper recursion than one."""
    chain: Any = {f"T{n}": {"properties": {"next": ref(f"T{n + 1}")}} for n in range(10_000)}

    found = Translated(ref("T0"), **chain, T10000={"properties": {"end": {"type": "string"}}})

    assert len(found.types) == 10_001


def test_a_diamond() -> None:
    """Compositions that share parts many times over are read once each."""
    diamond: Any = {f"D{n}": {"allOf": [ref(f"D{n + 1}"), ref(f"D{n + 1}")]} for n in range(60)}
    began = time.process_time()

    found = Translated(ref("D0"), **diamond, D60={"properties": {"end": {"type": "string"}}})

    assert isinstance(found.ref, Named)
    assert time.process_time() - began < 5


def test_alternatives_in_a_circle() -> None:
    """Alternatives that only lead to each other are JSON, with that reason."""
    circle: Any = {
        name: {"oneOf": [ref(other) for other in "ABC" if other != name]} for name in "ABC"
    }

    found = Translated(ref("A"), **circle)

    assert found.ref == JSON
    assert "only lead to each other" in found.degraded["#/$defs/A"]


def test_alternatives_that_multiply() -> None:
    """Alternatives of alternatives, each with properties, are refused before they explode."""
    layers: Any = {
        f"L{n}{side}": {
            "properties": {f"p{n}{side}": {"type": "string"}},
            "oneOf": [ref(f"L{n + 1}a"), ref(f"L{n + 1}b")],
        }
        for n in range(40)
        for side in "ab"
    }
    last = {"type": "object", "properties": {"end": {"type": "string"}}}

    found = Translated(ref("L0a"), **layers, L40a=last, L40b=last)

    assert found.ref == JSON
    assert "alternatives" in next(iter(found.degraded.values()))


def test_a_list_of_itself_going_in() -> None:
    """A property that is a list of lists of itself ends, also on the way in."""
    schema = {"properties": {"all": ref("Nested")}}

    found = Translated(schema, Direction.IN, Nested={"type": "array", "items": ref("Nested")})

    assert found.field("#/value:in", "all") == ListOf(Required(JSON))
