"""Every way a call can fail has one face."""

import pytest

from app.faces import face
from upstreams import errors
from upstreams.errors import CallError

LEAVES = [
    cls
    for cls in vars(errors).values()
    if isinstance(cls, type) and issubclass(cls, CallError) and not cls.__subclasses__()
]


@pytest.mark.parametrize("cls", LEAVES)
def test_every_leaf_of_the_tree_has_a_face(cls: type[CallError]) -> None:
    """A code of the model and an HTTP status of the right class."""
    shown = face(cls("what went wrong"))

    assert shown.code == cls.code
    assert shown.status == 400 if cls is errors.BadInput else shown.status in (502, 504)


def test_codes_are_told_apart() -> None:
    """No two leaves share a code."""
    assert len({cls.code for cls in LEAVES}) == len(LEAVES)
