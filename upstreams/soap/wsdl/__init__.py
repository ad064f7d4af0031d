"""What a WSDL 1.1 document offers: its operations, and how each port has them called.

Read directly, because zeep forgets what decides whether a call can work: `use`, `parts`, headers,
ports it cannot resolve, operations it overwrites, and everything said in words.

Read in this order: `nodes` (elements and names), `offers` (what is found), `messages` (what goes
each way), `policies` (what calls have to carry), `definitions`.
"""

from upstreams.soap.wsdl.definitions import Definitions
from upstreams.soap.wsdl.nodes import SOAP_11, WSDL, documentation, is_tag, qname
from upstreams.soap.wsdl.offers import (
    Attachment,
    Body,
    Fault,
    Header,
    Offer,
    Operation,
    Part,
)

__all__ = [
    "SOAP_11",
    "WSDL",
    "Attachment",
    "Body",
    "Definitions",
    "Fault",
    "Header",
    "Offer",
    "Operation",
    "Part",
    "documentation",
    "is_tag",
    "qname",
]
