"""A schema as a catalog."""

import pytest

from tests.upstreams.graphql_api.asking import KIND, catalog, function
from upstreams.model import (
    Batch,
    ByTag,
    Effect,
    Field,
    Flow,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    UnionType,
    restore,
    store,
)

SHOP = """
"A shop."
schema { query: Query mutation: Mutation subscription: Subscription }
type Query {
  "One of them."
  customer(id: ID!): Customer
  customers(ids: [ID!]!): [Customer]
  search(text: String!, first: Int! = 10): [Hit!]!
  now: DateTime @deprecated(reason: "look at a clock")
}
type Mutation { add(input: NewCustomer!): Added  customer(id: ID!): Customer }
type Added { query: Query customer: Customer }
type Subscription { counted(to: Int): Int! }
scalar DateTime
scalar Shade
interface Node { id: ID! }
type Customer implements Node {
  id: ID!
  name: String
  orders(first: Int! = 5, by: Sort): [Order!]!
  shade(of: Shade): Shade
}
type Order implements Node { id: ID! total: Float! }
enum Sort { "Low first." UP  DOWN @deprecated(reason: "no") }
union Hit = Customer | Order
input NewCustomer { name: String! = "nobody", age: Int, tags: [String!]! }
input Which @oneOf { id: ID name: String }
"""


def found(sdl: str, key: str) -> TypeDef:
    """The type of that key."""
    return next(one for one in catalog(sdl).types if one.key == key)


def test_root_fields_are_functions() -> None:
    """Queries read, mutations write; a name that is taken says whose it is."""
    effects = {one.name: one.effect for one in catalog(SHOP).functions}

    assert effects == {
        "customer": Effect.READ,
        "customers": Effect.READ,
        "search": Effect.READ,
        "now": Effect.READ,
        "add": Effect.WRITE,
        "Mutation.customer": Effect.WRITE,
        "counted": Effect.READ,
    }


def test_what_the_api_says_of_itself_is_kept() -> None:
    """Descriptions and deprecations."""
    shop = catalog(SHOP)

    assert shop.description == "A shop."
    assert function(shop, "customer").description == "One of them."
    assert function(shop, "now").deprecated == "look at a clock"


def test_a_subscription_is_a_subscription_only() -> None:
    """Its messages come as things happen; nobody can ask for the list of them."""
    counted = function(catalog(SHOP), "counted")

    assert counted.flow is Flow.SUBSCRIPTION
    assert counted.returns == ListOf(Required(Scalar(ScalarKind.INT)))


def test_only_what_has_fields_is_selected() -> None:
    """A leaf is the same whatever is selected of it."""
    shop = catalog(SHOP)

    assert function(shop, "customer").selective
    assert not function(shop, "now").selective


def test_abstract_types_are_told_by_their_typename() -> None:
    """The one way that GraphQL has."""
    members = ByTag("__typename", (("Customer", "Customer"), ("Order", "Order")))

    union, interface = found(SHOP, "Hit"), found(SHOP, "Node")

    assert isinstance(union, UnionType)
    assert union.resolution == members
    assert isinstance(interface, InterfaceType)
    assert interface.resolution == members


def test_fields_below_the_root_keep_their_arguments() -> None:
    """With their types and defaults."""
    customer = found(SHOP, "Customer")
    assert isinstance(customer, ObjectType)

    orders = next(one for one in customer.fields if one.name == "orders")

    assert orders.arguments == (
        Field("first", Required(Scalar(ScalarKind.INT)), default="5"),
        Field("by", Named("Sort")),
    )


def test_a_default_makes_an_input_optional() -> None:
    """What may be left out is not required, though it is never null."""
    customer = found(SHOP, "NewCustomer")
    assert isinstance(customer, InputType)

    assert customer.fields == (
        Field("name", Scalar(ScalarKind.STRING), default='"nobody"'),
        Field("age", Scalar(ScalarKind.INT)),
        Field("tags", Required(ListOf(Required(Scalar(ScalarKind.STRING))))),
    )


