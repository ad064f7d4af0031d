"""Functions that answer for many keys in one call."""

from typing import Any

import pytest

from tests import corpora
from tests.upstreams.openapi.lines import described
from upstreams.json_schema import Documents
from upstreams.model import Batch, Effect, Function, Remark
from upstreams.openapi.model import Binding
from upstreams.openapi.translate import parse, translate

TEXT = {"type": "string"}
WHOLE = {"type": "integer", "format": "int32"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _list(of: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": of, **more}


USERS = _list(_object(id=TEXT, teamId=TEXT, name=TEXT))


def _operation(answer: Any, parameters: dict[str, Any], body: Any = None) -> dict[str, Any]:
    content = {"application/json": {"schema": answer}}
    operation: dict[str, Any] = {
        "operationId": "it",
        "parameters": [
            {"name": name, "in": "query", "schema": schema} for name, schema in parameters.items()
        ],
        "responses": {"200": {"description": "", "content": content}},
    }
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def function(path: str, method: str, operation: Any) -> Function[Binding]:
    (found,) = described({"openapi": "3.0.3", "paths": {path: {method: operation}}}).functions
    return found


def filtered(
    parameters: dict[str, Any], path: str = "/v1/users", answer: Any = USERS
) -> Batch | None:
    """The batch of a GET with these parameters."""
    return function(path, "get", _operation(answer, parameters)).batch


def test_a_list_filter() -> None:
    """A list is filtered by the ids of its items."""
    assert filtered({"ids": _list(TEXT), "page": WHOLE}) == Batch(("ids",), "id")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("id", "id"),
        ("ids", "id"),
        ("ids[]", "id"),
        ("userIds", "id"),
        ("user_ids", "id"),
        ("userIDs", "id"),
        ("team_ids", "teamId"),
        ("teamIds", "teamId"),
    ],
)
def test_names_of_filters(name: str, key: str) -> None:
    """A filter is called for the items' own ids, or for another of their fields."""
    assert filtered({name: _list(TEXT)}) == Batch((name,), key)


@pytest.mark.parametrize(
    ("path", "item", "key"),
    [
        ("/users", _object(userId=TEXT, name=TEXT), "userId"),
        ("/user-groups", _object(user_group_id=TEXT), "user_group_id"),
        ("/Companies", _object(CompanyID=TEXT), "CompanyID"),
        ("/orgs/{org}/users/{kind}", _object(user_id=TEXT), "user_id"),
    ],
)
def test_ids_that_say_whose_they_are(path: str, item: Any, key: str) -> None:
    """The field of an item may be called for what the path is about."""
    assert filtered({"ids": _list(TEXT)}, path, _list(item)) == Batch(("ids",), key)


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        (_object(items=USERS, total=WHOLE), ("items",)),
        (_object(users=USERS, tags=_list(TEXT)), ("users",)),
    ],
)
def test_lists_in_objects(answer: Any, items: tuple[str, ...]) -> None:
    """The list may be the only one of an object, under a name that says what it is."""
    assert filtered({"ids": _list(TEXT)}, answer=answer) == Batch(("ids",), "id", items)


@pytest.mark.parametrize(
    ("answer", "parameters"),
    [
        (USERS, {"ids": TEXT}),
        (USERS, {"ids": _list(WHOLE)}),
        (USERS, {"ids": _list({"type": "string", "enum": ["a"]})}),
        (USERS, {"names": _list(TEXT)}),
        (USERS, {"excludeIds": _list(TEXT)}),
        (USERS, {"teamIds": _list(TEXT), "user_ids": _list(TEXT)}),
        (_list(_object(name=TEXT)), {"ids": _list(TEXT)}),
        (_list(TEXT), {"ids": _list(TEXT)}),
        (_object(id=TEXT, name=TEXT), {"ids": _list(TEXT)}),
        (_object(users=USERS, admins=USERS), {"ids": _list(TEXT)}),
        (_object(warnings=USERS), {"ids": _list(TEXT)}),
    ],
)
def test_what_is_no_filter(answer: Any, parameters: Any) -> None:
    """What may mean something else is no batch."""
    assert filtered(parameters, answer=answer) is None


