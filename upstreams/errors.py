"""What can go wrong between the gateway and a backend, and the code clients see for it.

* UpstreamError
  x DiscoveryError       the backend did not describe itself usefully
  x CallError            one call did not produce a value
    - BadInput           BAD_USER_INPUT             the arguments cannot be sent; nothing was
    - Unreachable        UPSTREAM_UNREACHABLE       no connection, or it broke before an answer
    - TimedOut           UPSTREAM_TIMEOUT           the deadline passed first
    - Refused            UPSTREAM_ERROR             the backend answered: no
    - Malformed          UPSTREAM_INVALID_RESPONSE  the answer is not what was promised
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class UpstreamError(Exception):
    """The root of the tree. `message` is ours: safe to show to clients, free of secrets."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DiscoveryError(UpstreamError):
    """A description could not be obtained or understood.

    `at` names the place: a file, a URL without credentials, a JSON pointer, a symbol. It is for
    whoever runs the gateway; clients are shown the message alone.
    """

    def __init__(self, message: str, *, at: str = "") -> None:
        super().__init__(message)
        self.at = at

    def __str__(self) -> str:
        return f"{self.at}: {self.message}" if self.at else self.message


class CallError(UpstreamError):
    """One call did not produce a value.

    `status` is the backend's own: an HTTP status, a gRPC status name, a SOAP fault code, a Lambda
    error type. `told` is what the backend said, shown to clients only where the upstream's
    settings allow it, as is `answer`, what its description declares of such an answer. `details`
    are typed and safe to show: they become `extensions`.
    """

    code: ClassVar[str] = "UPSTREAM_ERROR"
    """What clients of every protocol see; documented in the README."""
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        status: int | str | None = None,
        retryable: bool | None = None,
        told: str | None = None,
        answer: Any = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = type(self).retryable if retryable is None else retryable
        self.told = told
        self.answer = answer
        self.details = dict(details or {})

    def conceal(self) -> None:
        """Forget what the backend said: its settings do not show it."""
        self.told = self.answer = None


class BadInput(CallError):
    """The arguments cannot be sent; the backend was not asked."""

    code = "BAD_USER_INPUT"


class Unreachable(CallError):
    """No connection was made, or it broke before an answer was complete."""

    code = "UPSTREAM_UNREACHABLE"
    retryable = True


class TimedOut(CallError):
    """The deadline passed before the answer was complete."""

    code = "UPSTREAM_TIMEOUT"
    retryable = True


class Refused(CallError):
    """The backend understood and answered: no."""


class Malformed(CallError):
    """The answer is not what the description promised: not parseable, too large, wrong type."""

    code = "UPSTREAM_INVALID_RESPONSE"
