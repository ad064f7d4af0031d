"""How upstreams' catalogs are found: here, or in a process of its own.

`catalogs` discovers; `away` has it done by another process, which runs `__main__`; `reports` is
what that one says. Importing this costs next to nothing: such a process is to begin soon.
"""
