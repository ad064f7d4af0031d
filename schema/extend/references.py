"""`$parent`, `$parents`, `$args`, `$headers` and `$claims`: what may be passed on, and its type."""

from collections.abc import Mapping

from graphql import ConstValueNode, StringValueNode

from schema.extend.fits import fits, is_key, reads
from schema.extend.model import Wrong, near
from schema.extend.world import Place, Typed, World, found_by
from schema.join import Steps
from schema.joins.values import Claim, EachKey, Header, KeyPart, Part, Said, Value
from upstreams.model import Field, ListOf, Required, Scalar, ScalarKind, TypeRef, nullable

_SOURCES = ("$parent", "$parents", "$args", "$headers", "$claims")
_STRING = Scalar(ScalarKind.STRING)


class References:
    """What one call may pass on, and what of it was."""

    def __init__(
        self,
        world: World,
        upstream: str,
        parent: Typed,
        said: Mapping[str, Typed],
        given: frozenset[str],
    ) -> None:
        """`upstream` is called, `parent` the object that the field stands on.

        `said` are the field's arguments, `given` those of them that are never missing.
        """
        self._world = world
        self.upstream = upstream
        self._parent = parent
        self._said = said
        self._given = given
        self.needs: list[Steps] = []
        """The parts of the object that are passed on."""
        self.keys: list[TypeRef] = []
        """What those are to the function that are parts of a key."""

    def typed(self, ref: TypeRef) -> Typed:
        """A type of the function's."""
        return Typed(self.upstream, ref)

    def value(self, node: ConstValueNode, text: str, ref: TypeRef, *, each: bool) -> Value:
        """What is written as `text`, where a value of a type is wanted. Raises `Wrong`.

        `each`: whether it is part of one item of a list with an item for every key. What `node` has
        in braces may be what it is to be as a text.
        """
        source, _, rest = text.partition(".")
        if source not in _SOURCES or not rest:
            sources = ", ".join(f"{one}.…" for one in _SOURCES)
            raise Wrong(
                node, f"{text!r} is none of {sources}{near(source, _SOURCES)}; $$ is a plain $"
            )
        match source:
            case "$parent":
                return self._parent_value(node, rest, ref)
            case "$parents":
                return self._key(node, rest, ref, each=each)
            case "$args":
                return self._argument(node, rest, ref)
            case "$headers":
                self._check_fits(node, text, self.typed(_STRING), ref)
                return Header(rest.lower(), ref)
            case _:
                return Claim(rest, ref)

    def _parent_value(self, node: ConstValueNode, path: str, ref: TypeRef) -> Value:
        found = self.of_parent(node, path)
        self._check_fits(node, f"$parent.{path}", Typed(self._parent.upstream, found.ref), ref)
        if found.steps not in self.needs:
            self.needs.append(found.steps)
        return Part(self.needs.index(found.steps), ref)

    def _key(self, node: ConstValueNode, path: str, ref: TypeRef, *, each: bool) -> Value:
        found = self.of_parent(node, path)
        typed = Typed(self._parent.upstream, found.ref)
        wanted = ref if each else _item(ref)
        if wanted is None:
            shown = self._world.shown(self.typed(ref))
            raise Wrong(
                node,
                f"{shown} takes one value; $parents gives a list for many objects ($parent one)",
            )
        self._check_fits(node, f"$parents.{path}", typed, wanted)
        if not is_key(self._world, typed) or not is_key(self._world, self.typed(wanted)):
            raise Wrong(
                node, f"$parents.{path} cannot be a key: {self._world.shown(typed)} is no leaf"
            )
        self.needs.append(found.steps)
        self.keys.append(wanted)
        part = KeyPart(len(self.needs) - 1)
        return part if each else EachKey(part)

    def _argument(self, node: ConstValueNode, name: str, ref: TypeRef) -> Value:
        said = self._said.get(name)
        if said is None:
            raise Wrong(node, f"the field has no argument {name!r}{near(name, self._said)}")
        self._check_fits(node, f"$args.{name}", said, ref)
        if isinstance(ref, Required) and name not in self._given:
            raise Wrong(
                node, f"{name} may be missing, which it must not: give it a default, or a `!`"
            )
        same = self._world.definition(said) == self._world.definition(self.typed(ref))
        plain = nullable(said.ref) == nullable(ref) and (same or said.upstream == self.upstream)
        return Said(name, None if plain else ref)

    def of_parent(self, node: ConstValueNode, path: str) -> Place:
        """What stands at a path of the object. Raises `Wrong`."""
        return self.looked_up(node, self._parent, path)

    def looked_up(self, node: ConstValueNode, typed: Typed, path: str) -> Place:
        """What stands at the end of a path of fields. Raises `Wrong`."""
        steps: Steps = ()
        ref = typed.ref
        for name in path.split("."):
            here = Typed(typed.upstream, ref)
            fields = self._world.fields(here)
            found = found_by(name, fields)
            if found is None:
                raise Wrong(node, self._no_field(here, name, fields))
            step = self._world.step(here, found)
            steps, ref = (*steps, *step.steps), step.ref
        return Place(steps, ref)

    def _no_field(self, typed: Typed, name: str, fields: Mapping[str, Field]) -> str:
        shown = self._world.spelled(typed)
        if given := self._world.joins.get((shown, name)):
            return f"{name} is a join itself: put this field on {given}, which it gives"
        if not fields:
            return f"{shown} has no fields to look into, so there is no {name!r}"
        return f"{shown} has no field {name!r} of its own backend{near(name, fields)}"

    def _check_fits(self, node: ConstValueNode, text: str, found: Typed, ref: TypeRef) -> None:
        read = isinstance(node, StringValueNode) and "{$" in node.value
        if not fits(self._world, found, self.typed(ref)) and not (read and reads(found.ref, ref)):
            shown, wanted = self._world.shown(found), self._world.shown(self.typed(ref))
            raise Wrong(node, f"{text}, {shown}, does not fit {wanted}")


def _item(ref: TypeRef) -> TypeRef | None:
    """What a list is of."""
    plain = nullable(ref)
    return plain.of if isinstance(plain, ListOf) else None
