"""What descriptions get wrong, put right where it is clear what was meant, and listed.

Documents are mended in place before anybody reads them: zeep gives up on a whole document for one
name it cannot resolve. Read in this order: `documents` (namespaces of whole documents), `declared`
(what schemas declare), `known` (schemas that come with none), `schemas`.
"""

from upstreams.soap.mend.declared import XSD, Declared, Schema, measure
from upstreams.soap.mend.documents import adopt, spelt_out
from upstreams.soap.mend.known import ENCODING_NAMESPACE, KNOWN
from upstreams.soap.mend.schemas import ARRAY_TYPE, mend

__all__ = [
    "ARRAY_TYPE",
    "ENCODING_NAMESPACE",
    "KNOWN",
    "XSD",
    "Declared",
    "Schema",
    "adopt",
    "measure",
    "mend",
    "spelt_out",
]
