"""Joins that catalogs suggest, with what speaks for each; nothing is ever joined because of them.

`words` takes names apart and `likeness` compares keys; `offers` says what each function gives by
which key and `getters` who gets one thing, `holders` which objects have which keys. The rules, each
pure, make `Candidate`s: `to_one` of fields that name another object, `to_many` of functions that
take an object's key, `declared` of what descriptions say themselves. `choose` keeps the best that
`schema.extend` accepts as they stand; `sdl` writes them.
"""

from schema.suggest.choose import LEAST, suggest
from schema.suggest.model import Candidate, Evidence
from schema.suggest.sdl import sdl

__all__ = ["LEAST", "Candidate", "Evidence", "sdl", "suggest"]
