"""SOAP backends nobody here wrote: node-soap, PHP's SoapServer, Perl's SOAP::Lite, spyne."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from tests import corpora
from tests.backends.process import LOOPBACK, NODE_HOME, Server, free_port, node, serve

TIMESHEETS = "/timesheets"
"""Where `node_soap` listens; its WSDL is at the same place with `?wsdl`."""

LEDGER = Path(__file__).with_name("soap_ledger.wsdl")

PERL_MISSING = "Perl with SOAP::Lite is not installed (apt-get install libsoap-lite-perl)"
SPYNE_MISSING = "spyne is not installed; it runs on no Python later than 3.11"
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
def node_soap_secure(wsdl: Path, certificate: str = "") -> Iterator[Server]:
    """An operation `GetAccount` at `/bank` that wants WS-Security, and tells how it was proved.

    What is signed has to be so by that certificate.
    """
    port = free_port()
    command = node(NODE_HOME / "soap_secure.js", str(wsdl), str(port), certificate)
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


@contextmanager
def php_types() -> Iterator[Server]:
    """An operation `Echo` that gives back what PHP understood, by `soap_types.wsdl`."""
    port = free_port()
    script = Path(__file__).with_name("soap_types.php")
    with serve([_php(), "-S", f"{LOOPBACK}:{port}", str(script)], port=port) as server:
        yield server


@contextmanager
def php_ledger() -> Iterator[Server]:
    """A ledger by `soap_ledger.wsdl`, whose messages are encoded."""
    port = free_port()
    script = Path(__file__).with_name("soap_ledger.php")
    with serve([_php(), "-S", f"{LOOPBACK}:{port}", str(script)], port=port) as server:
        yield server


@contextmanager
def node_ledger() -> Iterator[Server]:
    """The same ledger at `/ledger`; node-soap encodes nothing, and decodes no arrays."""
    port = free_port()
    command = node(NODE_HOME / "soap_ledger.js", str(LEDGER), str(port))
    with serve(command, port=port, cwd=NODE_HOME) as server:
        yield server


@contextmanager
def perl_ledger() -> Iterator[Server]:
    """The same ledger, by a server that goes by what messages say of their types."""
    port = free_port()
    script = Path(__file__).with_name("soap_ledger.pl")
    with serve([_perl(), str(script), str(port)], port=port) as server:
        yield server


@contextmanager
def spyne_depot() -> Iterator[Server]:
    """A depot at `/11` and `/12` by the WSDL that spyne writes, for each version of SOAP."""
    if find_spec("spyne") is None:
        _lacks(SPYNE_MISSING, excused=sys.version_info >= (3, 12))
    port = free_port()
    script = Path(__file__).with_name("soap_depot.py")
    with serve([sys.executable, str(script), str(port)], port=port) as server:
        yield server


def _perl() -> str:
    """The Perl there is, if it has SOAP::Lite; as for PHP."""
    perl = shutil.which("perl")
    if perl is None or not _has_soap_lite(perl):
        _lacks(PERL_MISSING)
    return perl


def _has_soap_lite(perl: str) -> bool:
    command = [perl, "-MSOAP::Transport::HTTP", "-e", "1"]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0  # noqa: S603 - found on PATH


def _php() -> str:
    """The PHP there is; without one the tests that need it are skipped, and in CI fail."""
    php = shutil.which("php")
    if php is None or b"soap" not in _modules(php):
        _lacks(PHP_MISSING)
    return php


def _lacks(reason: str, *, excused: bool = False) -> NoReturn:
    """Skip the test, or have it fail in CI, where nothing may lack unless it is excused."""
    if os.environ.get("CI") == "true" and not excused:
        pytest.fail(reason)
    pytest.skip(reason)


def _modules(php: str) -> bytes:
    listed = subprocess.run([php, "-m"], capture_output=True, check=True, timeout=20)  # noqa: S603 - found on PATH
    return listed.stdout
