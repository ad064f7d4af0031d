"""Which joins are suggested, and which are not, for catalogs of a few lines."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema
from msgspec.structs import replace

from schema.build import Extensions
from schema.extend.parse import parsed
from schema.suggest import Candidate, sdl, suggest
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
    Batch,
    Bound,
    Catalog,
    Field,
    FromParent,
    Function,
    InputType,
    InterfaceType,
    Link,
    ObjectType,
    Remark,
    Scalar,
    ScalarKind,
    TypeRef,
)

ID = Field("id", required(LONG))
UUID = Scalar(ScalarKind.UUID)
GET_CUSTOMER = reading("getCustomer", named("Customer"), ID)


ORDERS = listed(required(named("Order")))
LIST = reading("listOrders", ORDERS, Field("customerId", LONG), Field("limit", INT))


def thing(name: str, *fields: Field, **more: Any) -> ObjectType:
    """An object with an id."""
    return ObjectType(name, name, fields=(ID, *fields), **more)


ORDER = thing("Order", Field("customerId", LONG))
CUSTOMER = thing("Customer", Field("name", STRING))


def shop(*functions: Function, order: ObjectType = ORDER) -> Catalog:
    """A shop that knows its orders, and no customers."""
    return catalog(reading("getOrder", named("Order"), ID), *functions, types=(order,))


def crm(*functions: Function, customer: ObjectType = CUSTOMER) -> Catalog:
    """Customers, and who gets them."""
    return catalog(*functions, types=(customer,))


def found(**catalogs: Catalog) -> list[str]:
    """What is suggested: `Order.customer: Customer crm.getCustomer(id: $parent.customerId)`."""
    return [_told(one) for one in suggest(catalogs, own())]


def own() -> GraphQLSchema:
    """The gateway's own schema: a Query, also where upstreams have none."""
    return build_schema("type Query { _gateway: String }")


def _told(one: Candidate) -> str:
    match = f" by {one.match}" if one.match else ""
    gives = f"{one.on.name}.{one.name}: {one.gives}"
    return f"{gives} {one.calls}({one.argument}: {one.value}){match}"


def test_a_field_that_names_another_object_leads_to_it() -> None:
    """`customerId` leads to who gets a customer by its id, in whichever upstream."""
    assert found(shop=shop(), crm=crm(GET_CUSTOMER)) == [
        "Order.customer: Customer crm.getCustomer(id: $parent.customerId)"
    ]


@pytest.mark.parametrize("name", ["customer_id", "CustomerID", "customerId"])
def test_spelling_does_not_matter(name: str) -> None:
    """Names are compared by their words."""
    order = thing("Order", Field(name, LONG))

    (one,) = found(shop=shop(order=order), crm=crm(GET_CUSTOMER))

    assert one == f"Order.customer: Customer crm.getCustomer(id: $parent.{name})"


def test_keys_of_another_type_lead_nowhere() -> None:
    """A text is no key for a function that takes numbers."""
    order = thing("Order", Field("customerId", STRING))

    assert found(shop=shop(order=order), crm=crm(GET_CUSTOMER)) == []


def test_functions_that_write_are_never_called() -> None:
    """Whatever their names say."""
    assert found(shop=shop(), crm=crm(writing("getCustomer", named("Customer"), ID))) == []


def test_functions_that_need_more_are_left_alone() -> None:
    """A key is not enough where two arguments are needed."""
    get = reading("getCustomer", named("Customer"), ID, Field("tenant", required(STRING)))

    assert found(shop=shop(), crm=crm(get)) == []


def test_arguments_that_may_be_needed_are_a_doubt() -> None:
    """Where nothing is marked as needed, two keys beside each other may both be."""
    get = reading("getCustomer", named("Customer"), Field("id", LONG), Field("tenantId", LONG))

    assert found(shop=shop(), crm=crm(get)) == []


