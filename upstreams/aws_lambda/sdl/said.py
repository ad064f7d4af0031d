"""What a types file says, and what is wrong with one."""

from collections.abc import Sequence

from upstreams.aws_lambda.model import TypesFile
from upstreams.errors import DiscoveryError
from upstreams.model import Effect, Field, Remark, TypeDef, TypeRef, Value

MOST_PROBLEMS = 10
"""How many mistakes are told at once."""


class Problem(Value, frozen=True):
    """What is wrong in the file, and where; lines and columns count from 1."""

    message: str
    line: int = 1
    column: int = 1


class Typed(Value, frozen=True):
    """One root field: what a function takes and gives."""

    field: str
    function: str
    """The function `@lambda` names; empty when the field's own name says which."""
    effect: Effect
    arguments: tuple[Field, ...]
    returns: TypeRef
    description: str
    deprecated: str | None
    source: str
    line: int
    column: int

    def problem(self, message: str) -> Problem:
        """Something wrong with this field."""
        return Problem(f"{self.source}: {message}", self.line, self.column)


class Types(Value, frozen=True):
    """Everything a types file says."""

    fields: tuple[Typed, ...]
    types: tuple[TypeDef, ...]
    degraded: tuple[Remark, ...]
    assumed: tuple[Remark, ...]


def refused(file: TypesFile, problems: Sequence[Problem]) -> DiscoveryError:
    """All problems as one error, a line each, every line with its place."""
    first, *others = problems
    lines = [first.message, *(f"{_place(file, other)}: {other.message}" for other in others)]
    return DiscoveryError("\n".join(lines), at=_place(file, first))


def _place(file: TypesFile, problem: Problem) -> str:
    return f"{file.location}:{problem.line}:{problem.column}"
