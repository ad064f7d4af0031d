"""Fields that users write in Python on types of the graph.

A class of theirs has the name of a type. What it declares without a resolver is read from the
type's objects, whether clients select it or not, and is what its resolvers have at hand; what it
has resolvers for are fields of the type. `model` is how that is written, `needs` reads objects, and
`fields` finds the types and puts the fields on them.
"""
