"""Small catalogs to build schemas from, and a caller that answers from a table."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, parse
from graphql.execution import experimental_execute_incrementally

from app.graphql.body import encode
from schema.plan.model import Unplannable
from schema.plan.plans import Plans
from schema.plan.run import run
from schema.request import Asked, Origin, Request
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
from upstreams.shape import Steps, Value, Wanted

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

    async def fetch(self, asked: Asked, request: Request) -> Value:
        """What the table says for the function."""
        return Value(self._said(asked))

    def shape(self, origin: Origin, wanted: Wanted, inside: Steps) -> None:
        """None: values are projected."""

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


class Replayed:
    """A caller that gives what another gave, for the same calls; any other call is a mistake."""

    def __init__(self, caller: Any) -> None:
        self._caller = caller
        self._given: dict[tuple[str, str, str], tuple[Any, Exception | None, Any]] = {}
        self.replays = False

    async def fetch(self, asked: Asked, request: Request) -> Any:
        """What the other caller gave or raised."""
        key = (asked.origin.upstream, asked.origin.function.name, repr(asked.arguments))
        if not self.replays:
            try:
                answer = await self._caller.fetch(asked, request)
            except Exception as error:
                self._given[key] = None, error, asked.aside
                raise
            self._given[key] = answer, None, asked.aside
            return answer
        answer, failure, aside = self._given[key]
        asked.aside.headers, asked.aside.extensions = aside.headers, aside.extensions
        asked.aside.url, asked.aside.status = aside.url, aside.status
        if failure is not None:
            raise failure
        return answer

    def shape(self, origin: Origin, wanted: Wanted, inside: Steps) -> None:
        """None: values are projected."""

    def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """As the other caller."""
        stream: AsyncGenerator[Any, None] = self._caller.stream(asked, request)
        return stream


async def ask(
    schema: GraphQLSchema,
    caller: Any,
    text: str,
    variables: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ExecutionResult:
    """The result of one operation, straight from graphql-core; a plan's must be the same."""
    replayed = Replayed(caller)
    document = parse(text)
    request = Request(replayed, "r1", float("inf"), headers or {})
    result = experimental_execute_incrementally(
        schema, document, context_value=request, variable_values=variables
    )
    whole = await result if isawaitable(result) else result
    assert isinstance(whole, ExecutionResult)
    replayed.replays = True
    again = Request(replayed, "r1", float("inf"), headers or {})
    await _same(schema, document, again, variables, whole)
    return whole


async def _same(
    schema: GraphQLSchema,
    document: DocumentNode,
    request: Request,
    variables: dict[str, Any] | None,
    exact: ExecutionResult,
) -> None:
    try:
        plan, coerced = Plans(schema, document).operation(None).plan(variables or {})
        outcome = await run(plan, request, coerced)
    except Unplannable:
        return
    assert encode(outcome.data) == encode(exact.data)
    assert _told(outcome.errors) == _told(exact.errors or [])


def _told(errors: Iterable[GraphQLError]) -> list[str]:
    return sorted(f"{error.formatted}" for error in errors)
