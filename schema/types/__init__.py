"""From the catalogs' types to GraphQL's; with `build` the one place that makes graphql-core types.

Values in and out are keyed by the backend's names (see `upstreams.kind`), so every field knows two
names. Maps become lists of entries; a value that is no object is wrapped where the catalog says so.
Types are made when first asked for, and refer to each other through thunks, so they may recurse.

Read in this order: `known` (what is said of every type), `table` (each type, made once, and what
refers to it), `enums` (as each upstream has them), `resolvers` (which of several types a value is),
`spoken` (defaults as clients write them), `taken` (what clients give as the backend takes it),
`arguments` (what a field may be told), `members` (one field of an object), `fields` (all of a
type's), `types` (the types).
"""

from schema.types.types import Types

__all__ = ["Types"]
