"""`_entities`: each object that another subgraph refers to is a hole, filled as those of joins."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from schema.plan.joins import Filling, together
from schema.plan.model import Entities, Unplannable
from schema.plan.state import State
from upstreams.shape import Hole, below

_WRONG = "representations"
"""Why the exact path is asked to say what is wrong with them."""


async def entities(state: State, data: dict[str, Any], key: str, root: Entities) -> None:
    """The objects are there, in the order of their representations."""
    try:
        said = root.member.said(root.node, state.variables)
        found = data[key] = [None] * len(said)
        holes = _holes(root, said, found)
    except GraphQLError:
        state.surprise = _WRONG
    except Unplannable as error:
        state.surprise = error.reason
    else:
        await together(
            Filling(state, joined, {}).filled(holes[id(way)])
            for way, joined in root.ways
            if id(way) in holes
        )


def _holes(root: Entities, said: Sequence[Any], found: list[Any]) -> Mapping[int, Sequence[Hole]]:
    """By the identity of the way, where its objects go. Raises `GraphQLError` and `Unplannable`."""
    if len(said) > root.member.most:
        raise Unplannable(_WRONG)
    holes: defaultdict[int, list[Hole]] = defaultdict(list)
    for place, one in enumerate(said):
        way = root.member.way(one)
        if way is None or way.join is None:
            raise Unplannable(_WRONG)
        parent = way.key.parent(one)
        parts = tuple([below(parent, steps) for steps in way.join.needs])
        holes[id(way)].append(Hole(found, place, parts))
    return holes
