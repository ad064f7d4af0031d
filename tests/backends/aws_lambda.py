"""Lambda backends nobody here wrote: serverless-offline running handlers, and moto's control plane.

serverless-offline invokes real handlers in Node and Python (`node/lambda/`) but lists no functions;
moto lists functions, and invokes none without Docker.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.backends.process import LOOPBACK, NODE_HOME, Server, free_port, node, node_package, serve

REGION = "eu-west-1"

HANDLERS: Path = NODE_HOME / "lambda"

KEYS: Mapping[str, str] = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
"""An environment with credentials that mean nothing anywhere."""

_QUIET = {
    "SLS_TELEMETRY_DISABLED": "1",
    "SLS_NOTIFICATIONS_MODE": "off",
    "SLS_TRACKING_DISABLED": "1",
    "CI": "1",
}


@contextmanager
def serverless_offline() -> Iterator[Server]:
    """The Invoke API over the functions of `node/lambda/serverless.yml`."""
    port = free_port()
    ports = {"--lambdaPort": port, "--httpPort": free_port(), "--websocketPort": free_port()}
    command = node(
        node_package("serverless", "serverless"),
        *("offline", "start", "--host", LOOPBACK),
        *(word for option, number in ports.items() for word in (option, str(number))),
    )
    # Python handlers are run by the Python that runs the tests.
    env = {**KEYS, **_QUIET, "VIRTUAL_ENV": sys.prefix}
    with serve(command, port=port, env=env, cwd=HANDLERS, patience=90) as server:
        yield server


@contextmanager
def moto() -> Iterator[Server]:
    """An AWS with no functions yet; create them through any AWS client."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
    with serve(
        command, port=port, env={**KEYS, "MOTO_CALL_RESET_API": "false"}, patience=60
    ) as server:
        yield server
