"""What becomes of services, messages and enums in a catalog."""

import json
from collections.abc import Mapping

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests import corpora
from tests.upstreams.grpc.protos import descriptors
from upstreams.errors import DiscoveryError
from upstreams.grpc.model import Binding, Wire
from upstreams.grpc.translate import translate
from upstreams.model import (
    Catalog,
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
    Skipped,
    TypeDef,
    TypeRef,
    innermost,
    restore,
    store,
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


def test_a_stream_of_nothing_is_skipped() -> None:
    """A stream of messages without fields cannot be given as a list, and the catalog says so."""
    assert CATALOG.skipped == (
        Skipped(
            "splice.test.v1.Everything/Knock",
            "it takes a stream of google.protobuf.Empty, which has no fields to give",
        ),
    )


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
        ("aDouble", ScalarKind.FLOAT),
        ("aFloat", ScalarKind.FLOAT),
        ("anInt32", ScalarKind.INT),
        ("anInt64", ScalarKind.LONG),
        ("aUint32", ScalarKind.LONG),
        ("aUint64", ScalarKind.UNSIGNED_LONG),
        ("aSint32", ScalarKind.INT),
        ("aSint64", ScalarKind.LONG),
        ("aFixed32", ScalarKind.LONG),
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
        ("nothing", ScalarKind.JSON),
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


def test_required_behavior_binds_requests_only() -> None:
    """A request's REQUIRED field is; a resource's is not, since updates leave it out."""
    assert fields("FetchRequest:input")["name"].type == required(ScalarKind.STRING)
    assert fields("Resource:input")["title"].type == scalar(ScalarKind.STRING)
    assert _short(FUNCTIONS["Fetch"].arguments[0].type) == Required(Named("FetchRequest:input"))


def test_what_became_json_is_said() -> None:
    """Any and messages without fields are listed; Struct and Value, JSON by meaning, are not."""
    assert [remark.at for remark in CATALOG.degraded] == [
        "splice.test.v1.All.nothing",
        "splice.test.v1.All.any",
    ]


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


def test_extensions_left_out_are_said() -> None:
    """The catalog tells which extension fields of a message it does not offer."""
    assert [remark.reason for remark in LEGACY.assumed] == [
        "its extension fields are left out: splice.legacy.extra"
    ]


def test_a_missing_import_is_made_up_for() -> None:
    """A file that uses a type without importing its file is repaired, and the catalog says so."""
    damaged = FileDescriptorSet.FromString(descriptors("everything").SerializeToString())
    damaged.file[-1].ClearField("dependency")

    catalog = translate(damaged)

    assert catalog.functions == CATALOG.functions
    assert "google/protobuf/timestamp.proto" in str(catalog.assumed)


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


def test_files_that_import_each_other_are_refused() -> None:
    """Circular imports end in a reason, not in an endless loop."""
    one = FileDescriptorProto(name="one.proto", dependency=["two.proto"])
    two = FileDescriptorProto(name="two.proto", dependency=["one.proto"])
    two.service.add(name="Two").method.add(name="Get")

    catalog = translate(FileDescriptorSet(file=[one, two]))

    assert [each.function for each in catalog.skipped] == ["Two/Get"]
    assert "imports itself" in catalog.skipped[0].reason


def test_no_services_is_an_error() -> None:
    """A set that describes only messages is of no use."""
    with pytest.raises(DiscoveryError, match="names no services"):
        translate(FileDescriptorSet(file=[FileDescriptorProto(name="empty.proto")]))


@pytest.mark.corpus
@pytest.mark.parametrize("name", [path.name for path in corpora.specs("proto/*.binpb")])
def test_real_descriptions(name: str) -> None:
    """Every method of a real description is a function or skipped, and every type is there."""
    described = FileDescriptorSet.FromString(corpora.spec(f"proto/{name}").read_bytes())

    catalog = translate(described)

    methods = {
        f"{file.package}.{service.name}/{method.name}"
        for file in described.file
        for service in file.service
        for method in service.method
    }
    mapped = {function.name for function in catalog.functions}
    assert mapped | {each.function for each in catalog.skipped} == methods
    assert all(each.reason for each in catalog.skipped)
    assert _used(catalog) == {each.key for each in catalog.types}
    assert restore(store(catalog), Catalog[Binding, Wire]) == catalog
    print(f"{name}: {len(mapped)} of {len(methods)} methods, {len(catalog.types)} types")  # noqa: T201 - the scoreboard


def _used(catalog: Catalog) -> set[str]:
    """The keys of all types that something refers to."""
    refs = [function.returns for function in catalog.functions]
    refs += [field.type for function in catalog.functions for field in function.arguments]
    refs += [field.type for each in catalog.types for field in getattr(each, "fields", ())]
    return {leaf.key for ref in refs if isinstance(leaf := innermost(ref), Named)}
