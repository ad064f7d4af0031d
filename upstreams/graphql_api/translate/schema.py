"""A description as a schema of graphql-core, or the reasons why it is none; pure."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Source,
    build_ast_schema,
    build_client_schema,
    is_type_system_definition_node,
    is_type_system_extension_node,
    parse,
    validate_schema,
)
from graphql.language import ParallelVisitor, visit
from graphql.validation import (
    KnownDirectivesRule,
    SDLValidationContext,
    UniqueDirectivesPerLocationRule,
)
from graphql.validation.rules.known_argument_names import KnownArgumentNamesOnDirectivesRule
from graphql.validation.rules.provided_required_arguments import (
    ProvidedRequiredArgumentsOnDirectivesRule,
)
from graphql.validation.specified_rules import specified_sdl_rules

from upstreams.errors import DiscoveryError

MAX_TOKENS = 2_000_000
"""Words and signs of one SDL text: several times the largest public API's."""
MOST_PROBLEMS = 5
"""How many mistakes are told at once."""

_OF_DIRECTIVES = (
    KnownArgumentNamesOnDirectivesRule,
    KnownDirectivesRule,
    ProvidedRequiredArgumentsOnDirectivesRule,
    UniqueDirectivesPerLocationRule,
)
"""Rules about what says nothing to us: every server has directives of its own."""
_RULES = tuple(rule for rule in specified_sdl_rules if rule not in _OF_DIRECTIVES)
_BROKEN = (GraphQLError, TypeError, ValueError, LookupError, AttributeError, RecursionError)
"""What graphql-core raises for a schema that cannot be put together."""


def introspected(told: Mapping[str, Any], at: str) -> GraphQLSchema:
    """The schema that an introspection's `data` describes. Raises `DiscoveryError`."""
    try:
        schema = build_client_schema(dict(told), assume_valid=False)  # type: ignore[arg-type]  # looked at inside
    except _BROKEN as error:
        raise DiscoveryError(f"no introspection describes it: {error!s:.300}", at=at) from error
    return _valid(schema, at)


def written(text: str, at: str) -> GraphQLSchema:
    """The schema that is written in SDL. Raises `DiscoveryError` with lines and columns."""
    try:
        document = parse(Source(text, at), max_tokens=MAX_TOKENS)
        _refuse(_foreign(document), at)
        _refuse(_mistakes(document), at)
        schema = build_ast_schema(document, assume_valid_sdl=True)
    except GraphQLError as error:
        raise _refused([error], at) from error
    except _BROKEN as error:
        raise DiscoveryError(f"no schema can be made of it: {error!s:.300}", at=at) from error
    return _valid(schema, at)


def _valid(schema: GraphQLSchema, at: str) -> GraphQLSchema:
    try:
        problems = validate_schema(schema)
    except _BROKEN as error:
        raise DiscoveryError(f"not a valid schema: {error!s:.300}", at=at) from error
    _refuse(problems, at)
    return schema


def _foreign(document: DocumentNode) -> Sequence[GraphQLError]:
    return [
        GraphQLError("only types belong here, not operations or fragments", node)
        for node in document.definitions
        if not is_type_system_definition_node(node) and not is_type_system_extension_node(node)
    ]


def _mistakes(document: DocumentNode) -> Sequence[GraphQLError]:
    """The first mistakes. Each may be compared with every name, so all would take too long."""
    found: list[GraphQLError] = []

    def keep(error: GraphQLError) -> None:
        found.append(error)
        if len(found) == MOST_PROBLEMS:
            raise _EnoughError

    context = SDLValidationContext(document, None, keep)
    with suppress(_EnoughError):
        visit(document, ParallelVisitor([rule(context) for rule in _RULES]))
    return found


class _EnoughError(Exception):
    """As many mistakes as are told at once."""


def _refuse(problems: Sequence[GraphQLError], at: str) -> None:
    if problems:
        raise _refused(problems, at)


def _refused(problems: Sequence[GraphQLError], at: str) -> DiscoveryError:
    told = "; ".join(_told(problems[:MOST_PROBLEMS]))
    more = len(problems) - MOST_PROBLEMS
    return DiscoveryError(
        f"not a valid schema: {told}{f'; and {more} more' if more > 0 else ''}", at=at
    )


def _told(problems: Sequence[GraphQLError]) -> Iterator[str]:
    for one in problems:
        place = one.locations[0] if one.locations else None
        yield f"{one.message:.200}" + (f" ({place.line}:{place.column})" if place else "")
