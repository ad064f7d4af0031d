"""Backends described by OpenAPI that nobody here wrote: prism's mock, and a Jupyter server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.backends.process import LOOPBACK, Server, free_port, node, node_package, serve

JUPYTER_TOKEN = "splice-test-token"


@contextmanager
def prism(document: Path) -> Iterator[Server]:
    """Prism answering with the document's examples, and refusing what does not fit it."""
    port = free_port()
    script = node_package("@stoplight/prism-cli", "prism")
    command = node(script, "mock", "--host", LOOPBACK, "--port", str(port), str(document))
    with serve(command, port=port) as server:
        yield server


@contextmanager
def jupyter() -> Iterator[Server]:
    """A Jupyter server over an empty folder, its document at `/api/spec.yaml`.

    It wants the header `Authorization: token <JUPYTER_TOKEN>`.
    """
    port = free_port()
    with TemporaryDirectory(prefix="splice-jupyter-") as home:
        command = [
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
            f"--ServerApp.ip={LOOPBACK}",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={home}",
            f"--IdentityProvider.token={JUPYTER_TOKEN}",
        ]
        env = {"HOME": home, "JUPYTER_PLATFORM_DIRS": "1", "JUPYTER_NO_CONFIG": "1"}
        with serve(command, port=port, env=env, cwd=Path(home)) as server:
            yield server