def test_the_own_ids_among_others() -> None:
    """Of several filters, the one called just `ids` is meant."""
    assert filtered({"teamIds": _list(TEXT), "ids": _list(TEXT)}) == Batch(("ids",), "id")


def test_how_many_keys() -> None:
    """How many keys one call may have is what the description says."""
    found = filtered({"ids": _list(TEXT, maxItems=50)})

    assert found == Batch(("ids",), "id", most=50)


def test_how_many_keys_of_a_swagger_parameter() -> None:
    """In Swagger 2.0 the parameter itself says how many."""
    ids = {"name": "ids", "in": "query", **_list(TEXT, maxItems=5)}
    get = {"parameters": [ids], "responses": {"200": {"description": "", "schema": USERS}}}

    (found,) = described({"swagger": "2.0", "paths": {"/users": {"get": get}}}).functions

    assert found.batch == Batch(("ids",), "id", most=5)


@pytest.mark.parametrize(
    "path",
    [
        "/users:batchGet",
        "/users/batchGet",
        "/users/batch_get",
        "/users/batch-get",
        "/users/batch/get",
        "/users/_mget",
        "/users/bulkGet",
    ],
)
def test_a_batch_get(path: str) -> None:
    """A POST that gets by a list of keys is a read, and that is remarked upon."""
    body = {**_object(ids=_list(TEXT, maxItems=9), view=TEXT), "required": ["ids"]}
    post = _operation(_object(users=USERS), {}, body)

    found = described({"openapi": "3.0.3", "paths": {path: {"post": post}}})

    (one,) = found.functions
    assert one.batch == Batch(("input", "ids"), "id", ("users",), most=9)
    assert one.effect is Effect.READ
    assert Remark(one.source, "a batch get is taken to read, as in AIP-231") in found.assumed


def test_a_batch_get_by_names() -> None:
    """A batch get may be a GET, and its keys may be called otherwise than ids."""
    item = _list(_object(name=TEXT))

    assert filtered({"names": _list(TEXT)}, "/users:batchGet", item) == Batch(("names",), "name")


def test_a_batch_get_of_a_bare_list() -> None:
    """The body may be the list of keys itself."""
    post = _operation(USERS, {}, _list(TEXT, maxItems=3))

    assert function("/users:batchGet", "post", post).batch == Batch(("input",), "id", most=3)


def test_a_batch_get_that_requires_nothing() -> None:
    """A list that is all there is in the body need not be required."""
    post = _operation(USERS, {}, _object(ids=_list(TEXT)))

    assert function("/users:batchGet", "post", post).batch == Batch(("input", "ids"), "id")


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/users:batchDelete", "post", _list(TEXT)),
        ("/users:search", "post", _list(TEXT)),
        ("/users:batchGet", "put", _list(TEXT)),
        ("/users:batchGet", "post", TEXT),
        ("/users:batchGet", "post", _object(ids=_list(TEXT), view=TEXT)),
        (
            "/users:batchGet",
            "post",
            {**_object(ids=_list(TEXT), a=_list(TEXT)), "required": ["ids", "a"]},
        ),
        ("/users:batchGet", "post", {**_object(names=_list(WHOLE)), "required": ["names"]}),
    ],
)
def test_what_is_no_batch_get(path: str, method: str, body: Any) -> None:
    """A function that may do something else writes, as its method says."""
    found = function(path, method, _operation(USERS, {}, body))

    assert (found.batch, found.effect) == (None, Effect.WRITE)


BATCHES = {
    "directory/stripe.com.json": {"GetProducts": Batch(("ids",), "id", ("data",))},
    "directory/xero.com__xero_accounting.json": {
        "getContacts": Batch(("IDs",), "ContactID", ("Contacts",)),
        "getInvoices": Batch(("IDs",), "InvoiceID", ("Invoices",)),
    },
}


@pytest.mark.corpus
@pytest.mark.parametrize("name", BATCHES)
def test_batches_of_real_descriptions(name: str) -> None:
    """Real descriptions have functions that answer for many keys."""
    file = corpora.spec(f"openapi/{name}")

    found = translate(Documents({"": parse(file.read_bytes(), name)}), name)

    assert {one.name: one.batch for one in found.functions if one.batch} == BATCHES[name]
