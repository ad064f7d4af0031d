"""Shapes of JSON answers: structs made for one operation, which decode a body and are the response.

Read in this order: `shape` (an answer read, and what surprises), `compiler` (a tree of wants as
types and code), `reading` (how one value is read), `leaves`, `objects`, `structs` (the pieces),
`source` (the code that is generated), `decoding` (msgspec, and what it refuses), `answers`.
"""

from upstreams.json_shape.answers import JsonAnswer
from upstreams.json_shape.shape import JsonShape, shape
from upstreams.json_shape.wants import objects

__all__ = ["JsonAnswer", "JsonShape", "objects", "shape"]
