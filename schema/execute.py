"""Fields that call functions: arguments become the backend's values, what came back is shown.

A root field of Query and Mutation calls once; one of Subscription is fed by a stream; a link calls
another function with what is known of the object it stands on. Whatever goes wrong becomes an error
at its path; the rest of the answer arrives.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLStreamDirective,
    OperationType,
    VariableNode,
)

from schema.expressions import MISSING, Types, about_call, evaluate, fitted
from schema.failures import BAD_INPUT, broken, failed, named
from schema.links import LinkField
from schema.request import Asked, Origin, Path, Request
from schema.selection import selected
from schema.values import Change
from upstreams.errors import CallError, TimedOut
from upstreams.model import Effect

Arguments: TypeAlias = dict[str, Any]
"""By the backend's names."""
Variables: TypeAlias = Mapping[str, Any]
"""What a client gave and the defaults of what it did not, coerced."""


@dataclass(frozen=True, slots=True)
class Taking:
    """How a field's arguments become a function's."""

    arguments: Mapping[str, GraphQLArgument]
    """By the names clients use."""
    changes: Mapping[str, Change]
    """By the backend's names."""

    def __call__(self, given: dict[str, Any], node: FieldNode, variables: Variables) -> Arguments:
        """The arguments by the backend's names, as its values. Raises `BadInput`.

        `given` are those that graphql-core made of the field's node.
        """
        for name, one in self.arguments.items():
            # What the backend assumes by itself is not sent: the documented default may be wrong.
            if _defaulted(one) and not _given(name, node, variables):
                given.pop(one.out_name or name, None)
        for name, change in self.changes.items():
            if given.get(name) is not None:
                given[name] = change(given[name])
        return given


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a subscription's last event is when its stream breaks."""

    error: GraphQLError


def root_resolver(origin: Origin, taking: Taking, shows: Change | None) -> Callable[..., Any]:
    """The resolver of a field of Query or Mutation; `shows` changes what came back."""

    async def resolve(_source: Any, info: GraphQLResolveInfo[Request], /, **given: Any) -> Any:
        return await _answer(
            origin, (info.path.key,), info, lambda: _taken(taking, given, info), shows
        )

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
        return _messages(origin, info, lambda: _taken(taking, given, info), each)

    return resolve


async def _messages(
    origin: Origin,
    info: GraphQLResolveInfo[Request],
    arguments: Callable[[], dict[str, Any]],
    each: Change | None,
) -> AsyncGenerator[Any, None]:
    """The messages as they come, within the request's time. Raises `GraphQLError`."""
    request = info.context
    try:
        asked = request.asked[(info.path.key,)] = _asked(origin, arguments(), info)
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
                    return bool(_variables(info).get(name.value, True))
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
            asked = _asked(origin, _taken(taking, given, info), info)
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


def link_resolver(
    field: LinkField, taking: Taking, types: Types, shows: Change | None
) -> Callable[..., Any]:
    """The resolver of a link.

    Where the object has nothing of which a needed argument is made, there is nothing to ask.
    """
    needed = field.needed
    wanted = {one.name: one.type for one in field.function.arguments}

    def bound(source: Any, asked: Asked | None) -> Iterator[tuple[str, Any]]:
        """The arguments that the link knows. Raises `GraphQLError` where a value does not fit."""
        for one in field.link.arguments:
            name = one.argument[0]
            value = evaluate(one.value, source, asked)
            if value is not MISSING:
                yield name, fitted(value, wanted[name], types)

    async def resolve(source: Any, info: GraphQLResolveInfo[Request], /, **given: Any) -> Any:
        path = tuple(info.path.as_list())
        asked = _behind(field, info.context, path[:-1])
        given = {name: value for name, value in given.items() if value is not None}
        known = {name: value for name, value in bound(source, asked) if name not in given}
        if missing := [name for name in needed if name not in known and name not in given]:
            _check_known(field, missing, asked)
            return None
        return await _answer(field, path, info, lambda: known | _taken(taking, given, info), shows)

    return resolve


async def _answer(
    origin: Origin,
    path: Path,
    info: GraphQLResolveInfo[Request],
    arguments: Callable[[], dict[str, Any]],
    shows: Change | None,
) -> Any:
    """What the function gives, shown. Raises `GraphQLError` of the one model."""
    request = info.context
    try:
        asked = request.asked[path] = _asked(origin, arguments(), info)
        if _shared(origin, info):
            value = await request.read(asked, path)
        else:
            value = await request.caller.call(asked, request)
    except CallError as error:
        failure = failed(error, origin, request.request_id)
    except Exception as error:  # noqa: BLE001 - a mistake of ours: logged, never shown
        failure = broken(error, origin, request.request_id)
    else:
        return value if shows is None or value is None else shows(value)
    # Outside the handler: the call's traceback would keep everything the call had read.
    raise failure


def _shared(origin: Origin, info: GraphQLResolveInfo[Request]) -> bool:
    """Whether equal calls give one answer: reads do, as long as nothing is written between them."""
    reads = origin.function.effect is Effect.READ
    return reads and info.operation.operation is not OperationType.MUTATION


def _asked(origin: Origin, arguments: dict[str, Any], info: GraphQLResolveInfo[Request]) -> Asked:
    selection = selected(info) if origin.function.selective else ()
    return Asked(origin, arguments, selection=selection)


def _behind(field: LinkField, request: Request, path: Path) -> Asked | None:
    """The call whose whole answer the object is, where the link belongs to that call's answers."""
    found = request.behind(path)
    if found is None or found[0] != path:
        return None
    origin = found[1].origin
    of_it = origin.upstream == field.upstream and origin.function.name == field.link.origin
    return found[1] if of_it else None


def _check_known(field: LinkField, missing: list[str], asked: Asked | None) -> None:
    """Raises `GraphQLError` where the client has to say what only another call would tell."""
    bound = {one.argument[0]: one.value for one in field.link.arguments}
    unknown = [name for name in missing if name in bound and about_call(bound[name])]
    if asked is None and unknown:
        raise GraphQLError(
            f"{', '.join(unknown)} must be given here: only the answer of {field.link.origin}"
            " itself tells",
            extensions={"code": BAD_INPUT, **named(field)},
        )


def _defaulted(argument: GraphQLArgument) -> bool:
    return argument.default is not None and not isinstance(argument.type, GraphQLNonNull)


def _given(name: str, node: FieldNode, variables: Variables) -> bool:
    """Whether the client wrote the argument, with a value or a variable that has one."""
    for argument in node.arguments or ():
        if argument.name.value == name:
            value = argument.value
            return not isinstance(value, VariableNode) or value.name.value in variables
    return False


def _taken(taking: Taking, given: Arguments, info: GraphQLResolveInfo[Request]) -> Arguments:
    return taking(given, info.field_nodes[0], _variables(info))


def _variables(info: GraphQLResolveInfo[Request]) -> Variables:
    # Strawberry hands resolvers the coerced values themselves, graphql-core a container of them.
    values: Any = info.variable_values
    variables: Variables = getattr(values, "coerced", values)
    return variables
