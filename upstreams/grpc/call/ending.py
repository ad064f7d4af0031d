"""How an RPC ended, where grpcio says otherwise.

A backend may end an RPC while requests are still being written. The write that fails then makes
grpcio say INTERNAL in place of the status that came; see https://github.com/grpc/grpc/issues/36066.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from grpc import StatusCode, aio

_ANY = TypeVar("_ANY")
_RPC = TypeVar("_RPC", bound=aio.Call)

_MASK = "Internal error from Core"


class Ending:
    """How one RPC ended."""

    def __init__(self) -> None:
        self._first: aio.AioRpcError | None = None

    def of(self, rpc: _RPC) -> _RPC:
        """The same RPC, whose end will be known."""
        rpc.add_done_callback(self._note)
        return rpc

    def told(self, error: aio.AioRpcError) -> aio.AioRpcError:
        """The error as the backend told it."""
        masked = error.code() is StatusCode.INTERNAL and error.details() == _MASK
        return self._first or error if masked else error

    def _note(self, rpc: Any) -> None:
        self._first = aio.AioRpcError(
            _known(rpc.code()),
            _known(rpc.initial_metadata()),
            _known(rpc.trailing_metadata()),
            _known(rpc.details()),
        )


def _known(answer: Coroutine[Any, Any, _ANY]) -> _ANY:
    """What a coroutine gives that has nothing to wait for, because the RPC is over."""
    try:
        answer.send(None)
    except StopIteration as done:
        value: _ANY = done.value
        return value
    finally:
        answer.close()
    raise RuntimeError("an RPC that is over has to say how it ended")
