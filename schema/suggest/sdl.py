"""Suggestions as SDL to paste: each with its reasons above it."""

import json
from collections.abc import Iterable
from itertools import groupby

from schema.suggest.model import Candidate, On

_WIDEST = 100


def sdl(found: Iterable[Candidate]) -> str:
    """All of them as one file, grouped by type in the order they have."""
    return "\n".join(_type(on, fields) for on, fields in groupby(found, key=lambda one: one.on))


def _type(on: On, fields: Iterable[Candidate]) -> str:
    inside = "".join(
        f"  # {one.confidence:.2f}: {reasons(one)}\n{_indented(one)}" for one in fields
    )
    return f"{_head(on)} {{\n{inside}}}\n"


def _head(on: On) -> str:
    return f"extend {'interface' if on.interface else 'type'} {on.name}"


def alone(found: Candidate) -> str:
    """One of them, on one line."""
    return f"{_head(found.on)} {{ {field(found)} }}"


def reasons(found: Candidate) -> str:
    """What speaks for it, then what speaks against it."""
    fors = [one.says for one in found.evidence if one.weight > 0]
    againsts = [one.says for one in found.evidence if one.weight <= 0]
    return "; ".join(" ".join(one.split()) for one in (*fors, *(f"but {one}" for one in againsts)))


def field(found: Candidate) -> str:
    """The field with its call, on one line."""
    return f"{found.name}: {found.gives} {_call(found)}"


def _indented(found: Candidate) -> str:
    line = f"  {field(found)}\n"
    if len(line) <= _WIDEST:
        return line
    return f"  {found.name}: {found.gives}\n    {_call(found)}\n"


def _call(found: Candidate) -> str:
    parts = [f"function: {json.dumps(found.calls)}"]
    parts.append(f"args: {{ {found.argument}: {json.dumps(found.value)} }}")
    if found.match is not None:
        parts.append(f"match: {json.dumps(found.match)}")
    return f"@call({', '.join(parts)})"
