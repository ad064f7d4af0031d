"""Plain HTTP passed on to upstreams unchanged, with no GraphQL involved.

Read in this order: `table` (which route a request belongs to, pure), `headers` (what crosses the
gateway, pure), `problem` (how the gateway itself answers), `forward` (the exchange).
"""
