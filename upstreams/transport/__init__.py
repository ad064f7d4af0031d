"""The outward HTTP edge: one narrow `send`, shared by everything that speaks HTTP to a backend.

Behind it is an HTTP/1.1 client of our own on httptools; what it costs beside others is measured by
`tests/bench/test_http_client.py`. Redirects are never followed, cookies never kept, proxies never
asked, bodies never read past their limit, and a request is sent exactly as given: its URL is
already percent-encoded.

Read in this order: `model` (what goes in and out), `client` (`Transport`), `outgoing` (a request as
bytes, pure), `connection` (one exchange at a time), `heads` and `answers` (what arrives), `upload`
(what is sent as it is made), `pool` (connections that wait for the next), `dial` (a new one),
`fields` (headers, pure), `failures` (others' errors as ours, pure).
"""

from upstreams.transport.answers import Flowing
from upstreams.transport.client import Started, Transport
from upstreams.transport.fields import ByName, Fields
from upstreams.transport.model import (
    Headers,
    Limits,
    Line,
    RawBlock,
    RawRequest,
    Request,
    Response,
    Streamed,
)
from upstreams.transport.outgoing import Outgoing, raw_block, raw_lines, raw_outgoing

__all__ = [
    "ByName",
    "Fields",
    "Flowing",
    "Headers",
    "Limits",
    "Line",
    "Outgoing",
    "RawBlock",
    "RawRequest",
    "Request",
    "Response",
    "Started",
    "Streamed",
    "Transport",
    "raw_block",
    "raw_lines",
    "raw_outgoing",
]
