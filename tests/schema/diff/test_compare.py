"""Changes together with functions behind them, and with what trusted documents ask for."""

import msgspec
import pytest
from graphql import build_schema

from schema.build import Extensions, build
from schema.diff import Change, Severity, Side, compare, uses
from schema.extend.parse import parsed
from schema.lock.model import Lock, Place, Space
from tests.schema.catalogs import INT, STRING, catalog, named, reading, writing
from upstreams.model import Catalog, Field, Function, InputType, ObjectType, Required, Skipped

BREAKING, DANGEROUS, SAFE = Severity


def side(lock: Lock | None = None, /, **catalogs: Catalog) -> Side:
    """The schema over those catalogs."""
    return Side(*build(catalogs, lock=lock or Lock()))


def bound(function: Function, **binding: str) -> Function:
    """The same function, called that way."""
    return msgspec.structs.replace(function, binding=binding)


def only(changes: tuple[Change, ...], severity: Severity) -> list[Change]:
    return [one for one in changes if one.severity is severity]


ASK = reading("ask", STRING)


def test_a_function_that_writes_now_is_told_with_its_new_place() -> None:
    """Its field is gone from Query, which breaks clients."""
    old, new = (
        side(a=catalog(ASK, reading("b", INT))),
        side(a=catalog(writing("ask", STRING), reading("b", INT))),
    )

    (change,) = only(compare(old, new), BREAKING)

    assert change.at == "Query.ask"
    assert "a.ask writes now, and is Mutation.ask" in change.reason


def test_a_function_that_is_left_out_is_told_with_the_reason() -> None:
    """Whoever reads it need not look for it in the description."""
    more = reading("b", INT)
    without = msgspec.structs.replace(catalog(more), skipped=(Skipped("ask", "its body is ISO"),))

    (change,) = only(compare(side(a=catalog(ASK, more)), side(a=without)), BREAKING)

    assert "left out, as its body is ISO" in change.reason


def test_another_way_to_the_same_function_is_safe() -> None:
    """Clients see no difference; what differs is told."""
    old = side(a=catalog(bound(ASK, method="GET", path="/v1/ask")))
    new = side(a=catalog(bound(ASK, method="GET", path="/v2/ask")))

    (change,) = compare(old, new)

    assert (change.severity, change.at) == (SAFE, "a.ask")
    assert (change.was, change.now) == ("path: /v1/ask", "path: /v2/ask")


def test_another_function_under_the_same_name_is_dangerous() -> None:
    """Nothing shows in the schema."""
    old, new = side(a=catalog(ASK)), side(b=catalog(ASK))

    (change,) = only(compare(old, new), DANGEROUS)

    assert (change.at, change.was, change.now) == ("Query.ask", "a.ask", "b.ask")


def test_another_address_is_safe() -> None:
    """It is told with both."""
    old, new = side(a=catalog(ASK)), side(a=catalog(ASK))
    before = Side(old.schema, old.merged, {"a": "http://one.test"})

    (change,) = compare(before, Side(new.schema, new.merged, {"a": "http://two.test"}))

    assert (change.at, change.was, change.now) == ("a", "http://one.test", "http://two.test")


def test_an_upstream_before_breaks_nothing_with_a_lock() -> None:
    """Without one, the names it takes are another function's."""
    lock = Lock({Place("b", Space.QUERY, "ask"): "ask"})
    other = reading("ask", INT)

    with_lock = compare(side(lock, b=catalog(ASK)), side(lock, a=catalog(other), b=catalog(ASK)))
    without = compare(side(b=catalog(ASK)), side(a=catalog(other), b=catalog(ASK)))

    assert {one.severity for one in with_lock} == {SAFE}
    assert only(without, BREAKING)


def test_a_join_that_cannot_work_any_more_breaks() -> None:
    """Its field stays in the schema, and would answer with an error."""
    users = reading("getUser", named("User"), Field("id", STRING))
    user = ObjectType("User", "User", fields=(Field("id", STRING), Field("boss", STRING)))
    text = (
        'extend type User { chief: User @call(function: "a.getUser", args: {id: "$parent.boss"}) }'
    )
    extensions = Extensions(parsed([("graph.graphql", text)]))
    poor = ObjectType("User", "User", fields=(Field("id", STRING),))
    old = Side(*build({"a": catalog(users, types=(user,))}, extensions=extensions))
    new = Side(*build({"a": catalog(users, types=(poor,))}, extensions=extensions))

    found = [one for one in compare(old, new) if one.at.startswith("graph.graphql")]

    assert [one.severity for one in found] == [BREAKING]
    assert "the join cannot work any more" in found[0].reason


OLD = """
type Query { node: Node order(id: ID, input: In): Order spare: Int any: Any }
interface Node { id: ID! }
type Order implements Node { id: ID! total: Int state: State }
type Odd { x: Int }
union Any = Order | Odd
enum State { OPEN DONE }
input In { a: Int deep: Deep }
input Deep { b: Int state: State }
"""

