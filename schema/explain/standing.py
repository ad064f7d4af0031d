"""Values that stand for what is not known before something is asked.

They are of the right type, so that they go the way of real ones into a request, and are told apart
by a number in them: in the request's text they are then replaced by what they stand for.
"""

import base64
import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLType,
    is_required_input_field,
)

from schema.explain.model import Assumed
from upstreams.model import ScalarKind

_FIRSTS = (7_310_000, 6_240_000, 5_170_000, 4_860_000)
"""Numbers to count from; with a half behind them, even 32 bits hold them exactly."""
_LONG_AFTER = datetime.date(9000, 1, 1)


def _text(number: int) -> str:
    return f"x{number}x"


def _date(number: int) -> str:
    return (_LONG_AFTER + datetime.timedelta(days=number % 1000)).isoformat()


def _time(number: int) -> str:
    return f"12:34:56.{number % 1000000:06}"


_MADE: Mapping[str, Callable[[int], Any]] = {
    **{
        kind.value: int
        for kind in (
            *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG),
            *(ScalarKind.UNSIGNED_LONG, ScalarKind.BIG_INT),
        )
    },
    ScalarKind.FLOAT.value: lambda number: number + 0.5,
    ScalarKind.DECIMAL.value: lambda number: Decimal(f"{number}.5"),
    ScalarKind.BOOLEAN.value: lambda _: True,
    ScalarKind.DATE.value: _date,
    ScalarKind.TIME.value: _time,
    ScalarKind.DATE_TIME.value: lambda number: f"{_date(number)}T{_time(number)}Z",
    ScalarKind.LOCAL_DATE_TIME.value: lambda number: f"{_date(number)}T{_time(number)}",
    ScalarKind.DURATION.value: lambda number: f"PT{number}S",
    ScalarKind.UUID.value: lambda number: f"00000000-0000-4000-8000-{number:012}",
    ScalarKind.EMAIL.value: lambda number: f"x{number}x@example.com",
    ScalarKind.BYTES.value: lambda number: base64.b64encode(_text(number).encode()).decode(),
    ScalarKind.UPLOAD.value: lambda number: base64.b64encode(_text(number).encode()).decode(),
    ScalarKind.VOID.value: lambda _: None,
}
"""By the name of the scalar; any other is a text."""


class StandIns:
    """The values of one operation."""

    def __init__(self, text: str) -> None:
        """`text` is what is known already, from which the values have to differ."""
        first = next((one for one in _FIRSTS if str(one)[:4] not in text), _FIRSTS[0])
        self._first = first
        self._values: dict[str, tuple[int, Any]] = {}
        """Each with the number that is in it."""
        self._mute: set[str] = set()
        """The labels of values that no number can be in."""
        self._shown: set[str] = set()
        self._beside: set[str] = set()

    def beside(self, label: str) -> str:
        """A text that may be used or not: a header, or what came beside an answer."""
        self._beside.add(label)
        text: str = self._known(label, str)
        return text

    def value(self, of_type: GraphQLType | None, label: str) -> Any:
        """What a backend says that is of that type; None: a text, or a number."""
        match of_type:
            case GraphQLNonNull(of_type=inner):
                return self.value(inner, label)
            case GraphQLList(of_type=inner):
                return [self.value(inner, label)]
            case GraphQLEnumType():
                return self._one_of(label, (one.value for one in of_type.values.values()))
            case GraphQLScalarType():
                return self._known(label, _MADE.get(of_type.name, _text))
            case None:
                return self._known(label, str)
            case _:
                return self._one_of(label, [{}])

    def said(self, of_type: GraphQLType, label: str) -> Any:
        """What a client says that is of that type; of an object, no more than it must have."""
        match of_type:
            case GraphQLNonNull(of_type=inner):
                return self.said(inner, label)
            case GraphQLList(of_type=inner):
                return [self.said(inner, label)]
            case GraphQLEnumType():
                return self._one_of(label, of_type.values)
            case GraphQLInputObjectType():
                return {name: self.said(*one) for name, one in _members(of_type, label)}
            case _:
                return self.value(of_type, label)

    def replaced(self, text: str) -> str:
        """The text with what values stand for in their place."""
        labels = dict(self._spellings())
        if not labels:
            return text
        longest = sorted(labels, key=len, reverse=True)
        pattern = re.compile(rf"(?<!\d)(?:{'|'.join(map(re.escape, longest))})(?!\d)")

        def label(found: re.Match[str]) -> str:
            self._shown.add(labels[found[0]])
            return braced(labels[found[0]])

        return pattern.sub(label, text)

    def assumed(self) -> Iterator[Assumed]:
        """What could not be replaced where it was shown."""
        for label, (_, value) in self._values.items():
            if label not in self._shown and label not in self._beside:
                yield Assumed(label, value)

    def _known(self, label: str, make: Callable[[int], Any]) -> Any:
        if label not in self._values:
            number = self._first + len(self._values) + 1
            self._values[label] = number, make(number)
        return self._values[label][1]

    def _one_of(self, label: str, values: Iterable[Any]) -> Any:
        """The first of values among which there is none to make."""
        self._mute.add(label)
        return self._known(label, lambda _: next(iter(values)))

    def _spellings(self) -> Iterator[tuple[str, str]]:
        """The ways in which a value is written, each with what it stands for."""
        for label, (number, value) in self._values.items():
            if label not in self._mute and not isinstance(value, bool | None):
                # As it is, in a URL, decoded, and whatever else is done to it: its number alone.
                yield str(value), label
                yield str(value).replace(":", "%3A"), label
                yield _text(number), label
                yield str(number), label


def braced(label: str) -> str:
    """`$id` stays, `getOrder.customerId` -> `{getOrder.customerId}`; safe within quotes."""
    plain = re.sub(r"[^\w.$\[\], -]", "_", label)
    return plain if plain.startswith("$") else f"{{{plain}}}"


def _members(
    of_type: GraphQLInputObjectType, label: str
) -> Iterator[tuple[str, tuple[GraphQLType, str]]]:
    for name, field in of_type.fields.items():
        if of_type.is_one_of or is_required_input_field(field):
            yield name, (field.type, f"{label}.{name}")
            if of_type.is_one_of:
                return