def test_one_of_several_keys_is_enough_where_only_one_is_taken() -> None:
    """An input of which exactly one field is given."""
    fields = (Field("id", LONG), Field("taxId", LONG))
    get = reading("GetCustomer", named("Customer"), Field("input", required(named("Get"))))
    given = InputType("Get", "Get", fields=fields, one_of=True)

    assert found(shop=shop(), crm=catalog(get, types=(CUSTOMER, given))) == [
        "Order.customer: Customer crm.GetCustomer(id: $parent.customerId)"
    ]


def test_several_equally_good_targets_are_none() -> None:
    """Nobody knows which of two upstreams has the customers."""
    assert found(shop=shop(), crm=crm(GET_CUSTOMER), old=crm(GET_CUSTOMER)) == []


def test_the_own_upstream_is_the_better_target() -> None:
    """Of two that are equally good otherwise."""
    both = catalog(reading("getOrder", named("Order"), ID), GET_CUSTOMER, types=(ORDER, CUSTOMER))

    assert "Order.customer: Customer shop.getCustomer(id: $parent.customerId)" in found(
        shop=both, crm=crm(GET_CUSTOMER)
    )


def test_what_an_upstream_has_of_its_own_is_meant() -> None:
    """A shop that has customers means them, also where nobody gets one; so does who lists."""
    order = reading("getOrder", named("Order"), ID)
    has_customers = catalog(order, LIST, types=(ORDER, CUSTOMER))

    suggested = found(crm=crm(GET_CUSTOMER), shop=has_customers)

    assert suggested == ["ShopCustomer.orders: [Order!] shop.listOrders(customerId: $parent.id)"]


def test_what_several_upstreams_have_is_nobodys() -> None:
    """A list by a customer's key does not say whose customers are meant."""
    catalogs = {"shop": shop(LIST), "crm": crm(GET_CUSTOMER), "old": crm(GET_CUSTOMER)}

    assert found(**catalogs) == []


def test_examples_speak_for_a_join() -> None:
    """The same example on both sides is one more reason."""
    example = "Who paid.\n\n`example: 70012`"
    order = thing("Order", Field("customerId", LONG, description=example))
    get = reading("getCustomer", named("Customer"), replace(ID, description="`example: 70012`"))

    (one,) = suggest({"shop": shop(order=order), "crm": crm(get)}, own())

    assert "both have the same example" in [each.says for each in one.evidence]


def test_a_role_needs_more_evidence() -> None:
    """`buyerCustomerId` ends like a customer's key: suggested only to who asks for less."""
    order = thing("Order", Field("buyerCustomerId", LONG))
    catalogs = {"shop": shop(order=order), "crm": crm(GET_CUSTOMER)}

    (one,) = suggest(catalogs, own(), least=0.5)

    assert found(**catalogs) == []
    assert one.name == "buyerCustomer"


@pytest.mark.parametrize("name", ["externalCustomerId", "statusId", "typeId", "id", "name"])
def test_what_names_nobody_leads_nowhere(name: str) -> None:
    """Keys of somebody else's, generic nouns, and an object's own key."""
    order = ObjectType("Order", "Order", fields=(Field(name, LONG),))
    types = (CUSTOMER, thing("Status"), thing("Type"), thing("Name"))
    getters = [reading(f"get{one.label}", named(one.key), ID) for one in types]

    assert found(shop=catalog(types=(order,)), crm=catalog(*getters, types=types)) == []


def test_an_object_does_not_lead_to_itself() -> None:
    """Its own key is no join."""
    customer = ObjectType("Customer", "Customer", fields=(Field("customerId", LONG),))

    assert found(crm=crm(GET_CUSTOMER, customer=customer)) == []


def test_what_is_there_already_is_not_suggested() -> None:
    """An order that has its customer in it, linked or joined, needs no other."""
    get, link = GET_CUSTOMER, Link("Order", "buyer", "getCustomer", _from("customerId"))
    types = (ORDER, CUSTOMER)
    holding = thing("Order", Field("customerId", LONG), Field("buyer", named("Customer")))
    joins = 'extend type Order { buyer: Customer @call(function: "it.getCustomer", args: {id: 1}) }'
    written = Extensions(parsed([("graph.graphql", joins)]))

    assert len(found(it=catalog(get, types=types))) == 1
    assert found(it=catalog(get, types=(holding, CUSTOMER))) == []
    assert found(it=replace(catalog(get, types=types), links=(link,))) == []
    assert suggest({"it": catalog(get, types=types)}, extensions=written) == ()


