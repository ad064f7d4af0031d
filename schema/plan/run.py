"""From a plan to a response: what can be asked at once is, what depends waits for its parents.

A call that fails makes its field null and adds one error for every path it stands at. Data that is
not as promised makes the whole operation `Unplannable`: the exact path then completes it over the
answers that are already here, none of which is asked for again.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from graphql import GraphQLError

from schema.plan.joins import joined, together
from schema.plan.model import Fetch, Plan, Unplannable
from schema.plan.state import Places, State
from schema.request import Asked, Request
from upstreams.shape import Constant, Hole

_encoder = msgspec.json.Encoder(decimal_format="number")


class Outcome(NamedTuple):
    """A response, but for its extensions."""

    data: msgspec.Raw
    errors: Sequence[GraphQLError]


async def run(plan: Plan, request: Request, variables: Any) -> Outcome:
    """The response of a plan; `variables` are as graphql-core coerced them.

    Raises `Unplannable` once every call that was begun has ended.
    """
    state = State(request, variables)
    data = {
        key: root.value if isinstance(root, Constant) else None for key, root in plan.roots.items()
    }
    work = (
        _root(state, data, key, fetch, writes=plan.in_series)
        for key, fetch in plan.roots.items()
        if isinstance(fetch, Fetch)
    )
    if plan.in_series:
        for one in work:
            await one
    else:
        await together(work)
    if state.surprise:
        raise Unplannable(state.surprise)
    try:
        encoded = _encoder.encode(data)
    except UnicodeEncodeError as error:
        raise Unplannable("half a character") from error
    return Outcome(msgspec.Raw(encoded), list(state.errors(data)))


async def _root(
    state: State, data: dict[str, Any], key: str, fetch: Fetch, *, writes: bool
) -> None:
    try:
        asked = Asked(fetch.origin, fetch.bind(state.variables), selection=fetch.selection)
    except Unplannable as error:
        state.surprise = error.reason
        return
    state.since = key if writes else ""
    got = await state.got(
        fetch, asked, Places(key, (Hole(data, key, ()),)), writes=(key,) if writes else None
    )
    if got is not None:
        fetched, read = got
        data[key] = read.value
        if fetch.slots:
            await joined(state, fetch, [(read, fetched.asked)])
