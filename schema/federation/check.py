"""What is written under `federation:` into entities, checked against what the upstreams offer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import cast

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstValueNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectTypeExtensionNode,
)

from schema.extend.check import impossible, wired
from schema.extend.model import Call, Problem, Wrong, near, place
from schema.extend.parse import call_of
from schema.extend.world import Typed, Waiting, World
from schema.federation.keys import Key
from schema.federation.marks import NO_MARKS, Marks
from schema.federation.model import Federation, KeySettings
from schema.federation.reading import KeyReader
from schema.federation.references import KeyReferences
from schema.join import Join
from schema.merge import Merged
from schema.types import Types
from upstreams.model import Named, ObjectType

ENTITIES = "_entities"


@dataclass(frozen=True, slots=True)
class EntityKey:
    """One key of an entity."""

    key: Key
    join: Join | None
    """What gives the object; None where others only refer to it."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A type that other subgraphs may extend."""

    type: GraphQLObjectType
    keys: tuple[EntityKey, ...]

    @property
    def resolvable(self) -> bool:
        """Whether it can be asked for by any key."""
        return any(one.join for one in self.keys)


@dataclass(frozen=True, slots=True)
class Subgraph:
    """What the schema is to composition."""

    entities: Mapping[str, Entity] = field(default_factory=dict)
    """By the names that clients see."""
    most: int = 0
    """How many objects one field may be asked for."""
    problems: tuple[Problem, ...] = ()
    waiting: tuple[str, ...] = ()
    """As `Extended.waiting`."""
    complete: bool = True
    """Whether every upstream there is was discovered."""
    marks: Marks = NO_MARKS


def subgraph(settings: Federation, world: World, types: Types, merged: Merged) -> Subgraph:
    """The entities; a mistake is said of each key that has one.

    Where it is in the call alone, the key is there all the same, and gives an error.
    """
    reading = _Reading(world, types, merged)
    entities = dict(reading.entities(settings))
    return Subgraph(
        entities,
        settings.max_representations,
        tuple(reading.problems),
        tuple(reading.waiting),
        complete=world.complete,
    )


class _Reading:
    """One reading of the settings."""

    def __init__(self, world: World, types: Types, merged: Merged) -> None:
        self._world = world
        self._types = types
        self._named = _shown(world, types, merged)
        self.problems: list[Problem] = []
        self.waiting: list[str] = []

    def entities(self, settings: Federation) -> Iterator[tuple[str, Entity]]:
        """Each with its keys."""
        for name, written in settings.entities.items():
            try:
                known = self._objects(name)
            except Wrong as wrong:
                self.problems.append(Problem(wrong.at, wrong.message))
            except Waiting:
                self.waiting.append(place(name))
            else:
                if keys := tuple(self._keys(known, written)):
                    yield name.value, Entity(self._type(known[0]), keys)

    def _type(self, typed: Typed) -> GraphQLObjectType:
        made: GraphQLObjectType = self._types.output(typed.upstream, typed.ref)
        return made

    def _objects(self, name: NameNode) -> list[Typed]:
        """The types of the name, several where they are one. Raises `Wrong` and `Waiting`."""
        found = self._named.get(name.value, [])
        if not found and not self._world.complete:
            raise Waiting
        if not found:
            raise Wrong(name, f"no type is called {name.value}{near(name.value, self._named)}")
        objects = [one for one in found if _is_object(self._world, one)]
        if not objects:
            raise Wrong(name, f"{name.value} is no object with fields, and only those have keys")
        return objects

    def _keys(self, known: list[Typed], written: tuple[KeySettings, ...]) -> Iterator[EntityKey]:
        seen: set[str] = set()
        for one in written:
            upstream = _upstream(one)
            try:
                made = self._key(_preferred(known, upstream), one)
                _check_new(made.key, seen, one)
            except Wrong as wrong:
                self.problems.append(Problem(wrong.at, wrong.message, upstream))
            except Waiting:
                self.waiting.append(place(one.key))
            else:
                seen.add(str(made.key))
                yield made

    def _key(self, parent: Typed, written: KeySettings) -> EntityKey:
        """Raises `Wrong` and `Waiting`."""
        key = KeyReader(self._world, self._types, parent).read(written.key)
        if written.function is None:
            _check_plain(written)
            return EntityKey(key, None)
        call = _call(self._world.spelled(parent), written)
        try:
            return EntityKey(key, self._join(call, parent, key))
        except Wrong as wrong:
            upstream = _upstream(written)
            self.problems.append(Problem(wrong.at, wrong.message, upstream))
            return EntityKey(key, impossible(call, parent, wrong.message))

    def _join(self, call: Call, parent: Typed, key: Key) -> Join:
        upstream, function = self._world.function(call.function)
        known = KeyReferences(self._world, upstream, parent, key)
        join, _ = wired(self._world, self._types, call, function, known)
        return join


def _shown(world: World, types: Types, merged: Merged) -> dict[str, list[Typed]]:
    """The types that clients see, by the names that they see."""
    named: dict[str, list[Typed]] = {}
    for upstream, definition in world.definitions():
        shape = types.known.shapes.of(upstream, definition.key)
        if not shape.hidden:
            name = shape.name or merged.type_names[upstream][definition.key]
            named.setdefault(name, []).append(Typed(upstream, Named(definition.key)))
    return named


def _is_object(world: World, typed: Typed) -> bool:
    definition = world.definition(typed)
    return isinstance(definition, ObjectType) and not definition.box


def _preferred(known: list[Typed], upstream: str) -> Typed:
    """The type in the words of the upstream that is called, where it has it."""
    return next((one for one in known if one.upstream == upstream), known[0])


def _upstream(written: KeySettings) -> str:
    return written.function.value.partition(".")[0] if written.function else ""


def _given(written: KeySettings) -> dict[str, Node | None]:
    return {
        "args": written.args,
        "match": written.match,
        "batchSize": written.batch_size,
        "result": written.result,
    }


def _check_new(key: Key, seen: set[str], written: KeySettings) -> None:
    """Raises `Wrong` for a key that there is already."""
    if str(key) in seen:
        raise Wrong(written.key, f"key: {key} is a key already")


def _check_plain(written: KeySettings) -> None:
    """Raises `Wrong` where something is said of a function that is not there."""
    for name, node in _given(written).items():
        if node is not None:
            raise Wrong(node, f"{name}: there is no function that it could be for")


def _call(name: str, written: KeySettings) -> Call:
    """The call as if it stood in SDL. Raises `Wrong`."""
    given = chain((("function", written.function),), _given(written).items())
    arguments = tuple(
        # What is written in YAML is constant: it has no variables of GraphQL's.
        ConstArgumentNode(name=NameNode(value=name), value=cast(ConstValueNode, node), loc=node.loc)
        for name, node in given
        if node is not None
    )
    loc = written.function.loc if written.function else None
    call = ConstDirectiveNode(name=NameNode(value="call"), arguments=arguments, loc=loc)
    of_type = NamedTypeNode(name=NameNode(value=name), loc=loc)
    made = FieldDefinitionNode(
        name=NameNode(value=ENTITIES), arguments=(), type=of_type, directives=(call,), loc=loc
    )
    return call_of(ObjectTypeExtensionNode(name=of_type.name), made)