def _from(field: str) -> tuple[Bound, ...]:
    return (Bound(("id",), FromParent((field,))),)


def test_a_scalar_of_the_name_keeps_it() -> None:
    """The join of `customer` has another name."""
    order = thing("Order", Field("customer", UUID, description="The id of the customer."))
    customer = ObjectType("Customer", "Customer", fields=(Field("id", required(UUID)),))
    get = reading("getCustomer", named("Customer"), Field("id", required(UUID)))

    assert found(shop=shop(order=order), crm=crm(get, customer=customer)) == [
        "Order.customerDetails: Customer crm.getCustomer(id: $parent.customer)"
    ]


def test_a_key_with_a_name_of_its_own_leads_to_the_one_who_is_got_by_it() -> None:
    """`sku` is a product's where only products are got by a sku."""
    line = ObjectType("Line", "Line", fields=(Field("sku", STRING), Field("quantity", INT)))
    product = ObjectType("Product", "Product", fields=(Field("sku", required(STRING)),))
    get = reading("getProduct", named("Product"), Field("sku", required(STRING)))
    other = reading("getBundle", named("Bundle"), Field("sku", required(STRING)))
    bundle = ObjectType("Bundle", "Bundle", fields=(Field("sku", required(STRING)),))

    assert found(shop=catalog(types=(line,)), pim=catalog(get, types=(product,))) == [
        "Line.product: Product pim.getProduct(sku: $parent.sku)"
    ]
    assert (
        found(shop=catalog(types=(line,)), pim=catalog(get, other, types=(product, bundle))) == []
    )


def test_a_list_by_an_objects_key_is_that_objects() -> None:
    """`listOrders(customerId)` gives a customer's orders."""
    assert "Customer.orders: [Order!] shop.listOrders(customerId: $parent.id)" in found(
        shop=shop(LIST), crm=crm(GET_CUSTOMER)
    )


def test_a_list_by_many_keys_is_asked_once() -> None:
    """Where the filter takes a list, the items say whose they are, and all of them come."""
    many = reading("listOrders", ORDERS, Field("customerId", listed(LONG)))

    assert "Customer.orders: [Order!] shop.listOrders(customerId: $parents.id) by customerId" in (
        found(shop=shop(many), crm=crm(GET_CUSTOMER))
    )


def test_pages_are_asked_for_each() -> None:
    """One page for many customers could leave out some of their orders."""
    many = reading(
        "listOrders",
        ORDERS,
        Field("customerId", listed(LONG)),
        Field("limit", INT),
    )

    assert "Customer.orders: [Order!] shop.listOrders(customerId: $parent.id)" in found(
        shop=shop(many), crm=crm(GET_CUSTOMER)
    )


def test_lists_with_nothing_but_pages_are_nobodys() -> None:
    """A limit is no key."""
    pages = reading("listOrders", listed(named("Order")), Field("limit", INT), Field("page", INT))

    assert found(shop=shop(pages, order=thing("Order")), crm=crm(GET_CUSTOMER)) == []


def test_wrapped_lists_are_unwrapped() -> None:
    """The one list of objects in a response is what the function gives."""
    wrapper = ObjectType(
        "ListOrdersResponse",
        "ListOrdersResponse",
        fields=(Field("orders", ORDERS), Field("nextPage", STRING)),
    )
    lists = reading("ListOrders", named("ListOrdersResponse"), Field("customerId", LONG))

    assert "Customer.orders: [Order!] shop.ListOrders(customerId: $parent.id)" in found(
        shop=catalog(lists, types=(ORDER, wrapper)), crm=crm(GET_CUSTOMER)
    )


