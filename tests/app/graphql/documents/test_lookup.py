"""From what a request says to the text that is run, without a gateway around it."""

import contextlib
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from app.graphql.documents import DocumentError, Documents, Trusted
from app.graphql.documents.lookup import digest
from tests.app.graphql.documents.manifests import HELLO, WORLD, hashed, persisted

Said: TypeAlias = tuple[str | None, dict[str, Any] | None, str | None]
"""Text, extensions and id of a request."""

TRUSTED = (Trusted("one", HELLO, "m.json#/one"), Trusted("two", WORLD, "m.json#/two"))

texts = st.none() | st.sampled_from(["", HELLO, WORLD, "{ other }"]) | st.text()
ids = st.none() | st.sampled_from(["", "one", "two", f"sha256:{hashed(HELLO)}"]) | st.text()
extensions = st.none() | st.dictionaries(
    st.sampled_from(["persistedQuery", "other"]),
    st.none()
    | st.text()
    | st.fixed_dictionaries(
        {
            "version": st.sampled_from([1, 2]),
            "sha256Hash": st.sampled_from([hashed(HELLO), hashed("{ other }"), "one"]) | st.text(),
        }
    ),
)
requests = st.lists(st.tuples(texts, extensions, ids), max_size=6)


@given(requests)
def test_nothing_but_what_is_trusted_comes_out(
    said: list[tuple[str, dict[str, object], str]],
) -> None:
    """Whatever requests say, one after the other: an empty text, or a trusted one."""
    documents = Documents(TRUSTED, only=True)

    found = set()
    for one in said:
        with contextlib.suppress(DocumentError):
            found.add(documents.text(*one))

    assert found <= {"", HELLO, WORLD}


@given(requests)
def test_a_hash_leads_to_its_text_or_nowhere(
    said: list[tuple[str, dict[str, object], str]],
) -> None:
    """Nothing that was said before puts another text in its place."""
    documents = Documents()
    for one in said:
        with contextlib.suppress(DocumentError):
            documents.text(*one)

    for text in ("{ other }", HELLO):
        with contextlib.suppress(DocumentError):
            assert documents.text(None, persisted(hashed(text)), None) == text


@given(st.text(st.characters(codec=None), min_size=1))
def test_any_text_can_be_remembered(text: str) -> None:
    """Also one that UTF-8 cannot say."""
    documents = Documents()
    extensions = persisted(digest(text))

    documents.text(text, extensions, None)

    assert documents.text(None, extensions, None) == text


def test_names_are_counted() -> None:
    """Those that led to a text, those that did not, and texts that were refused."""
    documents = Documents(TRUSTED, only=True)

    documents.text(None, None, "one")
    for said in ((None, None, "three"), ("{ other }", None, None)):
        with contextlib.suppress(DocumentError):
            documents.text(*said)

    assert (documents.hits, documents.misses, documents.refused) == (1, 1, 1)


def test_a_remembered_text_is_one_object() -> None:
    """So that what is prepared for it is found without reading it again."""
    documents = Documents()
    documents.text("".join(HELLO), persisted(hashed(HELLO)), None)

    first = documents.text(None, persisted(hashed(HELLO)), None)

    assert documents.text(None, persisted(hashed(HELLO)), None) is first
