"""What is kept of a request's parameters: its text, and beside it what names a document."""

from typing import Any

import pytest
from cross_web import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from app.graphql.documents import Named, named
from tests.app.graphql.documents.manifests import HELLO, persisted

values = st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.none())
parameters = st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "id"]) | st.text(), values
)


@given(parameters)
def test_a_request_that_names_nothing_stays_what_it_is(request: dict[str, Any]) -> None:
    """Whatever else it says, wrong things too: those are refused elsewhere."""
    said = {
        name: value
        for name, value in request.items()
        if name not in ("documentId", "doc_id", "extensions")
    }

    assert named(said) is said


@given(parameters, st.text())
def test_only_the_text_changes(request: dict[str, Any], document_id: str) -> None:
    """And that only by what stands beside it."""
    said = {**request, "documentId": document_id}

    told = named(said)

    assert {**told, "query": None} == {**said, "query": None}
    assert (told.get("query") or "") == (said.get("query") or "")


def test_everything_that_names_is_kept() -> None:
    """The id and the extensions, beside the text."""
    text = named({"query": HELLO, "doc_id": "one", "extensions": persisted("two")})["query"]

    assert isinstance(text, Named)
    assert (str(text), text.document_id, text.extensions) == (HELLO, "one", persisted("two"))


def test_an_id_that_is_no_text_is_refused() -> None:
    """With the parameters that want one."""
    with pytest.raises(HTTPException, match="documentId and doc_id must be texts"):
        named({"documentId": 7})
