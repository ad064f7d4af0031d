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
    Field,
    InputType,
    InterfaceType,
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

    def interface(self, key: str) -> InterfaceType:
        found = self.types[key]
        assert isinstance(found, InterfaceType)
        return found

    def enum(self, key: str) -> EnumType:
        found = self.types[key]
        assert isinstance(found, EnumType)
        return found

    def named(self) -> Field:
        """The first field of the object that the schema itself is."""
        assert isinstance(self.ref, Named)
        found = self.types[self.ref.key]
        assert isinstance(found, ObjectType | InputType)
        return found.fields[0]

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
        ({"type": "null"}, ScalarKind.VOID),
        ({"const": None}, ScalarKind.VOID),
        ({"type": "integer", "format": "uint64"}, ScalarKind.UNSIGNED_LONG),
        ({"type": "number", "format": "bigint"}, ScalarKind.BIG_INT),
        ({"type": "string", "format": "guid"}, ScalarKind.UUID),
        ({"type": "string", "format": "date-time-local"}, ScalarKind.LOCAL_DATE_TIME),
    ],
)
def test_leaves(schema: Any, kind: ScalarKind) -> None:
    """A type and its format choose the scalar that loses nothing."""
    assert Translated(schema).ref == Scalar(kind)


@pytest.mark.parametrize(
    ("schema", "going_in", "coming_out"),
    [
        ({"type": "string", "format": "binary"}, ScalarKind.UPLOAD, ScalarKind.BYTES),
        ({"type": "file"}, ScalarKind.UPLOAD, ScalarKind.BYTES),
        ({"type": "string", "format": "byte"}, ScalarKind.BYTES, ScalarKind.BYTES),
        (
            {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"},
            ScalarKind.BYTES,
            ScalarKind.BYTES,
        ),
        (
            {"type": "string", "contentMediaType": "application/octet-stream"},
            ScalarKind.UPLOAD,
            ScalarKind.STRING,
        ),
        ({"contentMediaType": "text/csv"}, ScalarKind.UPLOAD, ScalarKind.STRING),
        (
            {"type": "string", "contentMediaType": "text/html"},
            ScalarKind.STRING,
            ScalarKind.STRING,
        ),
        (
            {"type": "string", "contentMediaType": "application/problem+json; v=1"},
            ScalarKind.STRING,
            ScalarKind.STRING,
        ),
        (
            {"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]},
            ScalarKind.UPLOAD,
            ScalarKind.BYTES,
        ),
        (
            {
                "oneOf": [
                    {"type": "string", "format": "binary"},
                    {"type": "string", "format": "byte"},
                ]
            },
            ScalarKind.UPLOAD,
            ScalarKind.BYTES,
        ),
    ],
)
def test_files(schema: Any, going_in: ScalarKind, coming_out: ScalarKind) -> None:
    """Raw content is a file where it goes in, and only there; what is encoded as text is none."""
    assert Translated(schema, Direction.IN).ref == Scalar(going_in)
    assert Translated(schema, Direction.OUT).ref == Scalar(coming_out)


def test_a_default_for_a_file() -> None:
    """What a description says there is no file a client could send."""
    schema = {
        "type": "object",
        "properties": {"f": {"type": "string", "format": "binary", "default": "x"}},
    }

    found = Translated(schema, Direction.IN)

    (only,) = found.types.values()
    assert isinstance(only, InputType)
    assert only.fields[0].default is None
    assert any("default" in at for at in found.assumed)


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
        ({"oneOf": [{"type": "string"}, {"nullable": True}]}, Dialect.OPENAPI_3_0),
        (
            {"anyOf": [{"type": "object", "nullable": True, "title": "Null"}, {"type": "string"}]},
            Dialect.OPENAPI_3_0,
        ),
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


@pytest.mark.parametrize(
    ("schema", "direction"),
    [
        ({"type": "object", "additionalProperties": False}, Direction.OUT),
        ({"type": "object", "properties": {}, "additionalProperties": False}, Direction.IN),
        ({"type": "object", "maxProperties": 0}, Direction.OUT),
        ({"type": "object", "enum": [{}]}, Direction.OUT),
        ({"properties": {"id": {"type": "integer", "readOnly": True}}}, Direction.IN),
        ({"properties": {"id": {"type": "integer", "writeOnly": True}}}, Direction.OUT),
    ],
)
def test_an_empty_object(schema: Any, direction: Direction) -> None:
    """An object in which nothing can be is a type without fields, not JSON."""
    found = Translated(schema, direction)

    (made,) = found.types.values()
    assert isinstance(made, ObjectType | InputType)
    assert (made.fields, found.degraded) == ((), {})


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


def test_enum_values_of_one_name() -> None:
    """Values that are spelt alike, or named alike by mistake, are all there."""
    level = {"enum": [1, "1", True, "true", 2, 3, 1], "x-enum-varnames": ["", "", "", "", "a", "a"]}

    found = Translated(ref("Level"), Level=level).enum("Level")

    assert [(one.name, one.value) for one in found.values] == [
        ("1", 1),
        ("1 as text", "1"),
        ("true", True),
        ("true as text", "true"),
        ("a", 2),
        ("3", 3),
    ]


def test_an_enum_serves_both_directions() -> None:
    """An enum has one key, whether its values go in or come out."""
    assert Translated(ref("E"), Direction.IN, E={"enum": ["a"]}).ref == Named("E")


def test_limits_and_examples() -> None:
    """What a description says of a value beside its type is told where a client makes one."""
    size = {"type": "integer", "minimum": 1, "maximum": 9, "example": 7, "description": "How big"}

    into = Translated({"properties": {"size": size}}, Direction.IN).named()
    out = Translated({"properties": {"size": size}}).named()

    assert into.description == "How big\n\n`minimum: 1`, `maximum: 9`, `example: 7`"
    assert out.description == "How big\n\n`example: 7`"


def test_a_format_of_its_own() -> None:
    """A format that is no scalar of ours is told in the description."""
    host = {"type": "string", "format": "hostname", "examples": ["a.test", "b.test"]}

    assert Translated({"properties": {"host": host}}).named().description == (
        "`format: hostname`, `example: a.test`"
    )


def test_an_example_that_says_too_much() -> None:
    """Long examples are left out."""
    found = Translated({"properties": {"a": {"type": "string", "example": "x" * 100}}})

    assert found.named().description == ""


def test_an_enum_of_constants() -> None:
    """Alternatives that are all constants are an enum, each described by its own schema."""
    level = {"oneOf": [{"const": "low", "title": "Little"}, {"const": "high"}]}

    found = Translated(ref("Level"), Level=level)

    assert found.enum("Level").values == (
        EnumValue("low", "low", description="Little"),
        EnumValue("high", "high"),
    )


def test_enums_that_narrow_each_other() -> None:
    """An enum that parts of a composition give twice has the values of both."""
    found = Translated({"allOf": [ref("All"), {"enum": ["b", "c"]}]}, All={"enum": ["a", "b"]})

    assert isinstance(found.ref, Named)
    assert [one.value for one in found.enum(found.ref.key).values] == ["b"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}]},
        {"type": "array", "items": [{"type": "integer"}, {"type": "integer"}]},
        {"prefixItems": [{"type": "integer"}], "items": {"type": "integer"}},
        {"prefixItems": [{"type": "integer"}], "items": False},
    ],
)
def test_a_tuple(schema: Any) -> None:
    """A tuple is a list of what its positions have in common."""
    found = Translated(schema)

    assert (found.ref, found.degraded) == (ListOf(Required(INT)), {})


