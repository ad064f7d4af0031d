"""Calls: a root field of the API is asked for what is selected of it.

Read in this order: `types` and `writing` (a selection as a document), `asking` (that as a request),
`placing` (errors inside a value), `answers` (envelopes), `client`; `subscribing`, `socket` and
`events` (subscriptions), and how they are `explained`.
"""

from upstreams.graphql_api.call.client import GraphqlClient

__all__ = ["GraphqlClient"]