def test_one_of_is_one_of() -> None:
    """Exactly one field is given."""
    which = found("type Query { a(w: W): Int } input W @oneOf { x: Int y: Int }", "W")

    assert isinstance(which, InputType)
    assert which.one_of


def test_a_root_that_is_a_value_is_an_object_too() -> None:
    """A mutation may give the whole Query, from which to read on."""
    assert isinstance(found(SHOP, "Query"), ObjectType)
    assert "Mutation" not in {one.key for one in catalog(SHOP).types}


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("DateTime", ScalarKind.DATE_TIME),
        ("LocalDate", ScalarKind.DATE),
        ("Long", ScalarKind.LONG),
        ("BigDecimal", ScalarKind.DECIMAL),
        ("uuid", ScalarKind.UUID),
        ("URL", ScalarKind.URI),
        ("jsonb", ScalarKind.JSON),
        ("Shade", ScalarKind.JSON),
        ('When @specifiedBy(url: "https://tools.ietf.org/html/rfc3339#x")', ScalarKind.DATE_TIME),
        ('DateTime @specifiedBy(url: "https://example.com/LOCAL-DATE.html")', ScalarKind.DATE),
    ],
)
def test_scalars_by_what_they_are_known_for(declared: str, kind: ScalarKind) -> None:
    """What specifies them counts, then their names; of others nobody knows anything."""
    name = declared.partition(" ")[0]

    asked = catalog(f"scalar {declared} type Query {{ a: {name} }}")

    assert function(asked, "a").returns == Scalar(kind)


def test_settings_say_what_a_scalar_is() -> None:
    """Against names, and where there was nothing to know."""
    sdl = "scalar Shade scalar Date type Query { shade: Shade date: Date }"

    told = catalog(sdl, Shade=ScalarKind.STRING, Date=ScalarKind.LONG)

    assert function(told, "shade").returns == Scalar(ScalarKind.STRING)
    assert function(told, "date").returns == Scalar(ScalarKind.LONG)
    assert (told.degraded, told.assumed) == ((), ())


def test_scalars_nobody_knows_are_listed() -> None:
    """With what to write to have them typed; what a name was taken for is said, too."""
    told = catalog("scalar Shade scalar LocalDate type Query { a: Shade b: LocalDate }")

    (degraded,), (assumed,) = told.degraded, told.assumed
    assert "`scalars: {Shade: String}`" in degraded.reason
    assert assumed.at == "scalar LocalDate"


def test_functions_that_take_files_are_skipped() -> None:
    """Also where the file is inside an input that leads to itself."""
    sdl = """
    scalar Upload
    type Query { put(a: In): Int  plain(a: Int): Int }
    input In { again: In, files: [Upload!] }
    """

    asked = catalog(sdl)

    assert [one.name for one in asked.functions] == ["plain"]
    assert [one.function for one in asked.skipped] == ["put"]


def test_lists_of_keys_are_batches() -> None:
    """`customers(ids:)` answers for many, each of which has its `id`."""
    shop = catalog(SHOP)

    assert function(shop, "customers").batch == Batch(("ids",), "id")
    assert function(shop, "search").batch is None


@pytest.mark.parametrize(
    "field",
    [
        "all(ids: [ID!]!, more: Int!): [T]",
        "all(ids: [Int!]!): [T]",
        "all(ids: [ID!]!): T",
        "all(codes: [ID!]!): [T]",
        "all(asked: [ID!]!): [T]",
    ],
)
def test_other_lists_are_no_batches(field: str) -> None:
    """Where more is needed, where keys differ, and where an item does not have its key."""
    sdl = f"type T {{ id: ID! asked(n: Int): ID }} type Query {{ {field} }}"

    assert function(catalog(sdl), "all").batch is None


def test_a_catalog_is_stored_without_loss() -> None:
    """Arguments of fields among it."""
    shop = catalog(SHOP)

    assert restore(store(shop), KIND.catalog) == shop
