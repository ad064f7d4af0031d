"""The steps of a selected path: fields by the backend's names, and what each is asked with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Step:
    """One field on the way to what is selected."""

    name: str
    key: str
    """Under which its value stands."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """By the backend's names, as JSON says them."""


def written(name: str, key: str, arguments: Mapping[str, Any]) -> str:
    """A field that is given arguments, as a step without a dot: `key:name(%7B%22first%22…)`.

    Raises `ValueError` for what JSON cannot say.
    """
    # Dots part the steps of a path; quoting leaves them as they are.
    said = quote(_ENCODER.encode(arguments), safe="").replace(".", "%2E")
    return f"{key}:{name}({said})"


def read(step: str) -> Step:
    """What a step says: a plain name, or a field with its arguments."""
    if not step.endswith(")"):
        return Step(step, step)
    key, _, rest = step.partition(":")
    name, _, said = rest.partition("(")
    return Step(name, key, _DECODER.decode(unquote(said[:-1])))
