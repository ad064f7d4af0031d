"""The texts that requests may name instead of sending them, and those that may run at all.

`named` is what a request says, `manifest` what the gateway's owner trusts, `remembered` what was
sent before; `lookup` brings them together, `judge` tries what is trusted with the schema.
"""

from app.graphql.documents.errors import BAD_REQUEST, DocumentError, MalformedError
from app.graphql.documents.lookup import Documents
from app.graphql.documents.manifest import Trusted, trusted
from app.graphql.documents.named import Named, named

__all__ = [
    "BAD_REQUEST",
    "DocumentError",
    "Documents",
    "MalformedError",
    "Named",
    "Trusted",
    "named",
    "trusted",
]
