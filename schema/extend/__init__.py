"""What users add to the schema in SDL: read once, checked against what the upstreams offer.

`parse` reads the files into the calls of `model`. `check` makes fields of them: `world` looks up
what they speak of, `values` and `references` read what is passed on and `fits` judges it, `answers`
finds what comes back, `batches` and `twin` say how one call answers for many.
"""
