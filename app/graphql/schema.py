"""The served schema as Strawberry sees it: its schema class over a schema it did not make.

Strawberry keeps its protocols, extensions and execution; what it reads from its own definitions is
given here for a schema that was built from catalogs.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution import ExecutionResult as CoreResult
from graphql.execution import MiddlewareManager
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionContext
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from app.graphql.incremental import Pieces, presented
from app.graphql.introspected import Introspected
from app.graphql.repeated import Repeated
from schema.failures import named, presentable
from schema.plan.build import INTROSPECTION
from schema.plan.model import Unplannable
from schema.plan.run import Outcome, run
from schema.prepare import Prepared, Preparer
from schema.request import Request
from schema.sdl import sdl
from schema.shaping.namespaces import in_series

EXACT = "SPLICE_EXACT"
"""Set to 1, the exact path alone is taken."""
PLANNED = "planned"


class _Executor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, but for namespaces, and what it keeps of a subscription's events."""

    def execute_fields(self, parent_type: GraphQLObjectType, *rest: Any) -> Any:
        """The fields of one object: at once, but for those of a namespace of Mutation."""
        if in_series(parent_type):
            return self.execute_fields_serially(parent_type, *rest)
        return super().execute_fields(parent_type, *rest)

    def build_per_event_executor(self, payload: Any) -> Any:
        """The executor of one event, which shares no memory of sub-fields with the others."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - it would grow with every event
        return executor


class ServedSchema(strawberry.Schema):
    """A graphql-core schema behind Strawberry's schema class."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_tokens: int,
        paths: Counter[str] | None = None,
        lasting: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`paths` is what the schemas before this one have counted; it counts on in there.

        `lasting` texts are never forgotten once they are prepared.
        """
        # Strawberry's own constructor would build a schema from decorated classes; ours is built.
        self.query = self.mutation = self.subscription = None  # type: ignore[assignment]  # there are no classes behind the roots
        self.config = StrawberryConfig(enable_experimental_incremental_execution=True)
        self.extensions = ()
        self.directives = ()
        self.schema_directives = []
        self.exception_handlers = ()
        self.execution_context_class = _Executor
        self.schema_converter = GraphQLCoreConverter(
            self.config, scalar_overrides={}, scalar_map={}, get_fields=self.get_fields
        )
        self._schema = schema
        schema.extensions = {**schema.extensions, GraphQLCoreConverter.DEFINITION_BACKREF: self}
        schema._strawberry_schema = self  # type: ignore[attr-defined]  # noqa: SLF001 - how Strawberry finds its way back
        self._preparer = Preparer(schema, max_tokens=max_tokens, lasting=lasting)
        self.exact = os.environ.get(EXACT) == "1"
        """Whether no plan is taken."""
        self._introspected = Introspected()
        self.repeated: Repeated[Any] = Repeated()
        """What plain requests to run, for the short way."""
        self.paths: Counter[str] = Counter() if paths is None else paths
        """How many operations ran by a plan, and how many did not, by the reason."""

    def prepared(self, text: str) -> Prepared:
        """The document of that text, parsed and validated once."""
        return self._preparer.prepare(text)

    def note_planned(self) -> None:
        """One more operation ran by its plan."""
        self.paths[PLANNED] += 1

    @property
    def core(self) -> GraphQLSchema:
        """The graphql-core schema."""
        return self._schema

    def as_str(self) -> str:
        """The SDL."""
        return sdl(self._schema)

    __str__ = as_str

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        if context.query and context.graphql_document is None:
            prepared = self._preparer.prepare(context.query)
            errors = list(prepared.errors) or list(_ambiguity(prepared.document, context))
            if errors:
                context.pre_execution_errors = errors
                return PreExecutionError(data=None, errors=errors)
            context.graphql_document = prepared.document
            if prepared.whole and not context.context.incremental:
                context.graphql_document = prepared.whole
            context.validation_rules = ()
        return await super()._prepare_operation_async(context, extensions_runner)

    async def _execute_operation(
        self,
        execution_context: ExecutionContext,
        extensions_runner: SchemaExtensionsRunner,
        middleware_manager: MiddlewareManager,
        execute_function: Callable[..., Any],
        custom_context_kwargs: dict[str, Any],
    ) -> Any:
        request = execution_context.context
        executing = super()._execute_operation(
            execution_context,
            extensions_runner,
            middleware_manager,
            # A middleware wants to see every field being resolved.
            execute_function
            if middleware_manager.middlewares
            else partial(self._executed, execution_context, execute_function),
            custom_context_kwargs,
        )
        if (
            isinstance(request, Request)
            and execution_context.operation_type is OperationType.MUTATION
        ):
            result = await request.finish(executing)
        else:
            result = await executing
        return presented(result, request) if isinstance(result, Pieces) else result

    async def _executed(
        self,
        context: ExecutionContext,
        exactly: Callable[..., Any],
        *whole: Any,
        **options: Any,
    ) -> Any:
        """The result by a plan, else by graphql-core over what the plan fetched already."""
        try:
            outcome = await self._planned(context)
        except Unplannable as error:
            self.paths[error.reason] += 1
            if error.reason == INTROSPECTION and context.graphql_document is not None:
                return await self._introspected.result(context, partial(exactly, *whole, **options))
            return await await_maybe(exactly(*whole, **options))
        self.note_planned()
        return CoreResult(dict(outcome.data), list(outcome.errors) or None)

    async def _planned(self, context: ExecutionContext) -> Outcome:
        """The response of the operation's plan. Raises `Unplannable`."""
        if self.exact:
            raise Unplannable("asked for")
        if context.context.unplanned:
            raise Unplannable(context.context.unplanned)
        prepared = self.prepared(context.query or "")
        if prepared.plans is None or context.graphql_document is not prepared.runs:
            raise Unplannable("delivered in pieces")
        operation = prepared.plans.operation(context.operation_name)
        plan, variables = operation.plan(context.variables or {})
        return await run(plan, context.context, variables)

    async def _handle_execution_result(
        self,
        context: ExecutionContext,
        result: Any,
        extensions_runner: SchemaExtensionsRunner,
        *,
        skip_process_errors: bool = False,  # noqa: ARG002 - Strawberry's signature
    ) -> ExecutionResult:
        request = context.context if isinstance(context.context, Request) else None
        if isinstance(result, CoreResult | PreExecutionError | ExecutionResult) and result.errors:
            result.errors = [presentable(error, request) for error in result.errors]
        handled = await super()._handle_execution_result(
            context, result, extensions_runner, skip_process_errors=True
        )
        if request and not isinstance(handled, Pieces) and (found := beside(request)):
            handled.extensions = {**(handled.extensions or {}), **found}
        return handled

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing to log: an upstream's failure is an answer, our own is logged where it is."""


def beside(request: Request) -> dict[str, Any]:
    """What came with answers beside their values, for the response's `extensions`."""
    answers = [
        {"path": list(path), **named(asked.origin), **asked.aside.extensions}
        for path, asked in request.asked.items()
        if asked.aside.extensions
    ]
    return {"answers": answers} if answers else {}


def _ambiguity(document: DocumentNode | None, context: ExecutionContext) -> Iterator[GraphQLError]:
    """The error of several operations none of which is named (specification §6.1).

    Strawberry would run the first.
    """
    named = context._provided_operation_name is not None  # noqa: SLF001 - it keeps no other trace of it
    definitions = document.definitions if document else ()
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) > 1 and not named:
        yield GraphQLError("there are several operations; operationName must say which to run")
