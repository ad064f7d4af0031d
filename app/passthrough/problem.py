"""How the gateway itself answers on a pass-through route: problem details (RFC 9457)."""

from dataclasses import dataclass
from http import HTTPStatus

import orjson
from starlette.types import Send

from app.faces import face
from upstreams.errors import CallError


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not forwarded, or not answered by its backend."""

    status: int
    code: str
    """What a program tells problems apart by."""
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send, event: str = "http.response") -> None:
        """Answer with this problem; `event` is the family of ASGI messages that say it."""
        body = self._body()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            *self.headers,
        ]
        await send({"type": f"{event}.start", "status": self.status, "headers": headers})
        await send({"type": f"{event}.body", "body": body})

    def _body(self) -> bytes:
        return orjson.dumps(
            {
                "type": "about:blank",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": self.detail,
                "code": self.code,
            }
        )


def from_error(error: CallError) -> Problem:
    """`TimedOut` -> 504 `UPSTREAM_TIMEOUT`, in the gateway's own words."""
    shown = face(error)
    return Problem(shown.status, shown.code, error.message)
