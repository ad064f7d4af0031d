"""Plans against graphql-core."""
