"""A request as API Gateway sees it: routed, with a stage and a number."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from upstreams.aws_lambda.model import Operation
from upstreams.errors import BadInput
from upstreams.transport import Headers, Request

DEFAULT_STAGE = "$default"
"""The stage that is no part of a path."""

_SEGMENT = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as API Gateway sees it."""

    method: str
    host: str
    path: str
    """Below the stage, percent-encoded."""
    query: str
    """Percent-encoded."""
    parameters: Mapping[str, str]
    """Of the path, percent-encoded."""
    headers: Headers
    body: bytes
    operation: Operation
    id: str
    seconds: float

    @property
    def staged(self) -> str:
        """The path with its stage."""
        stage = self.operation.stage
        return f"/{stage}{self.path}" if stage and stage != DEFAULT_STAGE else self.path

    @property
    def stage(self) -> str:
        """The name of the stage."""
        return self.operation.stage or DEFAULT_STAGE

    @property
    def agent(self) -> str:
        """Who asks, as it calls itself."""
        return next((value for name, value in self.headers if name.lower() == "user-agent"), "")

    @property
    def written(self) -> str:
        """When it came, as in a server's log."""
        return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self.seconds))


def asked(request: Request, operation: Operation, base: str) -> Asked:
    """The request, which is for that operation, below that path. Raises `BadInput`."""
    if not (request.body is None or isinstance(request.body, bytes)):
        raise BadInput("a function behind API Gateway takes no streamed body")
    parts = urlsplit(request.url)
    below = parts.path.removeprefix(base) if parts.path.startswith(f"{base}/") else parts.path
    path, parameters = _routed(below or "/", operation.route)
    added = {"Host": parts.netloc.rpartition("@")[2], "X-Forwarded-Proto": parts.scheme}
    given = {name.lower() for name, _ in request.headers}
    return Asked(
        method=request.method,
        host=parts.hostname or "",
        path=path,
        query=parts.query,
        parameters=parameters,
        headers=(
            *request.headers,
            *(one for one in added.items() if one[0].lower() not in given),
        ),
        body=request.body or b"",
        operation=operation,
        id=str(uuid.uuid4()),
        seconds=time.time(),
    )


def _routed(path: str, route: str) -> tuple[str, Mapping[str, str]]:
    """`/prod/users/7`, `/users/{id}` -> `/users/7` and its parameters.

    Where an operation has a server of its own, something may still stand before its route.
    """
    found = _pattern(route).fullmatch(path)
    if found is None:
        raise BadInput("the path is not of the route that API Gateway has for it")
    names = [name for name, _ in _SEGMENT.findall(route)]
    return found[1], dict(zip(names, found.groups()[1:], strict=True))


@lru_cache(maxsize=1024)
def _pattern(route: str) -> re.Pattern[str]:
    """`/files/{proxy+}` -> one that matches at the end of a path."""
    parts = _SEGMENT.split(route)
    found = [re.escape(parts[0])]
    for greedy, literal in zip(parts[2::3], parts[3::3], strict=True):
        found += ["(.+)" if greedy else "([^/]+)", re.escape(literal)]
    return re.compile(f"(?:/.*?)??({''.join(found)})")
