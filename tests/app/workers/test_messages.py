"""Findings on their way between two processes."""

import datetime

import msgspec

from app.config import Upstream
from app.discovery import Finding
from app.status import State
from app.workers.messages import findings, told
from upstreams.openapi.model import OpenApiCatalog, Settings, Wire

UPSTREAM = Upstream("a", "openapi", Settings(openapi="x"))
CATALOG = OpenApiCatalog("openapi", (), (), Wire(), title="shop")
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def through(finding: Finding, *, known: OpenApiCatalog | None) -> Finding:
    """The finding as one reads it who knew that catalog."""
    (heard,) = findings(told([finding], {"a": known}), {"a": UPSTREAM}, {"a": known})
    return heard


def test_a_new_catalog_goes_along() -> None:
    """Whole, with all that is known of its upstream."""
    finding = Finding(UPSTREAM, State.STORED, CATALOG, NOW, "down", "http://place")

    assert through(finding, known=None) == finding


def test_a_known_catalog_stays_where_it_is() -> None:
    """The reader keeps its own."""
    finding = Finding(UPSTREAM, State.READY, msgspec.structs.replace(CATALOG), NOW)

    assert through(finding, known=CATALOG).catalog is CATALOG


def test_no_catalog_is_none() -> None:
    """Also for who knew one."""
    finding = Finding(UPSTREAM, State.UNAVAILABLE, problem="not discovered yet")

    assert through(finding, known=CATALOG) == finding


def test_half_a_character_is_told_as_clients_are_shown_it() -> None:
    """The rest of the catalog is as it was."""
    odd = msgspec.structs.replace(CATALOG, title="half \ud83d")

    heard = through(Finding(UPSTREAM, State.READY, odd, NOW), known=None)

    assert heard.catalog == msgspec.structs.replace(CATALOG, title="half \ufffd")
