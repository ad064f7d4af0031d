"""Calls as `grpcurl` commands."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from google.protobuf.json_format import MessageToJson

from upstreams.errors import Unreachable
from upstreams.grpc.call.methods import Method
from upstreams.grpc.channel import metadata
from upstreams.grpc.model import Settings
from upstreams.kind import Call, Explanation
from upstreams.shell import HIDDEN, shown


def explained(method: Method, settings: Settings, call: Call) -> Explanation:
    """The RPC as a command. Raises `CallError`."""
    if settings.backend is None:
        raise Unreachable("only a description was given, and no backend", retryable=False)
    words = (*_options(settings), *_headers(settings, call), "-d", "".join(_messages(method, call)))
    told = ("grpcurl", *words, settings.backend, method.path.removeprefix("/"))
    return Explanation(told, most=settings.max_messages if method.many_out else None)


def _messages(method: Method, call: Call) -> Iterator[str]:
    """The requests in protobuf's JSON, one after the other."""
    for request in method.requests(call):
        yield MessageToJson(method.request.FromString(request), indent=None)


def _options(settings: Settings) -> Iterator[str]:
    if not settings.secure:
        yield "-plaintext"
    for option, value in (
        ("-cacert", settings.ca),
        ("-cert", settings.certificate),
        ("-key", settings.key or settings.certificate),
        ("-authority", settings.server_name),
    ):
        if value:
            yield from (option, value)
    if settings.descriptors:
        yield from _described(settings.descriptors, settings.imports)


def _described(location: str, imports: Iterable[str]) -> Iterator[str]:
    """Where grpcurl finds the messages, as the backend does not tell."""
    path = PurePath(location)
    if path.suffix == ".binpb":
        yield from ("-protoset", location)
        return
    is_file = path.suffix == ".proto"
    for folder in (*imports, str(path.parent) if is_file else location):
        yield from ("-import-path", folder)
    yield from ("-proto", path.name if is_file else "FILE.proto")


def _headers(settings: Settings, call: Call) -> Iterator[str]:
    """The metadata that is sent, most of it hidden."""
    values = {name.lower(): value for name, value in {**call.headers, **shown(settings)}.items()}
    # No value is looked at here: those that are hidden are not fit to be sent.
    for name, _ in metadata(dict.fromkeys(values, "")):
        yield from ("-H", f"{name}: {values.get(name, HIDDEN)}")
