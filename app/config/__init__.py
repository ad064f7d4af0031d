"""`splice.yaml` and the environment, as one frozen `Config`: every mistake reported at once.

`model` says what may be written, `read` makes values of it, `json_schema` describes it to editors.
"""

from app.config.model import Config, ConfigError, Problem, Upstream
from app.config.read import load

__all__ = ["Config", "ConfigError", "Problem", "Upstream", "load"]
