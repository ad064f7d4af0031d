"""Types files: what functions take and give, as said in GraphQL's schema language.

Each field of Query or Mutation describes one function, which it names by its own name or by
`@lambda(name: "…")`. The scalars of `upstreams.model.ScalarKind` need no declaration there.
Read in this order: `said` (what is read), `checked` (text as a schema), `read` (it as types),
`written` (types as text).
"""

from upstreams.aws_lambda.sdl.read import read
from upstreams.aws_lambda.sdl.said import MOST_PROBLEMS, Problem, Typed, Types, refused
from upstreams.aws_lambda.sdl.written import written

__all__ = ["MOST_PROBLEMS", "Problem", "Typed", "Types", "read", "refused", "written"]
