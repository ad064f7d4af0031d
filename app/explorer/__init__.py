"""The explorer: a page in the browser to read the schema and try queries, served by the gateway.

`ui/` holds its sources, `build` makes `static/` of them, `page` serves what is there.
"""
