"""Answers read from their XML straight into what an operation wants of them.

What it gives is what a projection of the reader's values gives, sooner: one function is generated
for each object, which reads its children once and puts what is wanted into its place. Leaves whose
text tells at once what clients see of them are read in it; everything else by the reader.

Read in this order: `answered` (what is read), `leaves`, `members` (what becomes of the children of
an element), `compiler` (the source), `shaped` (the reader made of it).
"""

from upstreams.soap.shape.answered import Answered
from upstreams.soap.shape.shaped import shape_of

__all__ = ["Answered", "shape_of"]
