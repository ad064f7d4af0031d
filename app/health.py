"""Whether the process lives, and whether it is ready to serve every upstream."""

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.snapshot import Snapshot


def healthz(_: Request) -> Response:
    """The process answers."""
    return Response(b'{"status":"ok"}', media_type="application/json")


def readyz(current: Callable[[], Snapshot]) -> Callable[[Request], Response]:
    """An endpoint: 200 when every upstream has a catalog to serve, else 503; it says which."""

    def endpoint(_: Request) -> Response:
        snapshot = current()
        return Response(
            msgspec.json.encode(_body(snapshot)),
            status_code=200 if snapshot.ready else 503,
            media_type="application/json",
        )

    return endpoint


def _body(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "status": "ready" if snapshot.ready else "not ready",
        "upstreams": {
            name: {
                "status": finding.state.value,
                "functions": finding.functions,
                "refreshedAt": finding.refreshed_at,
                "problem": finding.problem,
                "held": [{"path": one.at, "reason": one.told} for one in finding.held],
            }
            for name, finding in snapshot.findings.items()
        },
    }
