"""Which names may be written for settings, and what each is."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Annotated, Any, cast, get_args, get_origin

from upstreams.kind import Key, Settings
from upstreams.registry import KINDS


def keys(settings: type) -> dict[str, tuple[str, Any]]:
    """The names that may be written for a dataclass, each with its attribute and annotation."""
    hints = typing.get_type_hints(settings, include_extras=True)
    return {
        _key(one.name, hints[one.name]): (one.name, hints[one.name])
        for one in dataclasses.fields(settings)
        if get_origin(hints[one.name]) is Annotated
    }


def needed(settings: type) -> list[str]:
    """Those names that must be written."""
    fields = {one.name: one for one in dataclasses.fields(settings)}
    return [
        key
        for key, (name, _) in keys(settings).items()
        if fields[name].default is dataclasses.MISSING
        and fields[name].default_factory is dataclasses.MISSING
    ]


def settings_of(kind: str, values: Mapping[str, Any]) -> Settings:
    """A kind's settings from values by their written names, for commands without a file."""
    known = keys(KINDS[kind].settings)
    return cast(
        Settings, KINDS[kind].settings(**{known[name][0]: value for name, value in values.items()})
    )


def _key(attribute: str, annotation: Any) -> str:
    marks = get_args(annotation)[1:]
    named = next((mark.name for mark in marks if isinstance(mark, Key)), None)
    first, *rest = attribute.split("_")
    return named or first + "".join(word.title() for word in rest)
