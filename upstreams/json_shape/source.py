"""Source that is generated: of identifiers of our own alone, all else being named constants."""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from functools import partial
from itertools import count
from typing import Any

from upstreams.shape import Hole

_INDENT = "    "


class Source:
    """The functions of one shape. Each takes a value and the holes to add to."""

    def __init__(self) -> None:
        # A named tuple is made faster than its own way.
        self._names: dict[str, Any] = {"Hole": partial(tuple.__new__, Hole)}
        self._functions: list[str] = []
        self._entries: list[tuple[MutableMapping[Any, Any], Any, str]] = []
        self._numbers = count()

    def variable(self) -> str:
        """A name that nothing else has."""
        return f"x{next(self._numbers)}"

    def constant(self, value: Any) -> str:
        """A name for a value."""
        name = f"c{next(self._numbers)}"
        self._names[name] = value
        return name

    def function(self, lines: Iterable[str], result: str) -> str:
        """A name for statements about `value` and `holes`, and the expression they lead to."""
        name = f"f{next(self._numbers)}"
        self._functions.append(f"def {name}(value, holes):")
        self._functions += indented((*lines, f"return {result}"))
        return name

    def enter(self, table: MutableMapping[Any, Any], key: Any, function: str) -> None:
        """Have a function stand in a table, once it is there."""
        self._entries.append((table, key, function))

    def made(self, function: str) -> Callable[[Any, Any], Any]:
        """The function of that name, with all that it leads to."""
        exec("\n".join(self._functions), self._names)  # noqa: S102 - no foreign name is in it
        for table, key, name in self._entries:
            table[key] = self._names[name]
        found: Callable[[Any, Any], Any] = self._names[function]
        return found


def indented(lines: Iterable[str]) -> Iterator[str]:
    """The lines one level deeper."""
    return (_INDENT + line for line in lines)


def depth(lines: Iterable[str]) -> int:
    """How many levels the deepest line has above it."""
    return max((len(line) - len(line.lstrip()) for line in lines), default=0) // len(_INDENT)
