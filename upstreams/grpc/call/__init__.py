"""Calls: values become messages (`write`), messages values (`read`), failures `CallError`s.

Read in this order: `client` (calls, streams, health), `line` (the channel, and where grpc's errors
end), `methods` (one function, ready to be called), `masks` (what is selected, told to the backend),
`ending`, `failures` and `details` (what went wrong), `health`.
"""

from upstreams.grpc.call.client import GrpcClient

__all__ = ["GrpcClient"]