def test_a_tuple_of_several_types() -> None:
    """Positions of different types make a list of a union."""
    found = Translated({"prefixItems": [{"type": "integer"}, ref("Cat")]}, Cat=CAT)

    (union,) = [one for one in found.types.values() if isinstance(one, UnionType)]
    assert found.ref == ListOf(Required(Named(union.key)))
    assert len(union.members) == 2


def test_items_that_are_alternatives() -> None:
    """A list of `items` where no list is meant stands for alternatives, and is remarked upon."""
    found = Translated(
        {"items": [{"type": "string"}, {"type": "integer"}]}, dialect=Dialect.SWAGGER_2
    )

    assert len(found.union("#/value").members) == 2
    assert "alternatives" in found.assumed["#/value"]


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "array", "items": True}])
def test_a_list_of_anything(schema: Any) -> None:
    """A list that does not say of what is a list, and each of its items JSON."""
    found = Translated(schema)

    assert found.ref == ListOf(JSON) or found.ref == ListOf(Required(JSON))
    assert list(found.degraded.values()) == ["a list of anything: it does not say of what"]


def test_anything_may_be_null() -> None:
    """What names no type may be null, too, even where it is required."""
    found = Translated({"required": ["a"], "properties": {"a": {}}})

    assert found.named().type == JSON


@pytest.mark.parametrize(
    "schema",
    [
        {"patternProperties": {"^a": {"type": "integer"}}},
        {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False},
        {
            "patternProperties": {"^a": {"type": "integer"}},
            "additionalProperties": {"type": "integer"},
        },
        {"type": "object", "unevaluatedProperties": {"type": "integer"}},
    ],
)
def test_maps_by_pattern(schema: Any) -> None:
    """However the keys of a map are described, its values have what is said of all of them."""
    assert Translated(schema).ref == MapOf(Required(INT))


