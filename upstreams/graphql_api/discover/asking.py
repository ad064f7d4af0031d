"""Introspection: an API is asked for its schema, first for all that there is to know."""

import asyncio
from typing import Any

import msgspec
from graphql import get_introspection_query

from upstreams import tls
from upstreams.documents import MAX_BYTES, TIMEOUT_SECONDS, shown
from upstreams.encoding import ACCEPTED
from upstreams.errors import CallError, DiscoveryError
from upstreams.graphql_api.model import Settings
from upstreams.transport import Limits, Request, Response, Transport

_QUERIES = (
    get_introspection_query(
        specified_by_url=True, schema_description=True, input_value_deprecation=True, one_of=True
    ),
    get_introspection_query(
        specified_by_url=True, schema_description=True, input_value_deprecation=True
    ),
    get_introspection_query(),
)
"""As servers of the September 2025, October 2021 and June 2018 editions understand."""
_UNFIT = (401, 403, 404, 405, 407)
"""Statuses that another query would not change."""
_ADVICE = "where introspection is off, give the schema as a file: `graphql: ./schema.graphql`"


async def ask(settings: Settings) -> dict[str, Any]:
    """The `data` of the API's introspection. Raises `DiscoveryError`."""
    transport = Transport(Limits(max_response=MAX_BYTES), tls.files(settings))
    try:
        return await _first(settings, transport)
    finally:
        await transport.aclose()


async def _first(settings: Settings, transport: Transport) -> dict[str, Any]:
    """What the API tells to the first query that it understands."""
    at = shown(settings.graphql)
    said = ""
    for query in _QUERIES:
        response = await _asked(settings, transport, query, at)
        if response.status in _UNFIT or 300 <= response.status < 400:
            raise _unfit(response, at)
        told = _decoded(response, at)
        if isinstance(told.get("data"), dict) and told["data"].get("__schema"):
            found: dict[str, Any] = told["data"]
            return found
        said = _said(told) or said
    raise DiscoveryError(f"it does not tell its schema; {_ADVICE} with `url`", at=_place(at, said))


async def _asked(settings: Settings, transport: Transport, query: str, at: str) -> Response:
    headers = {
        "content-type": "application/json",
        "accept": "application/graphql-response+json, application/json;q=0.9",
        "accept-encoding": ACCEPTED,
        **{name.lower(): value for name, value in settings.headers.items()},
    }
    body = msgspec.json.encode({"query": query, "operationName": "IntrospectionQuery"})
    request = Request("POST", settings.graphql, tuple(headers.items()), body)
    try:
        return await transport.send(request, asyncio.get_running_loop().time() + TIMEOUT_SECONDS)
    except CallError as error:
        raise _failed(error, at) from error


def _failed(error: CallError, at: str) -> DiscoveryError:
    cause = error.__cause__
    if isinstance(cause, tls.UnusableError):
        return DiscoveryError(str(cause), at=cause.file)
    return DiscoveryError(f"cannot be asked: {error.message}", at=at)


def _unfit(response: Response, at: str) -> DiscoveryError:
    if 300 <= response.status < 400:
        there = shown(response.header("location") or "elsewhere")
        told = f"answered {response.status}: it is at {there:.200}; name that in `graphql`"
    elif response.status in (401, 403, 407):
        told = f"answered {response.status}: it wants to know who asks; see `headers`"
    else:
        told = f"answered {response.status}: no GraphQL API is there"
    return DiscoveryError(told, at=at)


def _decoded(response: Response, at: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(response.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = f"answered {response.status} with {response.media_type or 'something'}, not GraphQL"
        raise DiscoveryError(f"{told}; {_ADVICE} with `url`", at=at) from error


def _said(told: dict[str, Any]) -> str:
    """What the API says is wrong, for whoever runs the gateway."""
    errors = told.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, str) else ""


def _place(at: str, said: str) -> str:
    return f"{at} ({said!r:.200})" if said else at
