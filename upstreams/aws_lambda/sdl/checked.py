"""The text of a types file as a GraphQL schema, with every mistake at its line and column."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SchemaDefinitionNode,
    Source,
    TypeDefinitionNode,
    build_ast_schema,
    get_named_type,
    is_introspection_type,
    is_type_system_definition_node,
    is_type_system_extension_node,
    parse,
    validate_schema,
)
from graphql.language import ParallelVisitor, visit
from graphql.validation import SDLValidationContext
from graphql.validation.specified_rules import specified_sdl_rules

from upstreams.aws_lambda.model import TypesFile
from upstreams.aws_lambda.sdl.said import MOST_PROBLEMS, Problem, refused
from upstreams.model import ScalarKind

MAX_TOKENS = 100_000
"""Words and signs of one file: a second of parsing, far more than functions need."""

KNOWN = {kind.value for kind in ScalarKind}
"""The scalars that need no declaration."""

_BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def checked(file: TypesFile, source: Source) -> GraphQLSchema:
    """The schema the file describes. Raises `DiscoveryError` with its mistakes."""
    try:
        document = parse(source, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        raise refused(file, [_problem(error)]) from error
    _refuse(file, _foreign(document))
    prelude = parse("\n".join(_prelude(document)))
    whole = DocumentNode(definitions=(*prelude.definitions, *document.definitions))
    _refuse(file, _sdl_errors(whole))
    schema = build_ast_schema(whole, assume_valid_sdl=True)
    _refuse(file, validate_schema(schema))
    _refuse(file, _mistakes(schema))
    return schema


def _sdl_errors(document: DocumentNode) -> Sequence[GraphQLError]:
    """The first mistakes. Each may be compared with every name, so all would take too long."""
    errors: list[GraphQLError] = []

    def keep(error: GraphQLError) -> None:
        errors.append(error)
        if len(errors) == MOST_PROBLEMS:
            raise _EnoughError

    context = SDLValidationContext(document, None, keep)
    with suppress(_EnoughError):
        visit(document, ParallelVisitor([rule(context) for rule in specified_sdl_rules]))
    return errors


class _EnoughError(Exception):
    """As many mistakes as are told at once."""


def _refuse(file: TypesFile, errors: Iterable[GraphQLError]) -> None:
    if problems := [_problem(error) for error in errors]:
        raise refused(file, problems)


def _problem(error: GraphQLError) -> Problem:
    line, column = error.locations[0] if error.locations else (1, 1)
    return Problem(error.message, line, column)


def _prelude(document: DocumentNode) -> Iterator[str]:
    """What an author need not write: scalars, the directive, and a Query where there is none."""
    defined = set(_defined(document))
    for name in sorted(KNOWN - _BUILT_IN - defined):
        yield f"scalar {name}"
    if "lambda" not in defined:
        yield "directive @lambda(name: String!) on FIELD_DEFINITION"
    if not defined & {"schema", "Query"}:
        yield "type Query { _: Void }"


def _defined(document: DocumentNode) -> Iterator[str]:
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode | DirectiveDefinitionNode):
            yield node.name.value
        elif isinstance(node, SchemaDefinitionNode):
            yield "schema"


def _foreign(document: DocumentNode) -> Iterator[GraphQLError]:
    for node in document.definitions:
        if not is_type_system_definition_node(node) and not is_type_system_extension_node(node):
            yield GraphQLError("only types belong here, not operations or fragments", node)


def _mistakes(schema: GraphQLSchema) -> Iterator[GraphQLError]:
    """What GraphQL allows and no function can do."""
    if found := schema.subscription_type:
        told = "a function answers once: describe it under Query or Mutation"
        yield GraphQLError(told, found.ast_node)
    roots = (schema.query_type, schema.mutation_type)
    for owner, name, field in _members(schema):
        if field.args and owner not in roots:
            told = f"{owner}.{name} takes arguments, but only fields of Query and Mutation can"
            yield GraphQLError(told, field.ast_node)
        if get_named_type(field.type) in roots:
            told = f"{owner}.{name} gives {field.type}, whose fields are functions, not values"
            yield GraphQLError(told, field.ast_node)


def _members(schema: GraphQLSchema) -> Iterator[tuple[GraphQLNamedType, str, GraphQLField]]:
    for type_ in schema.type_map.values():
        if is_introspection_type(type_):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield type_, name, field
