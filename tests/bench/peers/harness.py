"""The harness beside the repository: setting the peers up, starting fixtures, measuring a peer."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import corpora
from tests.bench.peers import ours

GRAPHQL = ("Q1", "Q2", "Q3", "Q4", "Q5")
PASS_THROUGH = ("Q6", "Q6L")

PEERS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(ours.VARIANTS, (*GRAPHQL, *PASS_THROUGH)),
    "tailcall": ("Q1", "Q2", "Q3"),
    "tailcall-dedupe": ("Q1", "Q2", "Q3"),
    "hive": GRAPHQL,
    "hive-jit": GRAPHQL,
    "hive-rust-planner": GRAPHQL,
    "apollo": ("Q1", "Q2", "Q3", "Q4"),
    "mercurius": ("Q1", "Q2", "Q3"),
    "strawberry": GRAPHQL,
    "pycore": ("Q1", "Q2", "Q3", *PASS_THROUGH),
    **dict.fromkeys(("envoy", "nginx", "caddy", "haproxy", "traefik", "node-proxy"), PASS_THROUGH),
}
"""What each peer can be asked."""

_PARTS = (
    "run/tailcall",
    "mesh/node_modules/.bin/hive-gateway",
    "apollo/node_modules/mercurius",
    "py/bin/envoy",
    "grpcsrv/grpc_fixture",
)
"""What is there once everything is set up."""


@dataclass(frozen=True, slots=True)
class Load:
    """How each query is asked: how often, and for how many seconds each time."""

    runs: int = 3
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Harness:
    """The harness, at work in one folder, to which it installs the peers."""

    folder: Path

    @property
    def is_set_up(self) -> bool:
        """Whether every peer is installed and the fixtures are built."""
        return all((self.folder / part).exists() for part in _PARTS)

    def set_up(self) -> None:
        """Install the peers and build the fixtures: minutes, as root, with the registries."""
        self._step("setup")

    @contextmanager
    def fixtures(self) -> Iterator[None]:
        """The backends that all peers have, running until the block ends."""
        self._step("up")
        try:
            yield
        finally:
            self._step("down")

    def measure(
        self, peer: str, queries: Sequence[str], load: Load, results: Path
    ) -> Iterator[str]:
        """Ask one peer; records are appended to `results`. Gives what the harness says meanwhile.

        Lines that are no JSON say what went wrong.
        """
        splice = self.folder / "splice.json"
        splice.write_text(json.dumps(ours.variants()))
        command = [
            *(sys.executable, str(corpora.BENCH / "bench.py"), str(results)),
            *("--peers", peer, "--queries", ",".join(queries), "--runs", str(load.runs)),
            *("--secs", str(load.seconds), "--secs1", str(load.seconds)),
        ]
        with subprocess.Popen(  # noqa: S603 - the harness's own program
            command,
            env={**self._environment, "EXTRA_PEERS": str(splice)},
            stdout=subprocess.PIPE,
            text=True,
        ) as measuring:
            assert measuring.stdout is not None
            yield from (line.rstrip() for line in measuring.stdout)
        if measuring.returncode:
            yield f"ERROR the harness ended with {measuring.returncode} at {peer}"

    def log(self, peer: str) -> Path:
        """What the peer printed itself, when it was last started."""
        return self.folder / "logs" / f"bench-{peer}.log"

    def _step(self, name: str) -> None:
        command = ["bash", str(corpora.BENCH / "run_all.sh")]
        subprocess.run(  # noqa: S603 - the harness's own script
            command, env={**self._environment, "STEP": name}, check=True, stdout=sys.stderr
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PEERS_DIR": str(self.folder)}
