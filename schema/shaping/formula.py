"""Formulas: a small language of texts and sums over what an object has.

`{$parent.first} {$parent.last}` is a text, `$parent.price * $parent.quantity` a number, and
`$parent.address.city` what stands there. There is nothing in it that could run for long: what is
written is bounded, and every part of it is looked at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import (
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any, TypeAlias

MOST = 1000
"""How many characters a formula may have."""
DEEPEST = 20
"""How deep parentheses and signs may be nested."""
_DIGITS = 100
"""How long a number may be that a backend gives."""
_CONTEXT = Context(prec=34, traps=[InvalidOperation, DivisionByZero, Overflow])
_TOKEN = re.compile(
    r"\s*(?:(?P<path>\$parent(?:\.[A-Za-z_][A-Za-z0-9_]*)+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<sign>[-+*/()]))"
)


class FormulaError(Exception):
    """A formula is none, or cannot be worked out; the message says why."""


@dataclass(frozen=True, slots=True)
class Path:
    """What the object has there."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is written down."""

    value: int | Decimal


@dataclass(frozen=True, slots=True)
class Sum:
    """Two numbers, and what is done with them: one of + - * /."""

    sign: str
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Template:
    """Texts and formulas, one after the other."""

    parts: tuple["str | Formula", ...]


Formula: TypeAlias = Path | Number | Sum | Template

_SIGNS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _CONTEXT.add,
    "-": _CONTEXT.subtract,
    "*": _CONTEXT.multiply,
    "/": _CONTEXT.divide,
}


def parsed(text: str) -> Formula:
    """What a text means. Raises `FormulaError`."""
    if len(text) > MOST:
        raise FormulaError(f"longer than {MOST} characters")
    return Template(tuple(_pieces(text))) if "{" in text else _Reading(text).whole()


def paths(formula: Formula) -> Iterator[Path]:
    """Everything of the object that is looked at, in the order in which it is written."""
    match formula:
        case Path():
            yield formula
        case Sum(_, left, right):
            yield from paths(left)
            yield from paths(right)
        case Template(parts):
            for part in parts:
                if not isinstance(part, str):
                    yield from paths(part)
        case Number():
            return


def divides(formula: Formula) -> bool:
    """Whether there may be a fraction although there is none in what is looked at."""
    match formula:
        case Sum(sign, left, right):
            return sign == "/" or divides(left) or divides(right)
        case Number(value):
            return isinstance(value, Decimal)
        case _:
            return False


def whole(number: Decimal) -> int:
    """A number without a fraction. Raises `FormulaError` where digits of it are lost."""
    if number.adjusted() >= _CONTEXT.prec:
        raise FormulaError("the numbers are too large")
    return int(number)


def worked_out(formula: Formula, look: Callable[[Path], Any]) -> Any:
    """What comes of it; None where anything it looks at is null. Raises `FormulaError`."""
    match formula:
        case Path():
            return look(formula)
        case Number(value):
            return value
        case Sum(sign, left, right):
            return _summed(sign, worked_out(left, look), worked_out(right, look))
        case Template(parts):
            texts = [one if isinstance(one, str) else worked_out(one, look) for one in parts]
            return None if None in texts else "".join(map(_text, texts))


def _summed(sign: str, left: Any, right: Any) -> Decimal | None:
    if left is None or right is None:
        return None
    try:
        return _SIGNS[sign](_number(left), _number(right))
    except DecimalException as error:
        reason = "division by zero" if sign == "/" else "the numbers are too large"
        raise FormulaError(reason) from error


def _number(value: Any) -> Decimal:
    text = str(value)
    if isinstance(value, bool) or len(text) > _DIGITS:
        raise FormulaError(f"{text[:20]!r} is no number to count with")
    try:
        number = Decimal(text)
    except DecimalException as error:
        raise FormulaError(f"{text[:20]!r} is no number") from error
    if not number.is_finite():
        raise FormulaError(f"{text[:20]!r} is no number to count with")
    return number


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and abs(value.adjusted()) < _DIGITS:
        return f"{value:f}"
    return str(value)


def _pieces(text: str) -> Iterator[str | Formula]:
    """The texts between braces, and the formulas in them."""
    ahead = text
    while ahead:
        plain, brace, rest = ahead.partition("{")
        if plain:
            yield plain
        if not brace:
            return
        inside, end, ahead = rest.partition("}")
        if not end:
            raise FormulaError("a { without its }")
        yield _Reading(inside).whole()


class _Reading:
    """One reading of one formula without braces."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> Formula:
        """All of it. Raises `FormulaError`."""
        formula = self._sum()
        if self._at < len(self._tokens):
            raise FormulaError(f"{self._tokens[self._at]!r} is one too many")
        return formula

    def _sum(self) -> Formula:
        return self._chain("+-", self._product)

    def _product(self) -> Formula:
        return self._chain("*/", self._one)

    def _chain(self, signs: str, part: Callable[[], Formula]) -> Formula:
        formula = part()
        while self._at < len(self._tokens) and self._tokens[self._at] in signs:
            formula = Sum(self._next(), formula, part())
        return formula

    def _one(self) -> Formula:
        match self._next():
            case "-":
                return Sum("-", Number(0), self._deeper(self._one))
            case "(":
                formula = self._deeper(self._sum)
                if self._at == len(self._tokens) or self._next() != ")":
                    raise FormulaError("a ( without its )")
                return formula
            case "+" | "*" | "/" | ")" as sign:
                raise FormulaError(f"{sign!r} stands where a value is wanted")
            case value if value.startswith("$"):
                return Path(tuple(value.split(".")[1:]))
            case value:
                return Number(Decimal(value) if "." in value else int(value))

    def _deeper(self, part: Callable[[], Formula]) -> Formula:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError("nested too deeply")
        formula = part()
        self._depth -= 1
        return formula

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise FormulaError("something is missing at its end")
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> Iterator[str]:
    ahead = text.rstrip()
    while ahead:
        found = _TOKEN.match(ahead)
        if found is None:
            raise FormulaError(
                f"{ahead.strip()[:20]!r} is none of $parent.…, a number, + - * / ( )"
            )
        yield found[found.lastgroup or 0]
        ahead = ahead[found.end() :]
