"""Pure: what a backend attaches to a refusal by the model of google.rpc, typed.

Names, numbers and places in our own arguments are safe to show to anybody; texts are the backend's,
shown only where the upstream's settings say so; stack traces are left out.
See https://google.aip.dev/193.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

# Typed, but published without the marker that says so.
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]

from upstreams.grpc.channel import Received, headers
from upstreams.grpc.messages import field_of, map_entry, names
from upstreams.grpc.model import ARGUMENT

_STATUS_DETAILS = "grpc-status-details-bin"
_OWN = ("grpc-", "content-type", "date", "server", "trailer")
"""How the keys of trailers begin that are the protocol's, and not the backend's."""

_KNOWN = (
    *(error_details_pb2.BadRequest, error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo),
    *(error_details_pb2.LocalizedMessage, error_details_pb2.PreconditionFailure),
    *(error_details_pb2.QuotaFailure, error_details_pb2.ResourceInfo, error_details_pb2.Help),
)
_STEP = re.compile(r"(\w+)((?:\[[^\[\]]*\])*)", re.ASCII)
_INDEX = re.compile(r"\[(0|[1-9][0-9]{0,8})\]")
_REASON = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}")
_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")


@dataclass(frozen=True, slots=True)
class Details:
    """What came with a refusal beside its status and its message."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    """Safe to show."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """In the backend's own words."""
    attached: bool = False
    """Whether the backend attached anything: then it is the backend that refused, no one before."""

    @property
    def retryable(self) -> bool:
        """Whether the backend says when to try again."""
        return "retryAfter" in self.typed


@dataclass(frozen=True, slots=True)
class Asked:
    """What went out with an RPC."""

    message: Descriptor
    count: int | None = None
    """How many of them, where it was a stream."""


def details(trailers: Received, asked: Asked) -> Details:
    """What the trailers of a failed RPC say."""
    trailers = tuple(trailers)
    attached = tuple(_attached(dict(trailers).get(_STATUS_DETAILS)))
    typed = {key: value for one in attached for key, value in _typed(one, asked)}
    told = {key: value for one in attached for key, value in _told(one)}
    if others := _headers_of_its_own(trailers):
        told["trailers"] = others
    return Details(typed, told, bool(attached))


def place_of(path: str, asked: Asked) -> str:
    """`user.email_addresses[0].email` -> `input.user.emailAddresses[0].email`, as clients write it.

    Where a step is not known, the place is the nearest that is. Of a stream of requests it is in
    the only one, or in the one whose index the path begins with, as in `[2].email`.
    """
    root, path = _root(path, asked)
    steps: list[str] = [root]
    message: Descriptor | None = asked.message
    for step in path.split("."):
        found = _STEP.fullmatch(step)
        known = field_of(message, found[1]) if message and found else None
        if known is None or found is None or message is None:
            break
        name = names(message)[known.number]
        if map_entry(known):
            steps.append(name)
            break
        index = _INDEX.match(found[2]) if known.is_repeated else None
        steps.append(f"{name}{index[0] if index else ''}")
        message = known.message_type
    return ".".join(steps)


def _root(path: str, asked: Asked) -> tuple[str, str]:
    """Which request a path is in, and the path within it."""
    if asked.count is None:
        return ARGUMENT, path
    index = _INDEX.match(path)
    if index and int(index[1]) < asked.count:
        return f"{ARGUMENT}{index[0]}", path[index.end() :].removeprefix(".")
    return (f"{ARGUMENT}[0]" if asked.count == 1 else ARGUMENT), path


def _headers_of_its_own(trailers: Received) -> dict[str, str]:
    return {key: value for key, value in headers(trailers).items() if not key.startswith(_OWN)}


def _attached(trailer: str | bytes | None) -> Iterator[Any]:
    """The messages attached, unpacked as far as we know them."""
    if not isinstance(trailer, bytes):
        return
    try:
        for packed in status_pb2.Status.FromString(trailer).details:
            for known in _KNOWN:
                if packed.Is(known.DESCRIPTOR):
                    yield known.FromString(packed.value)
    except DecodeError:
        return


def _typed(detail: Any, asked: Asked) -> Iterator[tuple[str, Any]]:
    """Names, numbers and places."""
    match detail:
        case error_details_pb2.ErrorInfo():
            if _REASON.fullmatch(detail.reason):
                yield "reason", detail.reason
            if _DOMAIN.fullmatch(detail.domain):
                yield "domain", detail.domain
        case error_details_pb2.RetryInfo():
            delay = detail.retry_delay
            yield "retryAfter", max(0, delay.seconds + delay.nanos / 1e9)
        case error_details_pb2.BadRequest():
            places = (place_of(one.field, asked) for one in detail.field_violations)
            yield "violations", [{"field": place} for place in places]
        case _:
            pass


def _told(detail: Any) -> Iterator[tuple[str, Any]]:
    """What is text, by what it is about."""
    match detail:
        case error_details_pb2.ErrorInfo():
            yield from _given(metadata=dict(detail.metadata))
        case error_details_pb2.LocalizedMessage():
            yield "localizedMessage", _localized(detail)
        case error_details_pb2.BadRequest():
            yield "violations", [dict(_violation(one)) for one in detail.field_violations]
        case error_details_pb2.PreconditionFailure():
            yield "preconditions", _texts(detail.violations, "type", "subject", "description")
        case error_details_pb2.QuotaFailure():
            yield "quotas", _texts(detail.violations, "subject", "description")
        case error_details_pb2.ResourceInfo():
            parts = ("resource_type", "resource_name", "owner", "description")
            yield "resource", _texts([detail], *parts)[0]
        case error_details_pb2.Help():
            yield "help", _texts(detail.links, "description", "url")
        case _:
            pass


def _violation(violation: Any) -> Iterator[tuple[str, Any]]:
    yield from _given(
        field=violation.field, description=violation.description, reason=violation.reason
    )
    if violation.HasField("localized_message"):
        yield "localizedMessage", _localized(violation.localized_message)


def _localized(message: Any) -> Mapping[str, str]:
    return {"locale": message.locale, "message": message.message}


def _texts(messages: Iterable[Any], *attributes: str) -> list[dict[str, str]]:
    """The texts of each message that are not empty."""
    keys = {one: one.removeprefix("resource_") for one in attributes}
    return [
        {key: text for one, key in keys.items() if (text := getattr(each, one))}
        for each in messages
    ]


def _given(**values: Any) -> Iterator[tuple[str, Any]]:
    return ((key, value) for key, value in values.items() if value)
