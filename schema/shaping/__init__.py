"""What clients are shown of what the upstreams offer: names, places, and what is left out.

`showing` is what the settings of one upstream say of its functions; `rules` is what SDL says of
types and fields, `parse` reads it, `found` looks up what is meant, `shapes` is what comes of it.
Nothing here changes a catalog, so joins find all that they speak of whatever clients see.
"""
