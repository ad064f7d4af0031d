"""Input types without a field that is not a client's to give."""

from collections.abc import Iterable, Sequence

import msgspec

from upstreams.model import Field, InputType, Named, Required, TypeDef, TypeRef, nullable


class Pruning:
    """The input types of a catalog, and what they are without some of their fields."""

    def __init__(self, types: Iterable[TypeDef]) -> None:
        self._types = {one.key: one for one in types if isinstance(one, InputType)}
        self._made: dict[str, InputType] = {}

    @property
    def made(self) -> tuple[InputType, ...]:
        """The types that `without` needed and that were not there."""
        return tuple(self._made.values())

    def without(self, field: Field, path: Sequence[str], label: str) -> Field | None:
        """The field, of which what a path leads to is taken out; None where nothing is left.

        It stays as it is where nothing says what is in it. `label` tells types that lack something
        from those that do not.
        """
        ref = self._ref(field.type, path, label)
        return None if ref is None else msgspec.structs.replace(field, type=ref)

    def _ref(self, ref: TypeRef, path: Sequence[str], label: str) -> TypeRef | None:
        if not path:
            return None
        leaf = nullable(ref)
        known = self._types.get(leaf.key) if isinstance(leaf, Named) else None
        if known is None:
            return ref
        left = self._pruned(known, path, label)
        if left is None:
            return None
        needed = isinstance(ref, Required) and any(map(_required, left.fields))
        return Required(Named(left.key)) if needed else Named(left.key)

    def _pruned(self, known: InputType, path: Sequence[str], label: str) -> InputType | None:
        pruned = (
            self.without(field, path[1:], label) if field.name == path[0] else field
            for field in known.fields
        )
        fields = tuple(field for field in pruned if field is not None)
        if not fields:
            return None
        names = {field.name for field in fields}
        groups = (tuple(one for one in group if one in names) for group in known.exclusive)
        made = msgspec.structs.replace(
            known,
            key=f"{known.key} without {'/'.join(path)}",
            scope=(label, *known.scope),
            fields=fields,
            exclusive=tuple(group for group in groups if len(group) > 1),
        )
        return self._made.setdefault(made.key, made)


def _required(field: Field) -> bool:
    return isinstance(field.type, Required) and field.default is None
