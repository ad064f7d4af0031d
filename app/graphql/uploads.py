"""GraphQL multipart requests: an operation, and files for some of its variables.

The GraphQL multipart request specification: a part `operations`, a part `map` that says where each
file goes, and a part for each file, in any order. A web page may send `multipart/form-data` to
anywhere, with the cookies of whoever looks at it and without asking first; a header that makes the
browser ask is therefore wanted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from cross_web import HTTPException, StarletteRequestAdapter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive

from app.graphql.body import decode
from app.graphql.parts import FORM_DATA, arriving, parts
from upstreams.kind import File

ASKING_FIRST = (
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
)
"""Request headers any of which makes a browser ask first (Fetch standard §4.8)."""

_OPERATION = "splice.operation"
"""Where in a request's scope its operation stands once its files are in place."""
_OPERATIONS, _MAP = "operations", "map"
_MOST_MAP = 64 * 1024
_INDEX = re.compile(r"[0-9]{1,6}")

Operation: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Uploads:
    """What one multipart request may have."""

    max_upload: int
    """How many bytes in all; 0: multipart requests are refused."""
    max_files: int
    max_body: int
    """How many bytes its `operations` may have, as those of a request in JSON."""

    async def received(self, request: Request, receive: Receive) -> Request:
        """A multipart request that knows its operation, with the files in place.

        Raises `HTTPException` and `ClientDisconnect`.
        """
        self._admit(request.headers)
        fields = await self._fields(request.headers, receive)
        operation = _operation(_taken(fields, _OPERATIONS, self.max_body))
        for path, file in self._places(_paths(_taken(fields, _MAP, _MOST_MAP)), fields):
            _put(operation, path, file)
        return Request({**request.scope, _OPERATION: operation})

    def _admit(self, headers: Headers) -> None:
        """Raises `HTTPException` before anything is read."""
        if not self.max_upload:
            raise _refused("this gateway takes no multipart requests")
        if not any(headers.get(name) for name in ASKING_FIRST):
            names = ", ".join(ASKING_FIRST)
            raise _refused(f"a multipart request needs one of these headers, any value: {names}")

    async def _fields(self, headers: Headers, receive: Receive) -> dict[str, File]:
        """Every part by its name."""
        fields: dict[str, File] = {}
        body = arriving(headers, receive, self.max_upload)
        async with aclosing(parts(headers["content-type"], body, self.max_files + 2)) as found:
            async for name, file in found:
                if name in fields:
                    raise _refused(f"the part {_short(name)} came twice")
                fields[name] = file
        return fields

    def _places(
        self, paths: Mapping[str, list[str]], files: Mapping[str, File]
    ) -> Iterator[tuple[str, File]]:
        """Every place of `operations` and its file. Raises `HTTPException` where they differ."""
        for name in files:
            if not paths.get(name):
                raise _refused(f"`map` does not say where the file {_short(name)} goes")
        for name in paths:
            if name not in files:
                raise _refused(f"the file {_short(name)} of `map` was not sent")
        if sum(map(len, paths.values())) > self.max_files:
            raise _refused(f"`map` has more than {self.max_files} places for files")
        for name, places in paths.items():
            yield from ((path, files[name]) for path in places)


def has_files(request: Request) -> bool:
    """Whether a request is multipart."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and media_type == FORM_DATA


class UploadAdapter(StarletteRequestAdapter):
    """A request as Strawberry sees it; the operation of a multipart one is known already."""

    @property
    def content_type(self) -> str | None:
        """The media type, as Strawberry spells it where it is multipart."""
        return FORM_DATA if _OPERATION in self._request.scope else super().content_type

    @property
    def operation(self) -> Operation:
        """The operation of a multipart request."""
        operation: Operation = self._request.scope[_OPERATION]
        return operation


def _taken(fields: dict[str, File], name: str, limit: int) -> object:
    """The JSON of a part, which is not among the fields any more."""
    file = fields.pop(name, None)
    if file is None:
        raise _refused(f"a multipart request needs a part called {name}")
    if file.size > limit:
        raise HTTPException(413, f"the part {name} is larger than the limit of {limit} bytes")
    try:
        return decode(file.content)
    except json.JSONDecodeError as error:
        raise _refused(f"the part {name} is not JSON") from error


def _operation(value: object) -> Operation:
    if not isinstance(value, dict):
        raise _refused(f"the part {_OPERATIONS} must be one operation, a JSON object")
    return value


def _paths(value: object) -> Mapping[str, list[str]]:
    try:
        return msgspec.convert(value, dict[str, list[str]])
    except msgspec.ValidationError as error:
        raise _refused(f"the part {_MAP} must be an object of lists of paths") from error


def _put(operation: Operation, path: str, file: File) -> None:
    """Put a file where a path of `map` leads: `variables.input.photos.0`."""
    *ahead, last = path.split(".")
    if ahead[:1] != ["variables"]:
        raise _refused(f"`map`: {_short(path)} is not a path below `variables`")
    here: Any = operation
    for step in ahead:
        here = here[_key(here, step, path)]
    key = _key(here, last, path)
    if here[key] is not None:
        raise _refused(f"`map`: there is something already at {_short(path)}; null is wanted")
    here[key] = file


def _key(here: Any, step: str, path: str) -> str | int:
    """The key or index that a step of a path means."""
    if isinstance(here, dict) and step in here:
        return step
    if isinstance(here, list) and _INDEX.fullmatch(step) and int(step) < len(here):
        return int(step)
    raise _refused(f"`map`: there is no {_short(path)} in `operations`")


def _refused(reason: str) -> HTTPException:
    return HTTPException(400, reason)


def _short(text: str) -> str:
    return f"{text!r:.60}"
