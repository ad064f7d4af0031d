"""What is wrong with a configuration, collected while it is read, each with its place."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import yaml

from app.config.model import ConfigError, Problem

NEAR = 0.5
"""How much of two names must agree for one to be suggested for the other."""


class Unusable(Exception):  # noqa: N818 - control flow of reading, nothing that a caller meets
    """A value could not be read; its problem is noted already."""


class Problems:
    """The problems of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def note(
        self, node: yaml.Node, message: str, choices: Iterable[str] = (), written: str = ""
    ) -> None:
        """Note a problem, with the choice that is nearest to what is written."""
        near = difflib.get_close_matches(written, list(choices), n=1, cutoff=NEAR)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        self._found.append(Problem(self.at(node), f"{message}{hint}"))

    def refuse(
        self, node: yaml.Node, message: str, choices: Iterable[str] = (), written: str = ""
    ) -> NoReturn:
        """Note a problem and raise `Unusable`."""
        self.note(node, message, choices, written)
        raise Unusable

    def at(self, node: yaml.Node) -> str:
        """`splice.yaml:7:5`"""
        return f"{self._path}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def error(self) -> ConfigError:
        """All of them, in the order of the file."""
        return ConfigError(sorted(self._found, key=_place))


def _place(problem: Problem) -> list[int]:
    """ "splice.yaml:7:5" -> [7, 5]."""
    return [int(part) for part in problem.at.rsplit(":", 2)[1:] if part.isdigit()]
