"""Plain HTTP passed on to upstreams unchanged, with no GraphQL involved.

Read in this order: `table` (which route a request belongs to, pure), `headers` (what crosses the
gateway, pure), `problem` (how the gateway itself answers), `exchange` (one request and its answer),
`direct` (the same in one step, where the server offers that), `forward` (the application).
"""
