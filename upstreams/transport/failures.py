"""What can go wrong on the way to a backend, told in our own errors; pure."""

import os
import ssl

import httptools

from upstreams import tls
from upstreams.errors import CallError, Malformed, Unreachable

UNANSWERED = "the backend closed the connection without an answer"
BROKEN_OFF = "the connection broke before the answer was complete"


class Dropped(Unreachable):
    """A connection was closed before a byte of this answer came, and may have been stale."""

    def __init__(self, message: str, *, unsent: bool) -> None:
        """`unsent`: whether it was closed before anything of the request had left."""
        super().__init__(message)
        self.unsent = unsent


def forbidden() -> Unreachable:
    """An address that no description may lead to."""
    return Unreachable(
        "the description leads to a link-local or metadata address; only `url` may name one",
        retryable=False,
    )


def unconnected(error: OSError) -> Unreachable:
    """Why there is no connection; the error's own text has the address."""
    if wrong := tls.failure(error):
        return Unreachable(wrong, retryable=False)
    if isinstance(error, ssl.SSLError):
        return Unreachable("the connection broke")
    # A negative number is a failed look-up of the name.
    number = error.errno or 0
    reason = os.strerror(number) if number > 0 else "the host was not found"
    return Unreachable(f"no connection: {reason}")


def ended_early(
    error: Exception | None, *, unsent: bool, begun: bool, is_reused: bool
) -> Unreachable:
    """Why a connection ended inside an exchange.

    `unsent`: nothing of the request had left; `begun`: something of the answer had come.
    """
    if error is not None and (wrong := tls.failure(error)):
        return Unreachable(wrong, retryable=False)
    if unsent:
        return Dropped(UNANSWERED, unsent=True)
    if begun:
        return Unreachable(BROKEN_OFF)
    return Dropped(UNANSWERED, unsent=False) if is_reused else Unreachable(UNANSWERED)


def malformed(error: httptools.HttpParserError | httptools.HttpParserUpgrade) -> CallError:
    """What the parser stopped at, or the error of ours that stopped it."""
    if isinstance(error.__context__, CallError):
        return error.__context__
    return Malformed("the answer is not HTTP as we know it")
