"""One table from a failed call to the face it shows: the code, and the HTTP status with it."""

from dataclasses import dataclass

from upstreams.errors import BadInput, CallError, Malformed, Refused, TimedOut, Unreachable

_STATUS: dict[type[CallError], int] = {
    BadInput: 400,
    Unreachable: 502,
    TimedOut: 504,
    Refused: 502,
    Malformed: 502,
}


@dataclass(frozen=True, slots=True)
class Face:
    """What a client sees of a failure, whatever the protocol."""

    code: str
    status: int


def face(error: CallError) -> Face:
    """`TimedOut` -> `UPSTREAM_TIMEOUT`, 504."""
    status = next(_STATUS[cls] for cls in type(error).__mro__ if cls in _STATUS)
    return Face(error.code, status)
