"""Fields that call functions: arguments become the backend's values, what came back is shown.

A root field of Query and Mutation calls once; one of Subscription is fed by a stream. Whatever goes
wrong becomes an error at its path; the rest of the answer arrives.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import (
    BooleanValueNode,
    DirectiveNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLStreamDirective,
    OperationType,
    VariableNode,
)

from schema.expressions import MISSING
from schema.failures import broken, failed
from schema.join import Join
from schema.joins.selected import with_join
from schema.request import Asked, Origin, Path, Request
from schema.selection import selected
from schema.shaping.namespaces import top
from schema.taking import Arguments, Taking, taken, variables_of
from schema.values import Change
from upstreams.errors import CallError, TimedOut
from upstreams.model import Effect


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a subscription's last event is when its stream breaks."""

    error: GraphQLError


def root_resolver(origin: Origin, taking: Taking, shows: Change | None) -> Callable[..., Any]:
    """The resolver of a field of Query or Mutation; `shows` changes what came back."""

    async def resolve(_source: Any, info: GraphQLResolveInfo[Request], /, **given: Any) -> Any:
        return await answer(origin, top(info), info, lambda: taken(taking, given, info), shows)

    return resolve


def list_resolver(
    origin: Origin, taking: Taking, shows: Change | None, each: Change | None
) -> Callable[..., Any]:
    """The resolver of a stream's messages as a list, which a client may have streamed (`@stream`).

    `shows` changes the list, `each` one message.
    """
    whole = root_resolver(origin, taking, shows)

    def resolve(source: Any, info: GraphQLResolveInfo[Request], /, **given: Any) -> Any:
        if not _is_streamed(info):
            return whole(source, info, **given)
        return _messages(origin, info, lambda: taken(taking, given, info), each)

    return resolve


async def _messages(
    origin: Origin,
    info: GraphQLResolveInfo[Request],
    arguments: Callable[[], Arguments],
    each: Change | None,
) -> AsyncGenerator[Any, None]:
    """The messages as they come, within the request's time. Raises `GraphQLError`."""
    request = info.context
    try:
        asked = request.asked[top(info)] = asked_of(origin, arguments(), info)
        async with aclosing(request.caller.stream(asked, request)) as messages:
            while (message := await _next(messages, request.deadline)) is not MISSING:
                yield message if each is None or message is None else each(message)
    except CallError as error:
        failure = failed(error, origin, request.request_id)
    else:
        return
    raise failure


async def _next(messages: AsyncGenerator[Any, None], deadline: float) -> Any:
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(messages, MISSING)
    except TimeoutError as error:
        raise TimedOut("the stream did not end in time") from error


def _is_streamed(info: GraphQLResolveInfo[Request]) -> bool:
    """Whether the client wants the list item by item, and takes it so."""
    return info.context.incremental and any(
        directive.name.value == GraphQLStreamDirective.name and _wanted(directive, info)
        for node in info.field_nodes
        for directive in node.directives or ()
    )


def _wanted(directive: DirectiveNode, info: GraphQLResolveInfo[Request]) -> bool:
    for argument in directive.arguments or ():
        if argument.name.value == "if":
            match argument.value:
                case VariableNode(name=name):
                    return bool(variables_of(info).get(name.value, True))
                case BooleanValueNode(value=value):
                    return bool(value)
                case _:
                    return True
    return True


def subscriber(origin: Origin, taking: Taking) -> Callable[..., AsyncGenerator[Any, None]]:
    """What feeds a field of Subscription. A stream that breaks ends with an event that says so."""

    async def subscribe(
        _source: Any, info: GraphQLResolveInfo[Request], /, **given: Any
    ) -> AsyncGenerator[Any, None]:
        request = info.context
        failure = None
        try:
            asked = asked_of(origin, taken(taking, given, info), info)
            async with aclosing(request.caller.stream(asked, request)) as messages:
                async for message in messages:
                    request.renew()
                    request.asked[(info.path.key,)] = asked
                    yield message
        except CallError as error:
            failure = failed(error, origin, request.request_id)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: logged, never shown
            failure = broken(error, origin, request.request_id)
        if failure is not None:
            yield _Failure(failure)

    return subscribe


def event_resolver(shows: Change | None) -> Callable[..., Any]:
    """The resolver of a field of Subscription: one message of its stream, shown."""

    def resolve(message: Any, _info: Any, /, **_given: Any) -> Any:
        if isinstance(message, _Failure):
            raise message.error
        return message if shows is None or message is None else shows(message)

    return resolve


async def answer(
    origin: Origin,
    path: Path,
    info: GraphQLResolveInfo[Request],
    arguments: Callable[[], Arguments | None],
    shows: Change | None,
) -> Any:
    """What the function gives, shown; None without arguments. Raises `GraphQLError`."""
    request = info.context
    try:
        said = arguments()
        if said is None:
            return None
        asked = request.asked[path] = asked_of(origin, said, info)
        if origin.function.effect is Effect.READ:
            fetched = await request.read(asked, since_of(info))
        else:
            fetched = await request.write(asked, path)
        request.asked[path] = msgspec.structs.replace(asked, aside=fetched.asked.aside)
        value = fetched.answer.value()
    except CallError as error:
        failure = failed(error, origin, request.request_id)
    except GraphQLError:
        raise
    except Exception as error:  # noqa: BLE001 - a mistake of ours: logged, never shown
        failure = broken(error, origin, request.request_id)
    else:
        return value if shows is None or value is None else shows(value)
    # Outside the handler: the call's traceback would keep everything the call had read.
    raise failure


def since_of(info: GraphQLResolveInfo[Request]) -> str:
    """The root field of a mutation after which something is read; equal reads after it are one."""
    if info.operation.operation is not OperationType.MUTATION:
        return ""
    return ".".join(map(str, top(info)))


def asked_of(origin: Origin, arguments: Arguments, info: GraphQLResolveInfo[Request]) -> Asked:
    """The call, with what is selected of its answer where that is the backend's business."""
    if not origin.function.selective:
        return Asked(origin, arguments)
    paths = selected(info, origin.upstream)
    selection = with_join(origin, paths) if isinstance(origin, Join) else paths
    return Asked(origin, arguments, selection=selection)
