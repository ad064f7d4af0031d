"""Enums as each upstream has them, and as clients see those of several."""

from typing import cast

from schema.enums import Enum
from schema.shaping.apply import enum_of
from schema.shaping.shapes import TypeKey
from schema.sources import MergedEnum, same_values
from schema.types.known import Known
from upstreams.model import EnumType


class Enums:
    """The enums of everything known, each upstream's made once."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._own: dict[TypeKey, Enum] = {}

    def own(self, upstream: str, key: str) -> Enum:
        """The enum as one upstream has it."""
        if (upstream, key) not in self._own:
            definition = cast(EnumType, self._known.definitions[upstream][key])
            shape = self._known.shapes.of(upstream, key)
            name = self._known.name(upstream, key)
            self._own[upstream, key] = enum_of(name, definition, shape)
        return self._own[upstream, key]

    def shown(self, upstream: str, key: str) -> Enum:
        """The enum as it is where all its values are the same for every upstream."""
        sources = {owner: self.own(owner, one) for owner, one in self._known.sources(upstream, key)}
        first = sources[upstream]
        if all(same_values(first, one) for one in sources.values()):
            return first
        return MergedEnum(first.name, sources)
