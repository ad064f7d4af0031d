"""The schema as one subgraph of a supergraph (Apollo Federation 2).

`model` is what users write. `check` makes of it what there is to serve: `keys` say what another
subgraph knows of an object, which `reading` reads; `references` say what of that is passed on, and
`marks` what is said of types and fields. `members` are fields, which `resolve` answers, and plans;
`narrow` says what they select of one type. `sdl` tells composition of it all.
"""
