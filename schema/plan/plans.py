"""The plans of one document, each made when it is first needed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues

from schema.plan.build import build
from schema.plan.collect import flagged
from schema.plan.model import Plan, Unplannable
from schema.plan.variables import Coercion

_MOST_VARIANTS = 16
"""How many states of the variables in directives one operation has plans for."""
_MOST_PLACES = 4000
"""How many objects and fields the plans of one document may have, all operations together."""


class Room:
    """What the plans of one document may still have of places."""

    def __init__(self, taken: Callable[[int], None]) -> None:
        """`taken` is told how many places each plan takes."""
        self._left = _MOST_PLACES
        self._taken = taken

    def take(self, plan: Plan) -> None:
        """Make room for one more. Raises `Unplannable` where there is too little left."""
        if plan.places > self._left:
            raise Unplannable("too many plans")
        self._left -= plan.places
        self._taken(plan.places)


class Operation:
    """One operation of a document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        node: OperationDefinitionNode,
        room: Room,
    ) -> None:
        self._schema = schema
        self._document = document
        self._node = node
        self.mutates = node.operation is OperationType.MUTATION
        """Whether it is a mutation."""
        self._room = room
        self._coercion = Coercion(schema, node)
        self._flags = flagged(_directives(document))
        self._variants: dict[tuple[bool, ...], Plan | Unplannable] = {}

    @property
    def node(self) -> OperationDefinitionNode:
        """As it stands in the document."""
        return self._node

    @property
    def subscribes(self) -> bool:
        """Whether it is a subscription."""
        return self._node.operation is OperationType.SUBSCRIPTION

    def plan(self, given: Mapping[str, Any]) -> tuple[Plan, VariableValues]:
        """The plan for those variables, and what they are coerced to. Raises `Unplannable`."""
        variables = self._coercion(given)
        state = tuple(self._states(variables)) if self._flags else ()
        plan = self._variants.get(state)
        if plan is None:
            if len(self._variants) == _MOST_VARIANTS:
                raise Unplannable("too many variants")
            plan = self._variants[state] = self._made(state)
        if isinstance(plan, Unplannable):
            raise plan
        return plan, variables

    def outline(self, given: Mapping[str, Any]) -> tuple[Plan, VariableValues]:
        """What the exact path calls, as a plan that is not to be run. Raises `Unplannable`."""
        variables = self._coercion(given)
        flags = dict(zip(self._flags, self._states(variables), strict=True))
        plan = build(self._schema, self._document, self._node, flags, runs=False)
        return plan, variables

    def _states(self, variables: VariableValues) -> Iterator[bool]:
        """What directives find in the variables they look at. Raises `Unplannable`."""
        for name in self._flags:
            # Another operation's variables are not there; null says neither yes nor no.
            value = variables.coerced.get(name, False)
            if value is None:
                raise Unplannable("variables")
            yield value

    def _made(self, state: tuple[bool, ...]) -> Plan | Unplannable:
        flags = dict(zip(self._flags, state, strict=True))
        try:
            plan = build(self._schema, self._document, self._node, flags)
            self._room.take(plan)
        except Unplannable as error:
            return Unplannable(error.reason)
        except RecursionError:
            return Unplannable("too deep")
        return plan


class Plans:
    """The operations of one document, by name."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        taken: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`taken` is told how many places each plan takes, when it is made."""
        self._schema = schema
        self._document = document
        self._room = Room(taken)
        self._known: dict[str | None, Operation] = {}

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one. Raises `Unplannable`."""
        known = self._known.get(name)
        if known is None:
            node = self._found(name)
            known = Operation(self._schema, self._document, node, self._room)
            self._known[name] = known
        return known

    def _found(self, name: str | None) -> OperationDefinitionNode:
        nodes = [
            one
            for one in self._document.definitions
            if isinstance(one, OperationDefinitionNode)
            and (name is None or (one.name is not None and one.name.value == name))
        ]
        if len(nodes) != 1:
            raise Unplannable("no operation of that name")
        return nodes[0]


class _Directives(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[DirectiveNode] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.found.append(node)


def _directives(document: DocumentNode) -> Iterator[DirectiveNode]:
    directives = _Directives()
    visit(document, directives)
    return iter(directives.found)
