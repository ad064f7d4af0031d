"""Handing back what one call answered for many keys."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from schema.expressions import MISSING, below
from schema.join import Batched
from schema.values import kind_of
from upstreams.errors import Malformed


def matched(
    batched: Batched, keys: Sequence[Hashable], value: Any
) -> Mapping[Hashable, Sequence[Any]]:
    """The items of an answer by the keys that they answer; keys without any are absent.

    Raises `Malformed` where the answer holds no list, or does not tell which key an item answers.
    """
    items = below(value, batched.items)
    if items is MISSING:
        return {}
    if not isinstance(items, list):
        raise Malformed(f"a list was promised, {kind_of(items)} came")
    if not batched.match and len(items) != len(keys):
        raise Malformed(f"{len(keys)} keys were asked for, {len(items)} items came")
    answered = zip(keys, items, strict=True) if not batched.match else _keyed(batched, items)
    found: defaultdict[Hashable, list[Any]] = defaultdict(list)
    for key, item in answered:
        if item is not None:
            found[key].append(item)
    return found


def _keyed(batched: Batched, items: Sequence[Any]) -> Iterator[tuple[Hashable, Any]]:
    """Each item with the key that it answers. Raises `Malformed`."""
    for item in items:
        if item is not None and any(batched.match) and not isinstance(item, dict):
            raise Malformed(f"objects were promised, {kind_of(item)} came")
        key = batched.keyed(tuple(below(item, steps) for steps in batched.match))
        if key is not None:
            yield key, item
