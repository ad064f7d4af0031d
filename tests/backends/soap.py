"""SOAP backends nobody here wrote: node-soap, and PHP's SoapServer."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import corpora
from tests.backends.process import LOOPBACK, NODE_HOME, Server, free_port, node, serve

TIMESHEETS = "/timesheets"
"""Where `node_soap` listens; its WSDL is at the same place with `?wsdl`."""

PHP_MISSING = "PHP with its SOAP extension is not installed (apt-get install php-cli php-soap)"


@contextmanager
def node_soap() -> Iterator[Server]:
    """Timesheets, by one of node-soap's own WSDLs."""
    port = free_port()
    wsdl = corpora.spec("wsdl/node-soap/list_parameter.wsdl")
    command = node(NODE_HOME / "soap_server.js", str(wsdl), str(port))
    with serve(command, port=port, cwd=NODE_HOME) as server:
        yield server


@contextmanager
def php_soap() -> Iterator[Server]:
    """Stock quotes, by one of zeep's own WSDLs; served at `/`, the WSDL at `/?wsdl`."""
    port = free_port()
    wsdl = corpora.spec("wsdl/zeep/soap.wsdl")
    script = Path(__file__).with_name("soap_server.php")
    command = [_php(), "-S", f"{LOOPBACK}:{port}", str(script)]
    with serve(command, port=port, env={"WSDL": str(wsdl)}) as server:
        yield server


def _php() -> str:
    """The PHP there is; without one the tests that need it are skipped, and in CI fail."""
    php = shutil.which("php")
    if php is not None and b"soap" in _modules(php):
        return php
    if os.environ.get("CI") == "true":
        pytest.fail(PHP_MISSING)
    pytest.skip(PHP_MISSING)


def _modules(php: str) -> bytes:
    listed = subprocess.run([php, "-m"], capture_output=True, check=True, timeout=20)  # noqa: S603 - found on PATH
    return listed.stdout
