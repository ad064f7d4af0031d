"""Calling functions over HTTP: arguments as a request, the answer as a value.

Read in this order: `client` (build, send, read), `asking` (the requests of one function), `bodies`
(what is sent, with `xml`), `auth` (who sends it, with `tokens`), `answers` (what comes back, with
`rests`), `refusals` (what comes back instead, with `results`), `paging` (many answers as one),
`explained` (what would be sent, as a command).
"""

from upstreams.openapi.call.client import OpenApiClient

__all__ = ["OpenApiClient"]
