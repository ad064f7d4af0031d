"""What clients are shown of what the upstreams offer: names, places, and what is left out.

`showing` is what the settings of one upstream say of its functions, `namespaces` where they are
put. `rules` is what SDL says of types and fields, which `parse` reads and `found` looks up;
`shapes` is what comes of it. `merging` makes one type of several whose `outlines` are equal.
`computed` adds fields that are worked out of others by `formula`, `adopted` the root fields that
are written in Python, and `coded` those of types.
Nothing here changes a catalog, so joins find all that they speak of whatever clients see.
"""
