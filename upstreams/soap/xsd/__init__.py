"""The types of a description as layouts, with everything a catalog says about them in words.

Structure is zeep's: names resolved, groups and bases merged. What zeep does not keep
(enumerations, documentation, mixed content, prohibited attributes, derived types, substitution
groups) is read from the declarations. Read in this order: `spot` (names), `loaded` (what zeep
knows), `simple` (leaves), `particles` (content models), `nodes` (declarations), `arrays` (encoded
ones), `kin` (derived types, substitutes), `types` (all of it as layouts).
"""

from upstreams.soap.xsd.loaded import UndeclaredError
from upstreams.soap.xsd.shape import Kinship, Shape
from upstreams.soap.xsd.spot import Naming, Spot, scope
from upstreams.soap.xsd.types import Types

__all__ = ["Kinship", "Naming", "Shape", "Spot", "Types", "UndeclaredError", "scope"]
