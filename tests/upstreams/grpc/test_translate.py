"""What becomes of services, messages and enums in a catalog."""

import json
from collections.abc import Mapping

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.upstreams.grpc.protos import descriptors
from upstreams.errors import DiscoveryError
from upstreams.grpc.model import Binding
from upstreams.grpc.translate import translate
from upstreams.model import (
    Effect,
    EnumType,
    Field,
    Flow,
    Function,
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
)

PACKAGE = "splice.test.v1"

CATALOG = translate(descriptors("everything"))
FUNCTIONS = {function.name.rpartition("/")[2]: function for function in CATALOG.functions}
TYPES: Mapping[str, TypeDef] = {
    each.key.removeprefix(f"{PACKAGE}."): each for each in CATALOG.types
}

LEGACY = translate(descriptors("legacy"))


def fields(key: str, types: Mapping[str, TypeDef] = TYPES) -> Mapping[str, Field]:
    """The fields of an object or an input, by name."""
    type_ = types[key]
    assert isinstance(type_, ObjectType | InputType)
    return {field.name: field for field in type_.fields}


def scalar(kind: ScalarKind) -> TypeRef:
    return Scalar(kind)


def required(kind: ScalarKind) -> TypeRef:
    return Required(Scalar(kind))


def test_a_method_becomes_a_function() -> None:
    """A function has the method's full name, its short one as label, and what qualifies that."""
    echo = FUNCTIONS["Echo"]

    assert echo == Function(
        name="splice.test.v1.Everything/Echo",
        label="Echo",
        effect=Effect.READ,
        returns=Named("splice.test.v1.All"),
        binding=Binding(
            "/splice.test.v1.Everything/Echo", "splice.test.v1.All", "splice.test.v1.All"
        ),
        arguments=(Field("input", Named("splice.test.v1.All:input"), source="splice.test.v1.All"),),
        scope=("Everything", "v1", "test", "splice"),
        description="Gives back what it was given.\nChanges nothing.",
        source="splice.test.v1.Everything.Echo",
    )


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("Echo", Effect.READ),
        ("Fetch", Effect.READ),
        ("GetThing", Effect.READ),
        ("WatchNumbers", Effect.READ),
        ("Getaway", Effect.WRITE),
        ("Remove", Effect.WRITE),
        ("Count", Effect.WRITE),
    ],
)
def test_effects(name: str, effect: Effect) -> None:
    """A method reads if it says so, is an HTTP GET, or has a verb that reads; else it writes."""
    assert FUNCTIONS[name].effect is effect


@pytest.mark.parametrize(
    ("name", "flow", "argument", "returns"),
    [
        ("Count", Flow.SERVER_STREAM, Named("Number:input"), ListOf(Required(Named("Number")))),
        (
            "Sum",
            Flow.CLIENT_STREAM,
            Required(ListOf(Required(Named("Number:input")))),
            Named("Number"),
        ),
        (
            "Double",
            Flow.BIDIRECTIONAL,
            Required(ListOf(Required(Named("Number:input")))),
            ListOf(Required(Named("Number"))),
        ),
    ],
)
def test_streams(name: str, flow: Flow, argument: TypeRef, returns: TypeRef) -> None:
    """A stream that goes in is a list argument, one that comes out is a list."""
    function = FUNCTIONS[name]

    assert function.flow is flow
    assert [_short(field.type) for field in function.arguments] == [argument]
    assert _short(function.returns) == returns


def _short(ref: TypeRef) -> TypeRef:
    match ref:
        case Named(key):
            return Named(key.removeprefix(f"{PACKAGE}."))
        case ListOf(of):
            return ListOf(_short(of))
        case MapOf(of):
            return MapOf(_short(of))
        case Required(of):
            return Required(_short(of))
        case Scalar():
            return ref


def test_empty_messages_are_nothing() -> None:
    """A method that takes Empty has no argument; one that gives Empty returns Void."""
    assert FUNCTIONS["Ping"].arguments == ()
    assert FUNCTIONS["Remove"].returns == scalar(ScalarKind.VOID)


def test_well_known_messages_as_a_whole_argument_or_answer() -> None:
    """A wrapper or a Struct around a call is the value it means."""
    upper, free = FUNCTIONS["Upper"], FUNCTIONS["Free"]

    assert [field.type for field in upper.arguments] == [scalar(ScalarKind.STRING)]
    assert upper.returns == scalar(ScalarKind.STRING)
    assert [field.type for field in free.arguments] == [scalar(ScalarKind.JSON)]
    assert free.returns == scalar(ScalarKind.JSON)


