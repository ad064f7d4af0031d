"""Calls: values become messages (`write`), answers values, failures `CallError`s.

Read in this order: `client` (calls, streams, health), `answer`, `line` (the ways to the backend,
and where grpc's errors end), `unary` and `retries` (the plain way), `methods` (one function, ready
to be called), `masks` (what is selected, told to the backend), `ending`, `failures` and `details`
(what went wrong), `health`, `explained` (what would be sent, as a command).
"""

from upstreams.grpc.call.client import GrpcClient

__all__ = ["GrpcClient"]
