"""What a catalog says about a type beside how it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from upstreams.soap.model import Family, Layout


@dataclass(frozen=True, slots=True)
class Shape:
    """A type with members."""

    key: str
    label: str
    layout: Layout
    scope: tuple[str, ...] = ()
    description: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    """Descriptions by field."""
    one_of: bool = False
    """True when exactly one of its fields is there."""


@dataclass(frozen=True, slots=True)
class Kinship:
    """A declared type, and the types a value of it may be of."""

    family: Family
    descendants: frozenset[str]
    """The keys of all types derived from it, also of abstract ones."""
