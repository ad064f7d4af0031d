"""What a change of the schema means for those who use it, most serious first.

Read in this order: `model` (a change), `schemas` (what clients can tell), `functions` (what is
called for it), `uses` (what trusted documents ask for), `compare` (all of it).
"""

from schema.diff.compare import compare
from schema.diff.model import Change, Severity, Side
from schema.diff.uses import NO_USES, Uses, uses

__all__ = ["NO_USES", "Change", "Severity", "Side", "Uses", "compare", "uses"]
