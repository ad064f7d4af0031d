"""What clients are shown of what the upstreams offer: names, places, and what is left out.

`showing` is what the settings of one upstream say of its functions, `namespaces` where they are
put. `rules` is what SDL says of types and fields, which `parse` reads and `found` looks up;
`shapes` is what comes of it. `computed` adds fields that are worked out of others by `formula`, and
`adopted` those that are written in Python.
Nothing here changes a catalog, so joins find all that they speak of whatever clients see.
"""
