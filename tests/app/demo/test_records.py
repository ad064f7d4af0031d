"""The records of the four backends fit together."""

from decimal import Decimal

import pytest

from app.demo.records import Records, load


@pytest.fixture(scope="module")
def records() -> Records:
    return load()


def test_orders_belong_to_customers(records: Records) -> None:
    """Every order has a customer the shop knows."""
    customers = {customer.id for customer in records.customers}

    assert {order.customer_id for order in records.orders} <= customers


def test_totals(records: Records) -> None:
    """An order's total is the sum of its lines."""
    for order in records.orders:
        assert order.total == sum(line.unit_price * line.quantity for line in order.lines)


def test_parcels_hold_what_was_ordered(records: Records) -> None:
    """A parcel has nothing that its order does not have."""
    ordered = {
        (order.id, line.sku, line.quantity) for order in records.orders for line in order.lines
    }

    packed = {
        (box.order_id, item.sku, item.quantity) for box in records.parcels for item in box.items
    }

    assert packed <= ordered


def test_parcels_weigh_what_they_hold(records: Records) -> None:
    """A parcel's weight is that of its items."""
    grams = {product.sku: product.weight_grams for product in records.products}

    for parcel in records.parcels:
        weight = sum(grams[item.sku] * item.quantity for item in parcel.items)
        assert parcel.weight_kg == weight / 1000


def test_parcel_status(records: Records) -> None:
    """A parcel's status is that of its last event, and every event is of a parcel there is."""
    last = {event.parcel_id: event.status for event in records.parcel_events}

    assert last == {parcel.id: parcel.status for parcel in records.parcels}


def test_every_customer_has_an_account(records: Records) -> None:
    """The bank knows the shop's customers, each by name."""
    holders = {account.customer_id: account.holder for account in records.accounts}

    assert holders == {customer.id: customer.name for customer in records.customers}


def test_payments_are_of_orders(records: Records) -> None:
    """What was paid for an order is its total, from an account of its customer."""
    owners = {account.iban: account.customer_id for account in records.accounts}
    due = {(order.id, order.customer_id, -order.total) for order in records.orders}

    paid = {(t.order_id, owners[t.iban], t.amount) for t in records.transactions if t.order_id}

    assert paid <= due


def test_nobody_is_in_debt(records: Records) -> None:
    """No balance starts below zero."""
    for account in records.accounts:
        entries = (t.amount for t in records.transactions if t.iban == account.iban)
        assert sum(entries, Decimal(0)) >= 0
