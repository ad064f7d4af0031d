"""Whether the process lives, and whether it is ready to serve every upstream."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.snapshot import Snapshot


def healthz(_: Request) -> Response:
    """The process answers."""
    return Response(b'{"status":"ok"}', media_type="application/json")


class Readiness:
    """200 when every upstream has a catalog to serve, 503 otherwise; the body says which."""

    def __init__(self, current: Callable[[], Snapshot]) -> None:
        self._current = current

    def __call__(self, _: Request) -> Response:
        """The answer to `GET /readyz`."""
        snapshot = self._current()
        body = {
            "status": "ready" if snapshot.ready else "not ready",
            "upstreams": {
                name: {
                    "status": finding.state.value,
                    "functions": finding.functions,
                    "refreshedAt": finding.refreshed_at,
                    "problem": finding.problem,
                }
                for name, finding in snapshot.findings.items()
            },
        }
        return Response(
            msgspec.json.encode(body),
            status_code=200 if snapshot.ready else 503,
            media_type="application/json",
        )
