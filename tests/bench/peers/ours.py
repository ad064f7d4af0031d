"""Splice as the harness starts it: a process on one core, over the same fixtures as the peers."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import corpora
from tests.backends.process import free_port

CONFIG = Path(__file__).parent / "splice.yaml"

VARIANTS: Mapping[str, Mapping[str, str]] = {
    "splice": {},
    "splice-exact": {"SPLICE_EXACT": "1"},
}
"""The ways in which Splice takes part, and the environment of each."""

QUERIES: Mapping[str, str] = {
    "Q1": "{ posts { id userId title user { id name username email phone website } } }",
    "Q2": "{ posts { title } }",
    "Q3": "{ post(id:1){id title} }",
    "Q4": '{ sayHello(input:{name:"bob"}) { message length } }',
    "Q5": "{ add(input:{a:1,b:2}) }",
}
GETS: Mapping[str, str] = {"Q6": "/rest/posts/1", "Q6L": "/rest/posts"}


def variants() -> dict[str, Any]:
    """Every variant, as the harness reads further peers (`EXTRA_PEERS`)."""
    return {name: _peer(environment) for name, environment in VARIANTS.items()}


def _peer(environment: Mapping[str, str]) -> dict[str, Any]:
    port = free_port()
    return {
        "argv": [sys.executable, "-m", "app", "serve", str(CONFIG), "--port", str(port)],
        "cwd": str(corpora.ROOT),
        "env": environment,
        "port": port,
        "graphql": "/graphql",
        "queries": QUERIES,
        "gets": GETS,
    }
