"""What an operation would ask of upstreams, found out without asking them.

Read in this order: `model` (what is told), `standing` (values for what is not known yet), `places`
(where the objects of a join are), `steps` (from a plan to what is told).
"""

from schema.explain.model import Assumed, Calls, Explained, Step, flat
from schema.explain.steps import Ask, explain

__all__ = ["Ask", "Assumed", "Calls", "Explained", "Step", "explain", "flat"]