def test_a_map_by_its_format() -> None:
    """An object whose format names a scalar is a map of it."""
    found = Translated({"type": "object", "format": "uri-map"})

    assert found.ref == MapOf(Scalar(ScalarKind.URI))


def test_conditions() -> None:
    """What an object has under a condition is offered, and never required."""
    schema = {
        "properties": {"kind": {"type": "string"}},
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
        "else": {"properties": {"b": {"type": "integer"}}},
        "dependentSchemas": {"kind": {"properties": {"c": {"type": "integer"}}}},
    }

    made = Translated(schema).object("#/value")

    assert [(field.name, field.type) for field in made.fields] == [
        ("kind", STRING),
        ("a", INT),
        ("b", INT),
        ("c", INT),
    ]


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ({"$ref": "#there"}, {"$anchor": "there"}),
        ({"$dynamicRef": "#there"}, {"$dynamicAnchor": "there"}),
        ({"$ref": "https://a.test/there"}, {"$id": "https://a.test/there"}),
    ],
)
def test_anchors(reference: Any, named: Any) -> None:
    """A schema is found by the name it gives itself."""
    found = Translated(reference, There={**named, "properties": {"id": {"type": "integer"}}})

    assert (found.ref, found.degraded) == (Named("There"), {})


def test_an_anchor_that_is_there_twice() -> None:
    """A name that two schemas give themselves leads nowhere, and that is said."""
    twice = {"$dynamicAnchor": "there", "type": "string"}

    found = Translated({"$dynamicRef": "#there"}, A=twice, B=twice)

    assert found.degraded == {"#/value": "refers to the anchor 'there', which is there twice"}


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


def test_a_discriminator_that_only_maps() -> None:
    """What a discriminator maps to are alternatives, also where nothing else names them."""
    mapping = {"feline": "#/$defs/Cat", "canine": "#/$defs/Dog"}
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }

    found = Translated(ref("Pet"), Pet=pet, Cat=CAT, Dog=DOG)

    resolution = found.union("Pet").resolution
    assert isinstance(resolution, ByTag)
    assert [tag for tag, _ in resolution.members] == ["feline", "canine"]
    names = [[field.name for field in found.object(key).fields] for _, key in resolution.members]
    assert names == [["lives", "kind"], ["barks", "age", "kind"]]


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
    """Alternatives that no value tells apart are one, with the fields of all; a remark says so."""
    lion = {"required": ["lives"], "properties": {"lives": {"type": "integer"}, "mane": {}}}

    found = Translated(ref("Pet"), Pet={"oneOf": [ref("Cat"), ref("Lion")]}, Cat=CAT, Lion=lion)

    (made,) = found.types.values()
    assert (found.ref, made.key, made.label) == (Named("Pet"), "Pet", "Pet")
    assert [(field.name, field.type) for field in found.object("Pet").fields] == [
        ("lives", Required(INT)),
        ("mane", JSON),
    ]
    assert "Cat, Lion cannot be told apart" in found.assumed["#/$defs/Pet"]


def test_what_look_alikes_say_differently() -> None:
    """A field that look-alikes give different types is a choice between them."""

    def alike(kind: str) -> Any:
        return {"properties": {"id": {"type": kind}}}

    field = Translated({"oneOf": [alike("integer"), alike("number")]}).named()

    assert (field.name, field.type) == ("id", Scalar(ScalarKind.FLOAT))


def test_some_alternatives_that_look_the_same() -> None:
    """Only the alternatives that look alike become one; the others stay."""
    found = Translated({"oneOf": [ref("Cat"), ref("Dog"), ref("Lion")]}, Cat=CAT, Dog=DOG, Lion=CAT)

    union = found.union("#/value")
    assert [found.types[key].label for key in union.members] == ["CatOrLion", "Dog"]


def test_look_alikes_that_hold_each_other() -> None:
    """Look-alikes may hold what they are alternatives of."""
    node = {"properties": {"next": ref("Any")}}

    found = Translated(
        ref("Any"), Any={"anyOf": [ref("A"), ref("B")]}, A=node, B={**node, "title": "B"}
    )

    assert found.field("Any", "next") == Named("Any")


def test_lists_among_alternatives() -> None:
    """Two lists cannot be told apart, so they are one list, of what either holds."""
    schema = {
        "oneOf": [
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"enum": ["a"]}},
        ]
    }

    assert Translated(schema).ref == ListOf(Required(STRING))


