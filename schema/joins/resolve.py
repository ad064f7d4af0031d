"""The resolver of fields that join."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from schema.execute import answer, since_of
from schema.expressions import MISSING, below
from schema.failures import crowded, failed
from schema.join import Batched, Given, Join, Parts
from schema.joins.load import Answered, bound_of, load_of
from schema.joins.tally import tally_of
from schema.request import Asked, Path, Request
from schema.selection import selected
from schema.taking import Arguments, Taking, taken
from schema.values import Change
from upstreams.errors import CallError


def join_resolver(join: Join, taking: Taking, shows: Change | None) -> Callable[..., Any]:
    """The resolver of a field that joins; where there is nothing to ask, it is null."""
    batched = join.batched

    async def resolve(source: Any, info: GraphQLResolveInfo[Request], /, **said: Any) -> Any:
        parts = tuple(below(source, steps) for steps in join.needs)

        def given() -> Given:
            return _given(taking, said, info)

        if batched is None:
            value = await _singly(join, info, lambda: join.arguments(parts, given()))
        else:
            value = await _with_others(join, batched, info, parts, given)
        return value if shows is None or value is None else shows(value)

    return resolve


async def _singly(
    join: Join, info: GraphQLResolveInfo[Request], arguments: Callable[[], Arguments | None]
) -> Any:
    """What the function gives for one object. Raises `GraphQLError`."""
    request = info.context
    tally = tally_of(request, join, since_of(info))

    def admitted() -> Arguments | None:
        said = arguments()
        if said is not None and not tally.takes(said):
            raise crowded(join.max_calls, join, request.request_id)
        return said

    async with bound_of(request, join.upstream):
        whole = await answer(join, _path(info), info, admitted, None)
    value = below(whole, join.result)
    return None if value is MISSING else value


async def _with_others(
    join: Join,
    batched: Batched,
    info: GraphQLResolveInfo[Request],
    parts: Parts,
    given: Callable[[], Given],
) -> Any:
    """What the function gives for an object when it is asked for many. Raises `GraphQLError`."""
    try:
        key = batched.key(parts)
        known = given()
    except CallError as error:
        raise failed(error, join, info.context.request_id) from error
    if key is None:
        return None
    path = _path(info)
    selection = selected(info, join.upstream) if join.function.selective else ()
    load = load_of(join, batched, known, info, selection)
    answered = await load.get(key, path, info)
    return _own(answered, info.context, path, many=join.many)


def _own(answered: Answered, request: Request, path: Path, *, many: bool) -> Any:
    """One object's share of an answer. Raises `GraphQLError` where there was none."""
    if answered.asked is not None:
        request.asked[path] = answered.asked
    if answered.error is not None:
        # One for each path: graphql-core notes the path in the error it is given.
        raise GraphQLError(answered.error.message, extensions=answered.error.extensions)
    if many:
        return list(answered.items)
    return answered.items[0] if answered.items else None


def _given(taking: Taking, said: Arguments, info: GraphQLResolveInfo[Request]) -> Given:
    """What the join knows beside its object. Raises `BadInput`."""
    told = {name: value for name, value in said.items() if value is not None}
    whole = _whole(info.context, _path(info)[:-1])
    return Given(info.context, taken(taking, told, info), whole)


def _whole(request: Request, path: Path) -> Asked | None:
    """The call whose whole answer the object at a path is."""
    found = request.behind(path)
    if found is None or found[0] != path:
        return None
    origin = found[1].origin
    part = isinstance(origin, Join) and (origin.result or origin.batched)
    return None if part else found[1]


def _path(info: GraphQLResolveInfo[Request]) -> Path:
    return tuple(info.path.as_list())
