"""What documents ask of a schema, so that a change can be told to touch one of them or none."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    is_input_type,
    parse,
    type_from_ast,
    visit,
)

from schema.diff.model import ANYTHING, Change


@dataclass(frozen=True, slots=True)
class Uses:
    """The coordinates that some documents meet."""

    known: bool = False
    """Whether there were documents to ask."""
    coordinates: frozenset[str] = field(default_factory=frozenset)

    def meet(self, change: Change) -> bool:
        """Whether one of the documents may notice the change."""
        met = change.touches or change.at
        return met == ANYTHING or met in self.coordinates


NO_USES = Uses()


def uses(texts: Iterable[str], schema: GraphQLSchema) -> Uses:
    """What the documents ask of the schema; one that cannot be parsed asks for nothing."""
    met = _Met(schema)
    for text in texts:
        met.note(text)
    return Uses(known=True, coordinates=frozenset(met.coordinates))


class _Met:
    """What was met so far."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.coordinates: set[str] = set()

    def note(self, text: str) -> None:
        try:
            document: DocumentNode = parse(text)
            types = TypeInfo(self.schema)
            visit(document, TypeInfoVisitor(types, _Noting(self, types)))
        except (GraphQLError, RecursionError):
            # Such a document does not run, which is told where documents are judged.
            return

    def field(self, parent: GraphQLNamedType, node: FieldNode, of: GraphQLField) -> None:
        """A field of that type, and of those that it may be in its place."""
        given = [one.name.value for one in node.arguments or ()]
        for owner in self._owners(parent):
            at = f"{owner}.{node.name.value}"
            self.coordinates |= {owner, at, *(f"{at}({name}:)" for name in given)}
        self.coordinates.add(get_named_type(of.type).name)
        for name in given:
            if name in of.args:
                self.input(get_named_type(of.args[name].type))

    def _owners(self, parent: GraphQLNamedType) -> list[str]:
        if not isinstance(parent, GraphQLInterfaceType):
            return [parent.name]
        return [parent.name, *(one.name for one in self.schema.get_possible_types(parent))]

    def input(self, named: GraphQLNamedType) -> None:
        """A type whose values clients give, and all that those may hold."""
        if named.name in self.coordinates:
            return
        self.coordinates.add(named.name)
        if isinstance(named, GraphQLInputObjectType):
            for one in named.fields.values():
                self.input(get_named_type(one.type))


class _Noting(Visitor):
    """Walks over one document."""

    def __init__(self, met: _Met, types: TypeInfo) -> None:
        super().__init__()
        self._met = met
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, of = self._types.get_parent_type(), self._types.get_field_def()
        if parent is not None and of is not None:
            self._met.field(parent, node, of)

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        at = f"@{node.name.value}"
        given = (one.name.value for one in node.arguments or ())
        self._met.coordinates |= {at, *(f"{at}({name}:)" for name in given)}

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        named = type_from_ast(self._met.schema, node.type)
        if named is not None and is_input_type(named):
            self._met.input(get_named_type(named))

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        if node.type_condition:
            self._met.coordinates.add(node.type_condition.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self._met.coordinates.add(node.type_condition.name.value)
