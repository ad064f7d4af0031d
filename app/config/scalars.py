"""Texts as texts, numbers, durations, sizes and places, with what variables stand for in them.

`${VAR}` and `${VAR:-default}` are replaced in every text; `$${` stands for a plain `${`.
"""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.config.problems import Problems
from app.config.written import TAG, is_null
from upstreams.kind import Unit

_VARIABLE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^${}]*))?\})?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SIZE = re.compile(r"(\d+)(B|KiB|MiB|GiB|kB|MB|GB)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {
    None: 1,
    "B": 1,
    "kB": 10**3,
    "KiB": 2**10,
    "MB": 10**6,
    "MiB": 2**20,
    "GB": 10**9,
    "GiB": 2**30,
}


@dataclass(frozen=True, slots=True)
class Scalars:
    """Reads the texts of one file; what cannot be used is a problem, and raises `Unusable`."""

    folder: Path
    """Where relative places begin."""
    environment: Mapping[str, str]
    problems: Problems

    def plain(self, node: yaml.Node, wanted: type) -> object:
        """A value of a type that has no parts."""
        if issubclass(wanted, enum.Enum):
            return self._choice(node, wanted)
        read = {str: self.text, bool: self._bool, int: self._int, float: self._float}[wanted]
        return read(node)

    def text(self, node: yaml.Node) -> str:
        """What is written, its variables replaced."""
        if not isinstance(node, yaml.ScalarNode):
            self.problems.refuse(node, "a text is wanted here")
        if is_null(node):
            self.problems.refuse(node, "a value is wanted here; leave the key out for its default")
        if not node.tag.startswith(TAG):
            self.problems.refuse(node, f"the tag {node.tag} is not known; only plain values are")
        return _VARIABLE.sub(lambda match: self._variable(node, match), node.value)

    def _variable(self, node: yaml.Node, match: re.Match[str]) -> str:
        name, default = match.groups()
        if match[0] == "$${":
            return "${"
        if name is None:
            self.problems.refuse(
                node, "${ begins no variable: ${NAME}, ${NAME:-default}, or $${ for itself"
            )
        value = self.environment.get(name)
        if default is not None and not value:
            return default
        if value is None:
            self.problems.refuse(node, f"the environment variable {name} is not set")
        return value

    def unit(self, node: yaml.Node, unit: Unit) -> float | int | str:
        """Seconds, bytes, or a place."""
        text = self.text(node)
        if unit is Unit.LOCATION:
            return self._location(node, text)
        match = (_DURATION if unit is Unit.DURATION else _SIZE).fullmatch(text)
        if match is None:
            self.problems.refuse(node, f"{unit.value} is wanted here, not {text!r}")
        if unit is Unit.DURATION:
            return float(match[1]) * _SECONDS[match[2]]
        return int(match[1]) * _BYTES[match[2]]

    def _location(self, node: yaml.Node, text: str) -> str:
        if not text:
            self.problems.refuse(node, f"{Unit.LOCATION.value} is wanted here")
        if text.startswith(("http://", "https://", "file:")):
            return text
        return str((self.folder / text).resolve())

    def _choice(self, node: yaml.Node, wanted: type[enum.Enum]) -> enum.Enum:
        text = self.text(node)
        choices = [one.value for one in wanted]
        if text not in choices:
            message = f"one of {', '.join(choices)} is wanted here"
            self.problems.refuse(node, message, choices, text)
        return wanted(text)

    def _bool(self, node: yaml.Node) -> bool:
        text = self.text(node)
        if text not in ("true", "false"):
            self.problems.refuse(node, f"true or false is wanted here, not {text!r}")
        return text == "true"

    def _int(self, node: yaml.Node) -> int:
        text = self.text(node)
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            self.problems.refuse(node, f"a whole number is wanted here, not {text!r}")
        return int(text)

    def _float(self, node: yaml.Node) -> float:
        text = self.text(node)
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
            self.problems.refuse(node, f"a number is wanted here, not {text!r}")
        return float(text)
