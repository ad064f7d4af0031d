"""What other subgraphs can tell of two schemas beside their types: keys, and what is shareable."""

from collections.abc import Iterator, Mapping

from graphql import GraphQLSchema

from schema.diff.model import ANYTHING, Change, Severity
from schema.federation.sdl import subgraph_of


def compared(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Every such difference; nothing where there was no subgraph before."""
    if subgraph_of(old) is None:
        return
    before, after = _keys(old), _keys(new)
    for at, was in before.items():
        now = after.get(at)
        if now is None:
            yield _breaking(at, "the key is gone")
        elif was and not now:
            yield _breaking(at, "the key cannot be asked for any more")
    for at in after.keys() - before.keys():
        yield Change(Severity.SAFE, at, "the key is new")
    yield from _shareable(old, new)


def _keys(schema: GraphQLSchema) -> Mapping[str, bool]:
    """Whether it can be asked for by each key: `Order @key(fields: "id")`."""
    subgraph = subgraph_of(schema)
    return {
        f'{name} @key(fields: "{one.key}")': one.join is not None
        for name, entity in (subgraph.entities if subgraph else {}).items()
        for one in entity.keys
    }


def _shareable(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    was, now = (one.marks.shareable if (one := subgraph_of(each)) else () for each in (old, new))
    for at in sorted(set(was) - set(now)):
        yield _breaking(f"{at} @shareable", "other subgraphs may not give it any more")
    for at in sorted(set(now) - set(was)):
        yield Change(Severity.SAFE, f"{at} @shareable", "other subgraphs may give it, too")


def _breaking(at: str, reason: str) -> Change:
    return Change(Severity.BREAKING, at, reason, touches=ANYTHING)
