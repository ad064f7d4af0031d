"""What the arguments of an entity's function may be made of: the fields of its key."""

from graphql import ConstValueNode

from schema.extend.model import Wrong, near
from schema.extend.references import References
from schema.extend.world import Place, Typed, World
from schema.federation.keys import Key, KeyField
from schema.join import Steps


class KeyReferences(References):
    """What one call for an entity may pass on, and what of it was."""

    def __init__(self, world: World, upstream: str, parent: Typed, key: Key) -> None:
        """As `References`, for an object of which nothing but its key is known."""
        super().__init__(world, upstream, parent, {}, frozenset())
        self._key_fields = key

    def of_parent(self, node: ConstValueNode, path: str) -> Place:
        """As `References` says, by the names that clients see."""
        steps: Steps = ()
        fields, found = self._key_fields.fields, None
        for name in path.split("."):
            known = {one.shown: one for one in fields}
            found = known.get(name)
            if found is None:
                hint = near(name, known)
                raise Wrong(node, f"{path} is not in the key {str(self._key_fields)!r}{hint}")
            steps, fields = (*steps, found.name), found.fields
        assert isinstance(found, KeyField)  # noqa: S101 - a path has a step
        return Place(steps, found.ref)
