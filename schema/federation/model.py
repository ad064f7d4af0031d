"""What may be written under `federation:`, each text with its place in the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from graphql import NameNode, StringValueNode, ValueNode
from typing_extensions import Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """One key of an entity, and the function that gives what it stands for."""

    key: Annotated[
        StringValueNode,
        Doc("The fields that tell one object from another, as in `@key`: `id`, `sku shop { id }`."),
    ]
    function: Annotated[
        StringValueNode | None,
        Doc("What gives the object: `upstream.function`; without one, others only refer to it."),
    ] = None
    args: Annotated[
        ValueNode | None,
        Doc("Its arguments, as in `@call`; `$parent` and `$parents` have the fields of the key."),
    ] = None
    match: Annotated[
        ValueNode | None, Doc("As in `@call`: which fields of an answer say which key it answers.")
    ] = None
    batch_size: Annotated[
        ValueNode | None, Doc("As in `@call`: how many keys one call has at most.")
    ] = None
    result: Annotated[
        ValueNode | None, Doc("As in `@call`: where in the function's answer the objects are.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """How the schema is served as a subgraph."""

    entities: Annotated[
        Mapping[NameNode, tuple[KeySettings, ...]],
        Doc("Types that other subgraphs may extend, each with its keys."),
    ] = field(default_factory=dict)
    shareable: Annotated[
        tuple[StringValueNode, ...],
        Doc("Globs of `Type` and `Type.field` that other subgraphs may give as well."),
    ] = ()
    inaccessible: Annotated[
        tuple[StringValueNode, ...],
        Doc("Globs of `Type` and `Type.field` that clients of the supergraph do not see."),
    ] = ()
    max_representations: Annotated[
        int, Doc("How many objects one `_entities` field may be asked for.")
    ] = 1000

    def __post_init__(self) -> None:
        if self.max_representations < 1:
            raise ValueError("maxRepresentations: at least one must find room")
