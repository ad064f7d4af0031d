"""How upstreams' catalogs are found: here, or in a process of its own.

`catalogs` discovers; `here` has that done in this process, `away` in another one, which runs
`__main__`; `reports` is what is said between them. Importing this costs next to nothing: such a
process is to begin soon.
"""
