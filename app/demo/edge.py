"""What the three HTTP backends do alike at their edge."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_BODY = 1024 * 1024


async def body(request: Request) -> bytes:
    """The request's body. Raises `HTTPException` 413 when it is larger than 1 MiB."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_BODY:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "larger than 1 MiB")
    return bytes(content)
