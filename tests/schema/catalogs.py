"""Small catalogs to build schemas from, and a caller that answers from a table."""

from collections.abc import AsyncGenerator, Callable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, parse
from graphql.execution import experimental_execute_incrementally

from schema.request import Asked, Request
from upstreams.model import (
    Catalog,
    Effect,
    Field,
    Function,
    ListOf,
    MapOf,
    Named,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
)

STRING = Scalar(ScalarKind.STRING)
INT = Scalar(ScalarKind.INT)
LONG = Scalar(ScalarKind.LONG)
JSON = Scalar(ScalarKind.JSON)


def required(ref: TypeRef) -> TypeRef:
    """Never null."""
    return Required(ref)


def listed(ref: TypeRef) -> TypeRef:
    """Many of it."""
    return ListOf(ref)


def mapped(ref: TypeRef) -> TypeRef:
    """By text keys."""
    return MapOf(ref)


def named(key: str) -> TypeRef:
    """A type of the catalog."""
    return Named(key)


def reading(name: str, returns: TypeRef, *arguments: Field, **more: Any) -> Function:
    """A function that reads."""
    label = more.pop("label", name)
    return Function(name, label, Effect.READ, returns, binding=None, arguments=arguments, **more)


def writing(name: str, returns: TypeRef, *arguments: Field, **more: Any) -> Function:
    """A function that writes."""
    return Function(name, name, Effect.WRITE, returns, binding=None, arguments=arguments, **more)


def catalog(*functions: Function, types: tuple[TypeDef, ...] = ()) -> Catalog:
    """A catalog of no particular kind."""
    return Catalog("openapi", functions, types, None)


class Answers:
    """A caller that answers each function by a callable over its arguments, and notes the calls."""

    def __init__(self, answers: Mapping[str, Callable[[Mapping[str, Any]], Any]]) -> None:
        self._answers = answers
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    async def call(self, asked: Asked, request: Request) -> Any:
        """What the table says for the function."""
        return self._said(asked)

    async def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """The messages that the table says for the function; an exception ends them."""
        for message in self._said(asked):
            if isinstance(message, Exception):
                raise message
            yield message

    def _said(self, asked: Asked) -> Any:
        origin = asked.origin
        self.calls.append((origin.upstream, origin.function.name, dict(asked.arguments)))
        return self._answers[origin.function.name](asked.arguments)


async def ask(
    schema: GraphQLSchema, caller: Any, text: str, variables: dict[str, Any] | None = None
) -> ExecutionResult:
    """The result of one operation, straight from graphql-core."""
    request = Request(caller, "r1", deadline=float("inf"))
    result = experimental_execute_incrementally(
        schema, parse(text), context_value=request, variable_values=variables
    )
    whole = await result if isawaitable(result) else result
    assert isinstance(whole, ExecutionResult)
    return whole
