"""What composition that nobody here wrote makes of several subgraphs of ours."""

import pytest

from schema.federation.sdl import subgraph_sdl
from schema.shaping.showing import Showing
from tests.backends.federation import composed
from tests.schema.federation.subgraphs import built
from tests.schema.federation.test_sdl import THINGS

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]


def sdl(prefix: str) -> str:
    """Of a gateway whose own names begin so, and that has an entity as the others have it."""
    showings = {"shop": Showing(prefix=prefix), "crm": Showing(prefix=f"{prefix}Crm")}
    return subgraph_sdl(built("shareable: '*CrmPage'", shop=THINGS, showings=showings))


def test_two_gateways_are_composed() -> None:
    """Neither what both say of themselves nor what both make alike is in the way."""
    said = composed(east=("http://east", sdl("east")), west=("http://west", sdl("west")))

    assert (said["guild"], said["apollo"]) == ([], [])
    assert not [one for one in said["hints"] if one.startswith(("ERROR", "WARN"))]
    assert "type StringEntry" in said["supergraph"]
    assert "_gateway" not in said["supergraph"]


def test_what_is_not_shareable_is_refused_by_composition() -> None:
    """So the settings are what makes it right: the same types twice, shareable or not."""
    plain = subgraph_sdl(built("{}"))
    shared = subgraph_sdl(built("shareable: ['*', 'Mutation.*', 'Query.*']"))

    refused = composed(a=("http://a", plain), b=("http://b", plain))
    taken = composed(a=("http://a", shared), b=("http://b", shared))

    assert refused["guild"]
    assert refused["apollo"]
    assert (taken["guild"], taken["apollo"]) == ([], [])
