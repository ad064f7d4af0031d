"""One field of an object, wherever its value comes from: its backend, a formula, another call."""

from schema.fields import Member, member, unboxed
from schema.joins.field import JoinField
from schema.joins.linked import linked
from schema.joins.resolve import join_resolver
from schema.links import LinkField
from schema.nested import asked_member
from schema.shaping.computed import ComputedField, ComputedMember, resolver
from schema.shaping.shapes import MemberShape
from schema.sources import MergedEnum
from schema.types.arguments import Arguments
from schema.types.known import Known
from schema.types.table import Table
from schema.values import Change, entries
from upstreams.model import Field, Named, TypeRef, innermost, nullable


class Members:
    """Makes the fields of objects."""

    def __init__(self, known: Known, table: Table, arguments: Arguments) -> None:
        self._known = known
        self._table = table
        self._arguments = arguments

    def shows(self, upstream: str, ref: TypeRef) -> Change | None:
        """How a value that came out is shown; None: as it is."""
        leaf = innermost(ref)
        named = self._table.named(upstream, leaf.key) if isinstance(leaf, Named) else None
        return entries(ref, named.told(upstream) if isinstance(named, MergedEnum) else None)

    def own(self, upstream: str, field: Field, shape: MemberShape, *, boxed: bool) -> Member:
        """A field that the catalog has."""
        told = field.arguments
        taking = self._arguments.taking(upstream, told, shape) if told else None
        resolving = asked_member if taking else unboxed if boxed else member
        made = Member(
            self._table.output(upstream, field.type),
            args=taking.arguments if taking else None,
            resolve=resolving(field.name, self.shows(upstream, field.type)),
            description=field.description or None,
            deprecation_reason=field.deprecated,
        )
        made.taking = taking
        made.name, made.ref, made.boxed = field.name, field.type, boxed
        if not boxed:
            made.reads = (field.name,)
        return made

    def link(self, link: LinkField, shape: MemberShape) -> Member:
        """A field that the description itself adds."""
        function = link.function
        taking = self._arguments.taking(link.upstream, link.arguments, shape)
        known = self._known
        join = linked(link, known.definitions[link.upstream], known.max_calls)
        made = Member(
            self._table.output(link.upstream, nullable(function.returns)),
            args=dict(taking.arguments),
            resolve=join_resolver(join, taking, self.shows(link.upstream, function.returns)),
            description=link.link.description or function.description or None,
            deprecation_reason=function.deprecated,
            extensions={"upstream": link.upstream, "function": function.name},
        )
        made.join, made.taking, made.ref = join, taking, nullable(function.returns)
        made.reads = tuple(link.reads)
        return made

    def join(self, field: JoinField) -> Member:
        """A field that users add."""
        join = field.join
        made = Member(
            self._table.output(field.upstream, field.ref),
            args=dict(field.taking.arguments),
            resolve=join_resolver(join, field.taking, self.shows(field.upstream, field.ref)),
            description=field.description,
            deprecation_reason=field.deprecated,
            extensions={"upstream": join.upstream, "function": join.function.name},
        )
        made.join, made.taking, made.ref = join, field.taking, field.ref
        made.reads = tuple(".".join(steps) for steps in join.needs)
        return made

    def computed(self, upstream: str, one: ComputedField) -> Member:
        """A field that users have worked out."""
        node = one.written.field
        made = ComputedMember(
            self._table.output(upstream, one.ref),
            resolve=resolver(one, self.shows(upstream, one.ref)),
            description=node.description.value if node.description else None,
            deprecation_reason=one.written.deprecated,
        )
        made.ref, made.computed = one.ref, one
        made.reads = tuple(".".join(steps) for steps in one.needs)
        return made