def test_messages_without_fields_are_objects() -> None:
    """That there is such a message is all it says, in a field or in a stream."""
    knock = FUNCTIONS["Knock"].arguments[0].type

    assert knock == Required(ListOf(Required(Named("google.protobuf.Empty:input"))))
    assert _short(fields("All")["nothing"].type) == Named("Nothing")
    assert fields("Nothing") == fields("Nothing:input") == {}
    assert CATALOG.skipped == ()


def test_deprecation_is_carried() -> None:
    """Methods, fields and enum values that are marked as deprecated stay so."""
    state = TYPES["State"]
    assert isinstance(state, EnumType)

    assert FUNCTIONS["Remove"].deprecated
    assert fields("All")["maybeText"].deprecated
    assert [value.name for value in state.values if value.deprecated] == ["STATE_BAD"]


def test_comments_become_descriptions() -> None:
    """What stands above a field, an enum and its values describes them."""
    state = TYPES["State"]
    assert isinstance(state, EnumType)

    assert fields("All")["aString"].description == "Some text."
    assert state.description == "How it is."
    assert state.values[1].description == "All is well."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("anInt32", ScalarKind.INT),
        ("anInt64", ScalarKind.LONG),
        ("aUint32", ScalarKind.UNSIGNED_INT),
        ("aUint64", ScalarKind.UNSIGNED_LONG),
        ("aSint32", ScalarKind.INT),
        ("aSint64", ScalarKind.LONG),
        ("aFixed32", ScalarKind.UNSIGNED_INT),
        ("aFixed64", ScalarKind.UNSIGNED_LONG),
        ("aSfixed32", ScalarKind.INT),
        ("aSfixed64", ScalarKind.LONG),
        ("aBool", ScalarKind.BOOLEAN),
        ("aString", ScalarKind.STRING),
        ("someBytes", ScalarKind.BYTES),
    ],
)
def test_scalars(name: str, kind: ScalarKind) -> None:
    """A scalar without presence always comes out, and need not go in; none loses a bit."""
    assert fields("All")[name].type == required(kind)
    assert fields("All:input")[name].type == scalar(kind)


@pytest.mark.parametrize("name", ["aDouble", "aFloat"])
def test_floats(name: str) -> None:
    """A float may be NaN or infinite, which GraphQL has no way to say: so it may be null."""
    assert fields("All")[name].type == scalar(ScalarKind.FLOAT)
    assert fields("All:input")[name].type == scalar(ScalarKind.FLOAT)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("maybeInt", ScalarKind.INT),
        ("asText", ScalarKind.STRING),
        ("at", ScalarKind.DATE_TIME),
        ("lasting", ScalarKind.DURATION),
        ("mask", ScalarKind.STRING),
        ("struct", ScalarKind.JSON),
        ("json", ScalarKind.JSON),
        ("list", ScalarKind.JSON),
        ("any", ScalarKind.JSON),
        ("boxedLong", ScalarKind.LONG),
        ("boxedBytes", ScalarKind.BYTES),
        ("boxedFloat", ScalarKind.FLOAT),
    ],
)
def test_fields_with_presence(name: str, kind: ScalarKind) -> None:
    """A field that knows whether it was set may be null both ways."""
    assert fields("All")[name].type == scalar(kind)
    assert fields("All:input")[name].type == scalar(kind)


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("numbers", Required(ListOf(required(ScalarKind.LONG)))),
        ("many", Required(ListOf(Required(Named("Nested"))))),
        ("states", Required(ListOf(Named("State")))),
        ("values", Required(ListOf(scalar(ScalarKind.JSON)))),
        ("texts", Required(MapOf(required(ScalarKind.STRING)))),
        ("byNumber", Required(MapOf(Required(Named("Nested"))))),
        ("spans", Required(MapOf(required(ScalarKind.DURATION)))),
    ],
)
def test_many(name: str, out: TypeRef) -> None:
    """Lists and maps always come out; what is in them is not null unless it can be."""
    assert _short(fields("All")[name].type) == out


def test_open_enums_may_be_null() -> None:
    """An enum's field may hold a number without a name, which must not take its object along."""
    assert _short(fields("All")["state"].type) == Named("State")


def test_enum_values_are_names() -> None:
    """A value's name stands for it outside, aliases included."""
    state = TYPES["State"]
    assert isinstance(state, EnumType)

    assert [(value.name, value.value) for value in state.values] == [
        ("STATE_UNSPECIFIED", "STATE_UNSPECIFIED"),
        ("STATE_GOOD", "STATE_GOOD"),
        ("STATE_FINE", "STATE_FINE"),
        ("STATE_BAD", "STATE_BAD"),
    ]


def test_nested_messages_are_labelled_with_their_parents() -> None:
    """The label of a nested message names its parent, and its package qualifies it."""
    inner = TYPES["Nested.Inner"]

    assert inner.label == "Nested.Inner"
    assert inner.scope == ("v1", "test", "splice")


