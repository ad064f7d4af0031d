"""How often suggestions are right, by what a person made of a sample."""

import pytest

from tests import corpora
from tests.suggestions import judged, suggested


@pytest.mark.corpus
@pytest.mark.timeout(120)
def test_suggestions_of_real_descriptions_are_right() -> None:
    """Nine of ten of those that a person looked at, which are nearly all that are made."""
    corpora.spec("openapi")
    looked_at = {one.suggested: one.right for one in judged()}
    documents = frozenset(one.document for one in looked_at)

    found = set(suggested(documents=documents))

    verdicts = [looked_at[one] for one in found & looked_at.keys()]
    assert len(found) >= 150
    assert len(verdicts) >= 0.95 * len(found)
    assert sum(verdicts) / len(verdicts) >= 0.9
