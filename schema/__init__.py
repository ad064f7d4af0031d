"""Catalogs in, an executable GraphQL schema out.

Read in this order: `names`, `merge` (many catalogs as one), `scalars`, `types` and `build` (GraphQL
types and root fields), `execute` (one operation, answered), `prepare`, `sdl`.
"""
