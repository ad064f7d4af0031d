"""The two formats in which API Gateway tells a function of a request."""

import base64
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from upstreams.aws_lambda.call.gateway.asked import Asked

PROTOCOL = "HTTP/1.1"
CALLER = "127.0.0.1"
"""Where requests are said to come from: the gateway itself."""

_ARN_ACCOUNT = re.compile(r"arn:[^:]+:lambda:[^:]*:([0-9]{12}):")
_TEXTUAL = re.compile(r"text/.*|application/(json|xml|javascript)|.*\+(json|xml)")
"""Media types whose bodies API Gateway hands on as text in format 2.0."""


def event_1(asked: Asked, function: str) -> dict[str, Any]:
    """Payload format 1.0: as sent, every value of a repeated name, null for nothing."""
    headers = _grouped(asked.headers)
    query = _grouped(parse_qsl(asked.query, keep_blank_values=True))
    body, is_base64 = _text_1(asked.body)
    return {
        "version": "1.0",
        "resource": asked.operation.route,
        "path": asked.path,
        "httpMethod": asked.method,
        "headers": _last(headers),
        "multiValueHeaders": headers or None,
        "queryStringParameters": _last(query),
        "multiValueQueryStringParameters": query or None,
        "pathParameters": asked.parameters or None,
        "stageVariables": None,
        "requestContext": _context_1(asked, function),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _context_1(asked: Asked, function: str) -> dict[str, Any]:
    return {
        **_common(asked, function),
        "extendedRequestId": asked.id,
        "httpMethod": asked.method,
        "identity": {"sourceIp": CALLER, "userAgent": asked.agent},
        "path": asked.staged,
        "protocol": PROTOCOL,
        "requestTime": asked.written,
        "requestTimeEpoch": int(asked.seconds * 1000),
        "resourceId": None,
        "resourcePath": asked.operation.route,
    }


def event_2(asked: Asked, function: str) -> dict[str, Any]:
    """Payload format 2.0: names in lower case, repeated ones joined, nothing left out."""
    headers = _grouped((name.lower(), value) for name, value in asked.headers)
    query = _grouped(parse_qsl(asked.query, keep_blank_values=True))
    route = f"{asked.method} {asked.operation.route}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": unquote(asked.staged),
        "rawQueryString": asked.query,
        "headers": {name: ",".join(all_) for name, all_ in headers.items() if name != "cookie"},
        "requestContext": _context_2(asked, function, route),
        "isBase64Encoded": False,
    }
    if "cookie" in headers:
        event["cookies"] = [one for line in headers["cookie"] for one in re.split("; *", line)]
    if query:
        event["queryStringParameters"] = {name: ",".join(all_) for name, all_ in query.items()}
    if asked.parameters:
        event["pathParameters"] = {name: unquote(one) for name, one in asked.parameters.items()}
    if asked.body:
        media_type = next(iter(headers.get("content-type", ("",)))).partition(";")[0].strip()
        event["body"], event["isBase64Encoded"] = _text_2(asked.body, media_type.lower())
    return event


def _context_2(asked: Asked, function: str, route: str) -> dict[str, Any]:
    return {
        **_common(asked, function),
        "http": {
            "method": asked.method,
            "path": unquote(asked.staged),
            "protocol": PROTOCOL,
            "sourceIp": CALLER,
            "userAgent": asked.agent,
        },
        "routeKey": route,
        "time": asked.written,
        "timeEpoch": int(asked.seconds * 1000),
    }


def _common(asked: Asked, function: str) -> dict[str, Any]:
    account = _ARN_ACCOUNT.match(function)
    return {
        "accountId": account[1] if account else "",
        "apiId": asked.operation.api,
        "domainName": asked.host,
        "domainPrefix": asked.host.partition(".")[0],
        "requestId": asked.id,
        "stage": asked.stage,
    }


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value)
    return dict(found)


def _last(grouped: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
    return {name: values[-1] for name, values in grouped.items()} or None


def _text_1(body: bytes) -> tuple[str | None, bool]:
    """Text wherever it is UTF-8: what a REST API counts as binary is not known here."""
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _text_2(body: bytes, media_type: str) -> tuple[str, bool]:
    if not media_type or _TEXTUAL.fullmatch(media_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True
