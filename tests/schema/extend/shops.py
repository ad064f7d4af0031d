"""Two upstreams to join, in a few lines: a shop and the customers' own."""

from graphql import GraphQLSchema

from schema.build import Extensions, build, extended_of
from schema.extend.model import ExtensionError
from schema.extend.parse import parsed
from schema.join import MAX_CALLS
from tests.schema.catalogs import (
    INT,
    LONG,
    STRING,
    catalog,
    listed,
    named,
    reading,
    required,
    writing,
)
from upstreams.model import (
    Catalog,
    Field,
    InputType,
    ObjectType,
)

ORDER = ObjectType(
    "Order",
    "Order",
    fields=(
        Field("id", required(LONG)),
        Field("customerId", LONG),
        Field("note", STRING),
        Field("skus", listed(required(STRING))),
        Field("region", STRING),
    ),
)
CUSTOMER = ObjectType(
    "Customer",
    "Customer",
    fields=(
        Field("id", required(LONG)),
        Field("name", STRING),
        Field("region", STRING),
        Field("address", named("Address")),
    ),
)
ADDRESS = ObjectType("Address", "Address", fields=(Field("city", STRING),))
PAGE = ObjectType(
    "Page",
    "Page",
    fields=(Field("parcels", listed(required(named("Parcel")))), Field("next", STRING)),
)
PARCEL = ObjectType("Parcel", "Parcel", fields=(Field("id", STRING), Field("orderId", LONG)))
FILTER = InputType(
    "Filter",
    "Filter",
    fields=(Field("orderId", required(LONG)), Field("pageSize", INT), Field("kind", STRING)),
)

SHOP = catalog(
    reading("listOrders", listed(required(named("Order"))), Field("customerId", listed(LONG))),
    reading("getOrder", named("Order"), Field("id", required(LONG))),
    writing("createOrder", named("Order")),
    types=(ORDER,),
)
CRM = catalog(
    reading("getCustomer", named("Customer"), Field("id", required(LONG))),
    reading("listCustomers", listed(required(named("Customer"))), Field("ids", listed(LONG))),
    reading("findCustomers", listed(named("Customer")), Field("region", STRING)),
    reading(
        "regional",
        listed(required(named("Customer"))),
        Field("regions", listed(STRING)),
        Field("ids", listed(LONG)),
    ),
    reading("ListParcels", named("Page"), Field("input", required(named("Filter")))),
    types=(CUSTOMER, ADDRESS, PAGE, PARCEL, FILTER),
)


def built(
    sdl: str, shop: Catalog = SHOP, crm: Catalog = CRM, max_calls: int = MAX_CALLS
) -> GraphQLSchema:
    """The schema over both, extended; the extensions are right."""
    schema = lenient(sdl, shop, crm, max_calls)
    assert extended_of(schema).problems == ()
    return schema


def lenient(
    sdl: str, shop: Catalog = SHOP, crm: Catalog = CRM, max_calls: int = MAX_CALLS
) -> GraphQLSchema:
    """The schema over both, extended, whether the extensions are right or not."""
    calls = parsed([("graph.graphql", sdl)])
    extensions = Extensions(calls, max_calls=max_calls)
    schema, _ = build({"shop": shop, "crm": crm}, extensions=extensions)
    return schema


def problems(sdl: str, shop: Catalog = SHOP, crm: Catalog = CRM) -> list[str]:
    """What is wrong with the extensions."""
    try:
        return [str(one) for one in extended_of(lenient(sdl, shop, crm)).problems]
    except ExtensionError as error:
        return [str(one) for one in error.problems]
