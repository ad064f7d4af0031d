"""Splice as the harness starts it: a process on one core, over the same fixtures as the peers."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import corpora
from tests.backends.process import free_port

HERE = Path(__file__).parent
CONFIG = HERE / "splice.yaml"
SHARED = HERE / "splice-shared.yaml"
"""The same, with equal reads that are under way made one."""

VARIANTS: Mapping[str, tuple[Path, Mapping[str, str]]] = {
    "splice": (CONFIG, {}),
    "splice-exact": (CONFIG, {"SPLICE_EXACT": "1"}),
    "splice-shared": (SHARED, {}),
}
"""The ways in which Splice takes part: the configuration and the environment of each."""

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
    return {name: _peer(*told) for name, told in VARIANTS.items()}


def _peer(config: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    port = free_port()
    return {
        "argv": [sys.executable, "-m", "app", "serve", str(config), "--port", str(port)],
        "cwd": str(corpora.ROOT),
        "env": environment,
        "port": port,
        "graphql": "/graphql",
        "queries": QUERIES,
        "gets": GETS,
    }
