"""Names that had to change, each with its reason."""

from schema.build import build
from schema.renamed import renamed
from tests.schema.catalogs import STRING, catalog, named, reading
from upstreams.model import Field, InputType, ObjectType

ODD = ObjectType(
    "odd",
    "order line",
    fields=(
        Field("plain", STRING),
        Field("order-id", STRING),
        Field("__x", STRING),
        Field("a-b", STRING),
        Field("a_b", STRING),
    ),
)
QUERY = ObjectType("Query", "Query", fields=(Field("id", STRING),))
INPUT = InputType("in", "Order", fields=(Field("id", STRING),))


def test_every_changed_name_has_its_reason() -> None:
    """Taken, reserved, or not allowed; what only follows the rules is not among them."""
    _, merged = build(
        {
            "shop": catalog(
                reading("find-order", named("odd"), Field("input", named("in"))),
                reading("other", named("Query"), Field("2nd", STRING)),
                types=(ODD, QUERY, INPUT),
            )
        }
    )

    reasons = {one.at: one.reason for one in renamed(merged, "shop")}

    assert reasons.pop("OrderLine.a_b_" + next(at for at in reasons if "a_b_" in at)[-6:]) == (
        "called 'a-b'; a_b is taken"
    )
    assert reasons == {
        "OrderLine.order_id": "called 'order-id', which GraphQL does not allow as a name",
        "OrderLine._x": "called '__x'; GraphQL keeps names that begin with __ for itself",
        "Query.other._2nd": "called '2nd', which GraphQL does not allow as a name",
        "ShopQuery": "called 'Query'; Query is taken",
    }
