"""Layouts arranged for writing and reading."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from upstreams.soap.model import Family, Layout, Member, Nested, Place, Wire
from upstreams.soap.xml.document import local_name

_INSIDE = (Place.ELEMENT, Place.ANY, Place.SUBSTITUTE)


class Arranged:
    """One layout, with what is looked up often at hand."""

    def __init__(self, layout: Layout, layouts: Mapping[str, Layout]) -> None:
        self._layouts = layouts
        self.exclusive = layout.exclusive
        self.inside = tuple(member for member in layout.members if member.place in _INSIDE)
        self.beside = tuple(member for member in layout.members if member.place not in _INSIDE)
        self.lists = tuple(member.field for member in self.inside if member.repeated)
        self.attributes = frozenset(
            member.name for member in self.beside if member.place is Place.ATTRIBUTE
        )

    @cached_property
    def _by_name(self) -> dict[str, Member]:
        return {name: member for member in self.inside for name in self._names(member)}

    @cached_property
    def _by_local_name(self) -> dict[str, Member]:
        return {
            local_name(name): member
            for member in reversed(self.inside)
            for name in self._names(member)
        }

    @cached_property
    def _any(self) -> Member | None:
        return next((member for member in self.inside if member.place is Place.ANY), None)

    def _names(self, member: Member) -> Iterator[str]:
        """The names of the elements a member may be."""
        if member.place is Place.SUBSTITUTE and isinstance(member.content, Nested):
            yield from (each.name for each in self._layouts[member.content.key].members)
        elif member.name:
            yield member.name

    def named(self, field: str) -> Member | None:
        """The member whose value is in that field."""
        return next((member for member in self.inside if member.field == field), None)

    def claiming(self, tag: str) -> Member | None:
        """The member an element of that name belongs to.

        A name that is right but for its namespace counts unless anything is allowed there:
        many backends confuse qualified and unqualified elements.
        """
        member = self._by_name.get(tag) or self._any
        return member or self._by_local_name.get(local_name(tag))


class ArrangedFamily:
    """One family, its types at hand by what values call them."""

    def __init__(self, family: Family) -> None:
        self.declared = family.declared
        self._by_field = dict(family.members)
        self._keys = frozenset(self._by_field.values())
        times = Counter(map(local_name, self._keys))
        self._by_local_name = {
            local_name(key): key for key in self._keys if times[local_name(key)] == 1
        }

    def chosen(self, field: str) -> str | None:
        """The key of the type that a field of the input stands for."""
        return self._by_field.get(field)

    def named(self, name: str) -> str:
        """The key of the type of that name; empty when there is none.

        A name that is right but for its namespace counts, as for elements.
        """
        if name in self._keys:
            return name
        return self._by_local_name.get(local_name(name).rpartition(":")[2], "")


def families(wire: Wire) -> dict[str, ArrangedFamily]:
    """Every family of a catalog, by the key of its declared type."""
    return {key: ArrangedFamily(family) for key, family in wire.families.items()}


def arranged(wire: Wire) -> dict[str, Arranged]:
    """Every layout of a catalog, by its key."""
    return {key: Arranged(layout, wire.layouts) for key, layout in wire.layouts.items()}
