"""What a backend offers, in words that favour no protocol.

An upstream is discovered into a `Catalog`: its functions and the types they use. Everything here
is plain frozen data, so a catalog can be compared with `==`, printed, stored as JSON and read back
without loss. What only one kind understands (how to call a function, how a value is written on the
wire) sits in two places the kind types itself: `Function.binding` and `Catalog.wire`.
"""

import enum
from typing import Any, Generic, TypeAlias

import msgspec
from typing_extensions import TypeVar

BindingT = TypeVar("BindingT", default=Any)
WireT = TypeVar("WireT", default=Any)

FORMAT = 3
"""The version of the stored form; a store of another version is discovered anew."""


class Value(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The base of every noun here: frozen, compared by content, stored as JSON.

    Frozen values cannot form cycles, so the garbage collector need not look at them.
    """


class Effect(enum.Enum):
    """Whether a function reads or writes: a field of Query, or of Mutation."""

    READ = "read"
    WRITE = "write"


class Flow(enum.Enum):
    """How many messages go each way in one call."""

    UNARY = "unary"
    SERVER_STREAM = "server-stream"
    CLIENT_STREAM = "client-stream"
    BIDIRECTIONAL = "bidirectional"
    SUBSCRIPTION = "subscription"
    """Messages that come as things happen, for as long as somebody wants them; never a list."""
    EVENTS = "events"
    """The backend calls the gateway: a callback or a webhook."""


class ScalarKind(enum.Enum):
    """The leaves all kinds share. The value is the name clients see in GraphQL."""

    STRING = "String"
    INT = "Int"
    """A signed 32-bit integer."""
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    ID = "ID"
    UNSIGNED_INT = "UnsignedInt"
    """An unsigned 32-bit integer."""
    LONG = "Long"
    """A signed 64-bit integer."""
    UNSIGNED_LONG = "UnsignedLong"
    BIG_INT = "BigInt"
    """An integer without bounds."""
    DECIMAL = "Decimal"
    """A decimal number with every digit kept: 1.10 is not 1.1."""
    DATE = "Date"
    TIME = "Time"
    DATE_TIME = "DateTime"
    """A date and time with an offset (RFC 3339)."""
    LOCAL_DATE_TIME = "LocalDateTime"
    """A date and time that may lack an offset (`xs:dateTime`)."""
    DURATION = "Duration"
    UUID = "UUID"
    URI = "URI"
    EMAIL = "Email"
    BYTES = "Bytes"
    """Binary content, base64 in GraphQL."""
    UPLOAD = "Upload"
    """A file going in: one of a GraphQL multipart request, or its content as base64."""
    JSON = "JSON"
    VOID = "Void"
    """Nothing: the only value is null."""


class Scalar(Value, tag="scalar", frozen=True):
    """A leaf every kind knows."""

    kind: ScalarKind


class Named(Value, tag="named", frozen=True):
    """A type of the catalog, by its key."""

    key: str


class ListOf(Value, tag="list", frozen=True):
    """Many of the same, in order."""

    of: "TypeRef"


class MapOf(Value, tag="map", frozen=True):
    """Values by text keys."""

    of: "TypeRef"


class Required(Value, tag="required", frozen=True):
    """Never null. It wraps anything but another `Required`."""

    of: "TypeRef"


TypeRef: TypeAlias = Scalar | Named | ListOf | MapOf | Required


class Field(Value, frozen=True):
    """A member of an object, an input or an interface, or an argument of a function."""

    name: str
    """The backend's own name, which is also the key in the values that go in and out."""
    type: TypeRef
    description: str = ""
    deprecated: str | None = None
    """Why it is deprecated; None when it is not."""
    default: str | None = None
    """What the backend assumes when the value is absent, as JSON text; only where values go in."""
    source: str = ""
    """Where the description says so; empty for `<the type's source>` + its name."""
    arguments: "tuple[Field, ...]" = ()
    """Of a field that comes out: what it can be asked with, at every place it is selected."""
    known_as: str = ""
    """What clients have called it so far, whatever else there is now; empty: they have not."""


class ByTag(Value, tag="tag", frozen=True):
    """The concrete type is named by a field of the value (a discriminator, `xsi:type`, `@type`)."""

    field: str
    members: tuple[tuple[str, str], ...]
    """Pairs of the field's value and the key of the type it means."""


class ByShape(Value, tag="shape", frozen=True):
    """The concrete type is the first whose fields the value has."""

    members: tuple[tuple[str, tuple[str, ...]], ...]
    """Pairs of a type's key and the fields a value of it always has, most telling first."""


Resolution: TypeAlias = ByTag | ByShape


class _Type(Value, frozen=True):
    key: str
    """Unique in its catalog."""
    label: str
    """The description's own name for it, from which its GraphQL name is made."""
    description: str = ""
    scope: tuple[str, ...] = ()
    """What qualifies the label when two types share it, innermost first: parent, package."""
    source: str = ""
    """Where it stands in the description: a JSON pointer, a full protobuf name, a QName."""
    shared: bool = False
    """True for what is ours and means the same in every catalog, and so is one type for all."""


class ObjectType(_Type, tag="object", frozen=True):
    """A value with fields, coming out."""

    fields: tuple[Field, ...] = ()
    implements: tuple[str, ...] = ()
    box: bool = False
    """True when the backend's value is the one field's value itself, without an object around."""


class InterfaceType(_Type, tag="interface", frozen=True):
    """Fields that several objects share, and how to tell which one a value is."""

    fields: tuple[Field, ...] = ()
    implements: tuple[str, ...] = ()
    resolution: Resolution = ByShape(())


class UnionType(_Type, tag="union", frozen=True):
    """One of several objects, and how to tell which."""

    members: tuple[str, ...] = ()
    resolution: Resolution = ByShape(())


class InputType(_Type, tag="input", frozen=True):
    """A value with fields, going in."""

    fields: tuple[Field, ...] = ()
    one_of: bool = False
    """True when exactly one field is given (GraphQL `@oneOf`)."""
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of fields of which at most one is given (a protobuf oneof, an XSD choice)."""


class EnumValue(Value, frozen=True):
    """One value of an enum."""

    name: str
    """The description's own name for it."""
    value: str | int | float | bool | None
    """What stands for it on the wire."""
    description: str = ""
    deprecated: str | None = None
    known_as: str = ""
    """As of a field."""


class EnumType(_Type, tag="enum", frozen=True):
    """One of a fixed set of values, in or out."""

    values: tuple[EnumValue, ...] = ()


TypeDef: TypeAlias = ObjectType | InterfaceType | UnionType | InputType | EnumType


class Batch(Value, frozen=True):
    """How one call answers for many keys, so that a whole list is joined in one call."""

    argument: tuple[str, ...]
    """Where the list of keys goes: an argument, and the fields below it."""
    key: str
    """The field of an answer's item that says which key it answers; empty: the order does."""
    items: tuple[str, ...] = ()
    """Where the list is in the answer: the fields above it; none where the answer is the list."""
    most: int | None = None
    """How many keys one call may have, where the description says so."""


class Listing(Value, frozen=True):
    """A list in an answer, where the description says how long it may be."""

    of: str
    """The key of the type of its items."""
    most: int


class Function(Value, Generic[BindingT], frozen=True):
    """One thing a backend can be asked to do."""

    name: str
    """Unique in its catalog and stable: an operationId, `pkg.Service/Method`, a function's name."""
    label: str
    """The short name from which the root field's name is made."""
    effect: Effect
    returns: TypeRef
    binding: BindingT
    """How this kind calls it."""
    arguments: tuple[Field, ...] = ()
    flow: Flow = Flow.UNARY
    scope: tuple[str, ...] = ()
    """What qualifies the label when two functions share it, innermost first: service, package."""
    description: str = ""
    deprecated: str | None = None
    source: str = ""
    selective: bool = False
    """True where what is asked of the backend depends on what a client selects of its answer."""
    batch: Batch | None = None
    """Set where one call answers for many keys."""
    standing: str = ""
    """Of events that are asked for by hand, once: what their address is named after."""
    lists: tuple[Listing, ...] = ()
    """How long the lists of one answer may be, as far as that is said."""


class FromParent(Value, tag="parent", frozen=True):
    """A value of the object that the link stands on: a path of its fields, by backend names."""

    path: tuple[str | int, ...]


class FromArguments(Value, tag="arguments", frozen=True):
    """What the call that gave the object was asked with: an argument, and a path below it."""

    path: tuple[str | int, ...]


class FromAnswer(Value, tag="answer", frozen=True):
    """What came with the object beside it: `url`, `method`, `status` or `header.<name>`."""

    what: str


class Constant(Value, tag="constant", frozen=True):
    """Always the same value, as JSON text."""

    json: str


class Text(Value, tag="text", frozen=True):
    """Several values written one after the other."""

    parts: tuple["Expression", ...]


Expression: TypeAlias = FromParent | FromArguments | FromAnswer | Constant | Text


class Bound(Value, frozen=True):
    """One argument of a linked function, and where its value comes from."""

    argument: tuple[str, ...]
    """The argument, and the fields below it."""
    value: Expression


class Link(Value, frozen=True):
    """A field that a description adds to an object: another function, called with what is known.

    The function's other arguments are the field's own.
    """

    on: str
    """The key of the object or interface the field stands on."""
    name: str
    function: str
    """The name of the function that is called."""
    arguments: tuple[Bound, ...] = ()
    origin: str = ""
    """The function whose answer the link belongs to; its arguments and its answer are meant."""
    description: str = ""
    source: str = ""
    known_as: str = ""
    """As of a field."""


class Skipped(Value, frozen=True):
    """A function that could not be mapped, and why."""

    function: str
    reason: str


class Remark(Value, frozen=True):
    """A place in a description, and what was made of it that a person should know."""

    at: str
    reason: str


class Catalog(Value, Generic[BindingT, WireT], frozen=True):
    """Everything one upstream offers."""

    kind: str
    functions: tuple[Function[BindingT], ...]
    types: tuple[TypeDef, ...]
    wire: WireT
    """What the kind needs at call time beside the bindings, e.g. a descriptor set."""
    title: str = ""
    description: str = ""
    url: str = ""
    """Where the description says the backend is served; empty when it does not say."""
    skipped: tuple[Skipped, ...] = ()
    degraded: tuple[Remark, ...] = ()
    """Every place that became JSON, and why."""
    links: tuple[Link, ...] = ()
    proposals: tuple[Remark, ...] = ()
    """Joins that the description suggests: fields that name what a function gives."""
    offers: tuple[Remark, ...] = ()
    """What the settings could make of a function, and how they say so."""
    assumed: tuple[Remark, ...] = ()
    """Every place where the description was wrong or silent, and what was taken for granted."""
    format: int = FORMAT


def store(catalog: Catalog) -> bytes:
    """The catalog as JSON text, from which `restore` gives an equal one."""
    return msgspec.json.encode(catalog)


def restore(stored: bytes, shape: type[Catalog[BindingT, WireT]]) -> Catalog[BindingT, WireT]:
    """The catalog that was stored, of the shape its kind declares.

    Raises `msgspec.ValidationError` or `msgspec.DecodeError` when the text is not such a catalog.
    """
    catalog: Catalog[BindingT, WireT] = msgspec.json.decode(stored, type=shape)
    return catalog


def innermost(ref: TypeRef) -> Scalar | Named:
    """The leaf of a reference, with lists, maps and non-null taken off."""
    while not isinstance(ref, Scalar | Named):
        ref = ref.of
    return ref


def nullable(ref: TypeRef) -> TypeRef:
    """The same reference, allowing null at its top."""
    return ref.of if isinstance(ref, Required) else ref


def message(function: Function) -> TypeRef:
    """The type of one message of a function that returns a stream of them, as a list."""
    returns = nullable(function.returns)
    return returns.of if isinstance(returns, ListOf) else returns
