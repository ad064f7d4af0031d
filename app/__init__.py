"""The service: configuration, commands, GraphQL over HTTP, pass-through, explorer and demo.

Read in this order: `main` (what is served), `gateway` and `snapshot` (what stands behind it),
`discovery`, `graphql` (a query), `passthrough` (everything else), `commands`.
"""
