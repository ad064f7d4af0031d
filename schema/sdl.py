"""The schema as text."""

from graphql import GraphQLSchema, print_schema


def sdl(schema: GraphQLSchema) -> str:
    """The schema in GraphQL's schema language, types in the order they are reached."""
    return print_schema(schema) + "\n"
