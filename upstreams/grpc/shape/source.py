"""Functions in Python that are written here and now, and the names of what they use."""

from collections.abc import Callable
from typing import Any


class Source:
    """A module in the making. Its functions take a message, `m`, and the holes, `h`."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._functions: list[str] = []

    def name(self, value: object) -> str:
        """The name by which the functions know a value."""
        name = f"n{len(self._known)}"
        self._known[name] = value
        return name

    def function(self, *body: str) -> str:
        """The name of a function of these lines."""
        name = f"f{len(self._functions)}"
        self._functions.append("\n ".join((f"def {name}(m, h):", *body)))
        return name

    def compiled(self, function: str) -> Callable[[Any, Any], Any]:
        """The function of that name."""
        code = compile("\n".join(self._functions), "<shape>", "exec")
        exec(code, self._known)  # noqa: S102 - it has no word but ours, and literals by `repr`
        made: Callable[[Any, Any], Any] = self._known[function]
        return made