def test_a_batch_gets_one_for_each() -> None:
    """Where customers are only got many at a time, all orders' customers are."""
    ids = Field("ids", required(listed(LONG)))
    batch = reading("getCustomers", listed(named("Customer")), ids, batch=Batch(("ids",), "id"))
    order = thing("Order", Field("customerId", LONG), Field("watcherIds", listed(LONG)))

    assert found(shop=shop(order=order), crm=crm(batch)) == [
        "Order.customer: Customer crm.getCustomers(ids: $parents.customerId)"
    ]


def test_a_list_of_keys_gets_a_list() -> None:
    """`customerIds` leads to all of them, of whom some may be null."""
    batch = reading("getCustomers", listed(named("Customer")), Field("ids", required(listed(LONG))))
    order = thing("Order", Field("customerIds", listed(LONG)))

    assert found(shop=shop(order=order), crm=crm(batch)) == [
        "Order.customers: [Customer] crm.getCustomers(ids: $parent.customerIds)"
    ]


def test_what_a_description_says_is_believed() -> None:
    """A field that names a resource leads to its getter, whatever it is called."""
    book = ObjectType("Book", "Book", source="b.Book", fields=(Field("writer", STRING),))
    author = ObjectType("Author", "Author", fields=(Field("name", STRING),))
    get = reading("b.Authors/Get", named("Author"), Field("authorName", STRING))
    remark = Remark("b.Book.writer", "holds the name of an Author, which b.Authors/Get gets as its "
                    "authorName")  # fmt: skip

    assert found(b=replace(catalog(get, types=(book, author)), proposals=(remark,))) == [
        "Book.writerDetails: Author b.b.Authors/Get(authorName: $parent.writer)"
    ]


def test_deprecated_functions_are_a_doubt() -> None:
    """What is not to be called any more is not suggested."""
    assert found(shop=shop(), crm=crm(replace(GET_CUSTOMER, deprecated="slow"))) == []


def test_interfaces_are_extended_as_such() -> None:
    """What an interface has is suggested there, once for all that implement it."""
    paid = InterfaceType("Paid", "Paid", fields=(Field("customerId", LONG),))
    order = thing("Order", Field("customerId", LONG), implements=("Paid",))
    lists = reading("listPaid", listed(named("Paid")))

    (one,) = suggest({"shop": catalog(lists, types=(paid, order)), "crm": crm(GET_CUSTOMER)}, own())

    assert sdl([one]).startswith("extend interface Paid {")


@pytest.mark.parametrize(("of", "count"), [(UUID, 1), (STRING, 1), (LONG, 0), (INT, 0)])
def test_formats_may_be_said_once(of: TypeRef, count: int) -> None:
    """A UUID is a text to who does not say so; a number never is."""
    order = thing("Order", Field("customerId", of))
    get = reading("getCustomer", named("Customer"), Field("customerId", required(UUID)))
    customer = ObjectType("Customer", "Customer", fields=(Field("id", required(UUID)),))

    assert len(found(shop=shop(order=order), crm=crm(get, customer=customer))) == count


@pytest.mark.parametrize("name", ["日本", "2fa", "__", "ids"])
def test_odd_names_harm_nothing(name: str) -> None:
    """Whatever types, functions and fields are called, the others are suggested."""
    odd = ObjectType(name, name, fields=(Field("id", LONG), Field(f"{name}Id", LONG)))
    get = reading(f"get{name}", named(name), Field(f"{name}Id", required(LONG)))
    lists = reading(name, listed(named(name)), Field("customerId", required(LONG)))
    own_odd = catalog(get, lists, types=(odd,))

    assert "Order.customer: Customer crm.getCustomer(id: $parent.customerId)" in found(
        shop=shop(), crm=crm(GET_CUSTOMER), odd=own_odd
    )


def test_suggestions_load_as_they_stand() -> None:
    """What is printed is read again, and none of it is wrong."""
    catalogs = {"shop": shop(LIST), "crm": crm(GET_CUSTOMER)}
    suggested = suggest(catalogs, own())

    read = parsed([("graph.graphql", sdl(suggested))])

    assert len(read) == len(suggested) == 2
    assert suggest(catalogs, own(), Extensions(read)) == ()
