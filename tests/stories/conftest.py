"""Every story is told twice: its operations run by plans, and by graphql-core alone."""

from collections.abc import Mapping

import pytest

from app.graphql.schema import EXACT

PATHS = ("planned", "exact")
ONCE: Mapping[str, str] = {
    "test_demo_in_a_browser": "what the page shows does not depend on it, and a browser takes long",
    "test_federation": "what a router asks of a subgraph has no plan, and a router starts slowly",
    "test_long_streams": "subscriptions have no plan",
    "test_a_broken_description_takes_only_its_upstream": "it asks for what only one path has",
    "test_a_url_that_does_not_describe": "it asks for what only one path has",
    "test_a_reflection_service_that_hangs": "it asks for what only one path has",
    "test_every_event_of_a_stream_is_joined_in_the_demo": "subscriptions have no plan",
    "test_discovery_of_all_six_maps_every_function": "nothing is asked",
    "test_the_calls_that_arrive": "graphql-core asks for the keys of each answer as it comes",
}
"""Modules and tests that are told once, and why: `_gateway` is nothing that a plan could ask."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both paths, where there are two."""
    names = (metafunc.module.__name__.rpartition(".")[2], metafunc.function.__name__)
    if not any(name in ONCE for name in names):
        metafunc.parametrize("taken_path", PATHS, indirect=True)


@pytest.fixture(autouse=True)
def taken_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path that gateways take, those in processes of their own too."""
    if getattr(request, "param", PATHS[0]) == "exact":
        monkeypatch.setenv(EXACT, "1")
    else:
        monkeypatch.delenv(EXACT, raising=False)