def test_an_open_alternative() -> None:
    """Where any object is an alternative, an answer is JSON; an input keeps the others typed."""
    schema = {"oneOf": [ref("Cat"), {"type": "object"}]}

    out = Translated(schema, Cat=CAT)
    into = Translated(schema, Direction.IN, Cat=CAT)

    assert out.ref == JSON
    assert [field.type for field in into.input("#/value:in").fields] == [Named("Cat:in"), JSON]


def test_a_nullable_alternative() -> None:
    """A value is nullable if one of its alternatives is."""
    found = Translated({"oneOf": [ref("Cat"), {"type": ["string", "null"]}]}, Cat=CAT)

    assert found.nullable


PET = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string"}, "friend": ref("Pet")},
    "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/$defs/Kitten"}},
}
KITTEN = {"allOf": [ref("Pet"), {"properties": {"lives": {"type": "integer"}}}]}
PUPPY = {"allOf": [ref("Pet"), {"properties": {"barks": {}, "kind": {"enum": ["dog"]}}}]}


def test_a_base_with_a_discriminator() -> None:
    """A base with a discriminator is an interface, and what is composed of it implements it."""
    found = Translated(ref("Pet"), Pet=PET, Kitten=KITTEN, Puppy=PUPPY)

    pet = found.interface("Pet")
    other = "#/$defs/Pet (itself)"
    assert [field.name for field in pet.fields] == ["kind", "friend"]
    assert pet.resolution == ByTag("kind", (("feline", "Kitten"), ("dog", "Puppy"), ("Pet", other)))
    assert all(found.object(key).implements == ("Pet",) for key in ("Kitten", "Puppy", other))
    assert found.types[other].label == "Other Pet"


def test_an_heir_keeps_the_types_of_its_base() -> None:
    """GraphQL wants an heir's fields to be of the interface's types; they are."""
    found = Translated(ref("Pet"), Pet=PET, Puppy=PUPPY)

    assert found.field("Puppy", "kind") == found.field("#/$defs/Pet (itself)", "kind")


def test_an_heir_alone() -> None:
    """Where no value is said to be of the base, an heir is only an object."""
    kitten = {"allOf": [ref("Base"), {"properties": {"lives": {"type": "integer"}}}]}
    base = {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}

    found = Translated(ref("Kitten"), Base=base, Kitten=kitten)

    assert found.object("Kitten").implements == ()


def test_heirs_of_heirs() -> None:
    """An heir that has heirs of its own is an interface, too."""
    kitten = {**KITTEN, "discriminator": {"propertyName": "kind"}}
    tiger = {"allOf": [ref("Kitten"), {"properties": {"stripes": {"type": "integer"}}}]}

    found = Translated(ref("Pet"), Pet=PET, Kitten=kitten, Tiger=tiger)

    assert found.object("Tiger").implements == ("Kitten", "Pet")


def test_a_base_going_in() -> None:
    """Going in, a base is an input of which exactly one heir is given."""
    made = Translated(ref("Pet"), Direction.IN, Pet=PET, Kitten=KITTEN).input("Pet:in")

    assert made.one_of
    assert [field.name for field in made.fields] == ["kitten", "otherPet"]


def test_a_union_of_heirs() -> None:
    """Alternatives that share a base are told by its discriminator."""
    found = Translated(
        {"oneOf": [ref("Kitten"), ref("Puppy")]}, Pet=PET, Kitten=KITTEN, Puppy=PUPPY
    )

    assert found.union("#/value").resolution == ByTag(
        "kind", (("feline", "Kitten"), ("dog", "Puppy"))
    )


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


def test_look_alikes_that_multiply() -> None:
    """Look-alikes of look-alikes end, with a remark, before there are too many."""
    layers: Any = {
        f"L{n}": {
            "properties": {f"p{m}": {"oneOf": [ref(f"L{m}"), ref(f"L{n}")]} for m in range(9)}
        }
        for n in range(9)
    }
    began = time.process_time()

    found = Translated({"oneOf": [ref("L0"), ref("L1")]}, **layers)

    assert isinstance(found.ref, Named)
    assert time.process_time() - began < 20


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


@pytest.mark.parametrize(
    "names", [("bb", "ccc", "aaa"), ("aaa", "bb", "ccc"), ("ccc", "aaa", "bb")]
)
def test_a_nameless_type_is_named_by_the_shortest_field_that_leads_to_it(
    names: tuple[str, ...],
) -> None:
    """Whatever order the fields are in."""
    properties = {name: {"$ref": "#/value/items"} for name in names}
    inner = {"type": "object", "properties": {"x": {"type": "string"}}}

    found = Translated({"type": "object", "properties": properties, "items": inner})

    assert found.object("#/value/items").label == "getThingBb"
    assert [field.name for field in found.object("#/value").fields] == list(names)
