"""A call whose function is found and whose arguments are read."""

from dataclasses import dataclass

from graphql import ListTypeNode, TypeNode

from schema.extend.model import Call
from schema.extend.references import References
from schema.extend.world import Typed, World
from schema.joins.values import Members
from upstreams.model import Function, TypeRef


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a join is made of."""

    world: World
    call: Call
    upstream: str
    function: Function
    known: References
    """What is passed on."""
    values: Members
    """The function's arguments."""

    @property
    def many(self) -> bool:
        """Whether a list is declared."""
        return isinstance(self.call.field.type, ListTypeNode)

    @property
    def item(self) -> TypeNode:
        """What is declared of one item, or of the one value."""
        node = self.call.field.type
        return node.type if isinstance(node, ListTypeNode) else node

    @property
    def name(self) -> str:
        """The function, as users write it."""
        return f"{self.upstream}.{self.function.label}"

    def typed(self, ref: TypeRef) -> Typed:
        """A type of the function's."""
        return Typed(self.upstream, ref)
