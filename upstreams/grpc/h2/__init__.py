"""Unary calls over HTTP/2 of our own, for the plain way to a backend; grpc's core does the rest.

grpc's core takes several times the CPU, mostly to tell an event loop what its own threads heard. A
unary call sends a HEADERS and a DATA frame, and takes a HEADERS, a DATA and another HEADERS frame:
what that needs of HTTP/2 (RFC 9113) and of gRPC's protocol on top of it is here, and no more
(https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).

Headers are never kept in a table: the backend is told so at the start. So each block of them means
the same whenever it comes, and is decoded once.

Read in this order: `frames`, `heads` (blocks of headers), `ending` (how a call ended), `stream`
(one call), `outbox`, `noise`, `pulse` and `turns` (what a connection has to see to), `connection`,
`direct` (connections to one address, opened as they are needed).
"""

from upstreams.grpc.h2.direct import (
    PROTOCOL,
    Direct,
    Place,
    SeveralError,
    Terms,
    Trust,
    host_and_port,
)
from upstreams.grpc.h2.ending import Ended
from upstreams.grpc.h2.heads import encoded

__all__ = [
    "PROTOCOL",
    "Direct",
    "Ended",
    "Place",
    "SeveralError",
    "Terms",
    "Trust",
    "encoded",
    "host_and_port",
]
