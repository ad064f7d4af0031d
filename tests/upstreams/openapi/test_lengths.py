"""How many objects the lists of answers may have, as descriptions say it."""

from typing import Any

import pytest

from tests.upstreams.openapi.test_paging import ITEM, ITEMS, TEXT, WHOLE, an_object, document, read
from upstreams.model import Listing
from upstreams.openapi.model import Pages

LONG = {**ITEMS, "maxItems": 5000}
SIZED = {**WHOLE, "default": 20, "maximum": 2000}


def lists(answer: Any, parameters: Any = None, **pages: Pages) -> tuple[Listing, ...]:
    """What is known of the lists of a function that answers so."""
    return read(document(answer, parameters or {}), pages).functions[0].lists


@pytest.mark.parametrize(
    "answer",
    [LONG, an_object(found=LONG, total=WHOLE), an_object(names={**LONG, "items": TEXT}, it=LONG)],
)
def test_the_answer_or_a_field_of_it(answer: Any) -> None:
    """`maxItems` of a list of objects; of a list of texts nothing can be joined."""
    (found,) = lists(answer)

    assert found.most == 5000


@pytest.mark.parametrize("pages", [{}, {"it": Pages()}])
def test_a_list_in_pages_is_as_long_as_the_largest_page(pages: dict[str, Pages]) -> None:
    """Whether it is shown as a connection or not."""
    (found,) = lists(ITEMS, {"offset": WHOLE, "limit": SIZED}, **pages)

    assert found.most == 2000


@pytest.mark.parametrize(
    "answer", [ITEMS, ITEM, an_object(found=ITEMS), {**ITEMS, "maxItems": "many"}, WHOLE]
)
def test_where_nothing_is_said_nothing_is_known(answer: Any) -> None:
    """Nor where what is said is no number."""
    assert lists(answer) == ()


def test_the_key_is_that_of_the_type() -> None:
    """By which the catalog has it."""
    catalog = read(document(LONG, {}), {})

    (found,) = catalog.functions[0].lists
    assert found.of in {one.key for one in catalog.types}