def test_a_oneof_is_exclusive_going_in() -> None:
    """The members of a oneof are a group of which one is given; an `optional` is no group."""
    given = TYPES["All:input"]
    assert isinstance(given, InputType)

    assert given.exclusive == (("asText", "asNumber", "asNested", "asValue"),)


def test_what_became_json_is_said() -> None:
    """Any is listed; Struct and Value, JSON by meaning, are not."""
    assert [remark.at for remark in CATALOG.degraded] == ["splice.test.v1.All.any"]


def test_proto2_presence_and_defaults() -> None:
    """Required is required both ways; a default is told going in; unset comes out as null."""
    types = {each.key.removeprefix("splice.legacy."): each for each in LEGACY.types}
    out, given = fields("Record", types), fields("Record:input", types)

    assert out["id"].type == given["id"].type == required(ScalarKind.STRING)
    assert out["size"].type == scalar(ScalarKind.LONG)
    assert {name: json.loads(field.default) for name, field in given.items() if field.default} == {
        "size": 9007199254740993,
        "level": "HIGH",
        "mark": "YWI=",
    }


def test_extensions_are_fields() -> None:
    """What extends a message is one of its fields, under its full name in brackets."""
    types = {each.key.removeprefix("splice.legacy."): each for each in LEGACY.types}

    assert fields("Record", types)["[splice.legacy.extra]"].type == scalar(ScalarKind.STRING)
    assert fields("Record:input", types)["[splice.legacy.extra]"].type == scalar(ScalarKind.STRING)


def test_a_forged_well_known_message_is_refused() -> None:
    """A Timestamp that is none takes its own methods along, and nothing else."""
    forged = FileDescriptorProto(name="google/protobuf/timestamp.proto", package="google.protobuf")
    forged.message_type.add(name="Timestamp").field.add(name="text", number=1, label=1, type=9)
    user = FileDescriptorProto(name="user.proto", dependency=[forged.name])
    user.service.add(name="User").method.add(
        name="Get",
        input_type=".google.protobuf.Timestamp",
        output_type=".google.protobuf.Timestamp",
    )
    honest = FileDescriptorProto(name="honest.proto")
    honest.message_type.add(name="Thing")
    honest.service.add(name="Honest").method.add(
        name="Get", input_type=".Thing", output_type=".Thing"
    )

    catalog = translate(FileDescriptorSet(file=[forged, user, honest]))

    assert [function.name for function in catalog.functions] == ["Honest/Get"]
    assert "google.protobuf.Timestamp of its own" in catalog.skipped[0].reason


def test_public_imports_that_point_nowhere() -> None:
    """An index beyond the imports is ignored."""
    damaged = FileDescriptorSet.FromString(descriptors("everything").SerializeToString())
    damaged.file[-1].public_dependency.extend([99, -1])
    damaged.file[-1].ClearField("dependency")

    assert translate(damaged).functions == CATALOG.functions


def test_a_missing_import_is_made_up_for() -> None:
    """A file that uses a type without importing its file is repaired, and the catalog says so."""
    damaged = FileDescriptorSet.FromString(descriptors("everything").SerializeToString())
    damaged.file[-1].ClearField("dependency")

    catalog = translate(damaged)

    assert catalog.functions == CATALOG.functions
    assert catalog.assumed[0].at == "everything.proto"
    assert catalog.assumed[0].reason.startswith(
        "uses types of google/protobuf/any.proto and 6 more"
    )


def test_protobufs_own_files_need_not_come_along() -> None:
    """A set without the well-known types' files is completed with ours."""
    bare = FileDescriptorSet(file=[descriptors("everything").file[-1]])

    catalog = translate(bare)

    assert catalog.functions == CATALOG.functions


def test_one_broken_file_does_not_take_the_others_along() -> None:
    """The methods of a file that cannot be used are skipped with the reason; the rest works."""
    broken = FileDescriptorProto(name="broken.proto", package="broken", syntax="proto3")
    service = broken.service.add(name="Broken")
    service.method.add(name="Get", input_type=".nowhere.Gone", output_type=".nowhere.Gone")
    described = FileDescriptorSet(file=[*descriptors("everything").file, broken])

    catalog = translate(described)

    assert catalog.functions == CATALOG.functions
    assert [each.function for each in catalog.skipped if "nowhere" in each.reason] == [
        "broken.Broken/Get"
    ]


def test_no_services_is_an_error() -> None:
    """A set that describes only messages is of no use."""
    with pytest.raises(DiscoveryError, match="names no services"):
        translate(FileDescriptorSet(file=[FileDescriptorProto(name="empty.proto")]))