MET = {
    "{ order { total } }": ("total: Int ", "", "Order.total"),
    "{ order(id: 1) { total } }": ("order(id: ID, ", "order(", "Query.order(id:)"),
    "{ order { state } }": ("OPEN DONE", "OPEN", "State.DONE"),
    "{ node { id } }": ("{ id: ID! total", "{ id: ID total", "Order.id"),
    "query ($i: In) { order(input: $i) { id } }": ("{ b: Int ", "{ ", "Deep.b"),
    "query ($i: In) { order(input: $i) { __typename } }": ("OPEN DONE", "OPEN", "State.DONE"),
    "{ any { __typename } }": ("Order | Odd", "Order", "Any"),
    "{ any { ... on Odd { x } } }": ("type Odd { x: Int }", "type Odd { x: String }", "Odd.x"),
    "{ any { ...o } } fragment o on Odd { x }": ("{ x: Int }", "{ x: String }", "Odd.x"),
    "{ order { id @include(if: true) } }": (
        "order(id: ID, input: In): Order",
        "order(id: ID, input: In, must: Int!): Order",
        "Query.order(must:)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("document", MET)
def test_what_a_document_meets_stays_breaking(document: str) -> None:
    """Fields, arguments, values, what variables may hold: whatever it may notice."""
    old, new, at = MET[document]
    before = build_schema(OLD)
    after = Side(build_schema(OLD.replace(old, new), assume_valid=True))

    changes = compare(Side(before), after, uses([document], before), only=True)

    (change,) = [one for one in changes if one.at == at]
    assert (change.severity, change.used) == (BREAKING, True)


@pytest.mark.parametrize(("runs_only", "severity"), [(True, DANGEROUS), (False, BREAKING)])
def test_what_no_document_meets_breaks_nobody_where_only_they_run(
    runs_only: bool,  # noqa: FBT001 - a parameter of the test
    severity: Severity,
) -> None:
    """It is told in any case."""
    old, new = build_schema(OLD), build_schema(OLD.replace("spare: Int ", ""))

    changes = compare(Side(old), Side(new), uses(["{ node { id } }"], old), only=runs_only)

    (change,) = changes
    assert (change.severity, change.used) == (severity, False)
    assert "no trusted document uses it" in change.reason


SORT = Field("sort", STRING)
NESTED = {
    "it may be given": ((SORT,), (SORT, Field("size", INT)), DANGEROUS, "size", "new"),
    "it must be given": ((SORT,), (SORT, Field("size", Required(INT))), BREAKING, "size", "given"),
    "it is gone": ((SORT,), (), BREAKING, "sort", "gone"),
    "it takes less": ((SORT,), (Field("sort", Required(STRING)),), BREAKING, "sort", "another"),
    "it takes more": ((Field("sort", Required(STRING)),), (SORT,), SAFE, "sort", "allows"),
}  # fmt: skip
UNTOUCHED = "{ ask { total } }"


def ordering(*arguments: Field) -> Side:
    """An order whose lines are asked for with those arguments."""
    lines = Field("lines", STRING, arguments=arguments)
    order = ObjectType("Order", "Order", fields=(lines, Field("total", INT)))
    return side(a=catalog(reading("ask", named("Order")), types=(order,)))


@pytest.mark.parametrize("case", NESTED)
def test_arguments_below_the_root_are_compared_as_those_at_it(case: str) -> None:
    """With their places; where only trusted documents run, by what those say."""
    before, after, severity, name, reason = NESTED[case]
    old, new = ordering(*before), ordering(*after)
    met = uses(['{ ask { lines(sort: "a") } }'], old.schema)

    (change,) = compare(old, new)
    (used,) = compare(old, new, met, only=True)
    (unused,) = compare(old, new, uses([UNTOUCHED], old.schema), only=True)

    assert (change.severity, change.at) == (severity, f"Order.lines({name}:)")
    assert reason in change.reason
    assert used.severity is severity
    assert unused.severity is (DANGEROUS if severity is BREAKING else severity)


def test_the_most_serious_comes_first() -> None:
    """Then by place."""
    old, new = (
        side(a=catalog(ASK, reading("b", INT))),
        side(a=catalog(reading("b", STRING), reading("c", INT))),
    )

    changes = compare(old, new)

    assert [(one.severity, one.at) for one in changes] == [
        (BREAKING, "Query.ask"),
        (BREAKING, "Query.b"),
        (SAFE, "Query.c"),
    ]


def test_input_types_that_no_document_gives_break_nobody() -> None:
    """A field of an input that must be given meets who may give such an input."""
    taking = reading("ask", STRING, Field("input", named("In")))
    poor = InputType("In", "In", fields=(Field("a", INT),))
    old = side(a=catalog(taking, reading("b", INT), types=(poor,)))
    rich = InputType("In", "In", fields=())
    new = side(a=catalog(taking, reading("b", INT), types=(rich,)))

    met = uses(["{ b }"], old.schema)

    assert only(compare(old, new, met, only=True), BREAKING) == []
    assert [one.at for one in only(compare(old, new), BREAKING)] == ["InInput.a"]
