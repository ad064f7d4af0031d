"""`splice.yaml` and the environment, as one frozen `Config`: every mistake reported at once.

Read in this order: `model` (what may be written), `keys` (under which names), `problems` (what is
wrong, and where), `written` (the parts of YAML's nodes), `scalars` (texts as numbers, durations,
sizes), `nodes` (YAML as GraphQL's values), `values` (nodes as values of annotated types),
`upstreams` (one entry of `upstreams:`), `read` (the whole file), `json_schema` (the file described
to editors).
"""

from app.config.model import Config, ConfigError, Problem, Upstream
from app.config.read import load

__all__ = ["Config", "ConfigError", "Problem", "Upstream", "load"]
