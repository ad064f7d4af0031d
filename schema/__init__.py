"""Catalogs in, an executable GraphQL schema out.

Read in this order: `names`, `maps` and `merge` (many catalogs as one), `scalars`, `enums`,
`fields`, `resolution`, `links`, `defaults`, `types` and `build` (GraphQL types and root fields),
`values`, `request`, `failures`, `expressions` and `execute` (one operation, answered), `prepare`,
`renamed`,
`sdl`.
"""
