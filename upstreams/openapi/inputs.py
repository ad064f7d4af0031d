"""Arguments as the backend expects them, where input types differ from what is sent.

Three things differ: an input of alternatives (`@oneOf`) is sent as the one that was given, without
an object around it; some numbers are written as JSON text; and what is given beside an object's
other fields stands among them.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from upstreams.errors import BadInput
from upstreams.model import InputType, ListOf, MapOf, Named, Required, Scalar, TypeRef, innermost
from upstreams.openapi.model import OpenApiCatalog


class Inputs:
    """The input types of a catalog, and which of them need rewriting."""

    def __init__(self, catalog: OpenApiCatalog) -> None:
        self._types = {one.key: one for one in catalog.types if isinstance(one, InputType)}
        self._texts = frozenset(catalog.wire.texts)
        self._rests = dict(catalog.wire.rests)
        self._special = self._concerned()

    def rewrites(self, ref: TypeRef) -> bool:
        """Whether values of that type may go on the wire as others."""
        leaf = innermost(ref)
        return isinstance(leaf, Named) and leaf.key in self._special

    def sent(self, ref: TypeRef, value: Any) -> Any:
        """The value of that type as it goes on the wire."""
        if value is None or not self.rewrites(ref):
            return value
        match ref:
            case Required(of=inner):
                return self.sent(inner, value)
            case ListOf(of=inner):
                return [self.sent(inner, one) for one in value]
            case MapOf(of=inner):
                return {key: self.sent(inner, one) for key, one in value.items()}
            case Named(key=key):
                return self._object(self._types[key], value)
            case Scalar():
                return value

    def _object(self, of: InputType, value: Mapping[str, Any]) -> Any:
        fields = {field.name: field for field in of.fields}
        sent = {
            key: _text(one) if (of.key, key) in self._texts else self.sent(fields[key].type, one)
            for key, one in value.items()
        }
        if of.one_of:
            return next(iter(sent.values()), None)
        rest = self._rests.get(of.key)
        return sent if rest is None else _spread(sent, rest, fields)

    def _concerned(self) -> frozenset[str]:
        """The keys of types that are rewritten, or hold one that is."""
        holders: defaultdict[str, list[str]] = defaultdict(list)
        for one in self._types.values():
            for field in one.fields:
                leaf = innermost(field.type)
                if isinstance(leaf, Named):
                    holders[leaf.key].append(one.key)
        ahead = [one.key for one in self._types.values() if one.one_of]
        ahead += (key for key, _ in self._texts)
        ahead += self._rests
        return leading_to(ahead, holders)


def leading_to(keys: Iterable[str], holders: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The keys, those that hold them, and so on; `holders` has them by what they hold."""
    ahead = deque(keys)
    found: set[str] = set()
    while ahead:
        key = ahead.popleft()
        if key not in found:
            found.add(key)
            ahead += holders.get(key, ())
    return frozenset(found)


def _spread(sent: dict[str, Any], rest: str, fields: Collection[str]) -> dict[str, Any]:
    """What is under the name of the rest, among the others. Raises `BadInput` where they meet."""
    others = sent.pop(rest, None) or {}
    if not isinstance(others, dict):
        raise BadInput(f"{rest} has names and values; an object is wanted")
    for name in others:
        if name in fields and name != rest:
            raise BadInput(f"{name!r} is a field of its own, and no part of {rest}")
    return others | sent


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(one) for one in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value
