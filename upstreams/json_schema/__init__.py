"""JSON Schema as model types: shared by every kind whose backend describes itself in it.

Read in this order: `place` (a node of a description and where it stands), `slips` (values of the
wrong type), `reading` (what a schema and everything it refers to say together), `scalars` (formats
as leaves), `values` (enums and defaults), `notes` (what else is said), `forms` (what becomes of a
schema), `merging` (alternatives that look alike), `unions` (which alternative a value is), `types`
(the types).
"""

from upstreams.json_schema.forms import Direction
from upstreams.json_schema.naming import own_name, pascal
from upstreams.json_schema.place import Documents, Place, Unresolved
from upstreams.json_schema.reading import Dialect
from upstreams.json_schema.types import DEPRECATED, Types

__all__ = [
    "DEPRECATED",
    "Dialect",
    "Direction",
    "Documents",
    "Place",
    "Types",
    "Unresolved",
    "own_name",
    "pascal",
]
