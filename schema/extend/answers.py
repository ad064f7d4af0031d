"""Where in a function's answer the value of a declared type is."""

from collections.abc import Sequence

from graphql import ListTypeNode, NonNullTypeNode, TypeNode

from schema.extend.model import Wrong
from schema.extend.wiring import Wiring
from schema.extend.world import Place
from upstreams.model import ListOf, Required, TypeRef, nullable


def answered(wiring: Wiring, *, listed: bool) -> Place:
    """The answer itself, the place that `result` says, or the one field of the declared type.

    `listed`: where a list of what is declared is wanted. Raises `Wrong`.
    """
    declaration = wiring.world.written(wiring.call.field.type)
    wanted = f"[{declaration}]" if listed else declaration
    returns = wiring.function.returns
    if wiring.call.result is not None:
        return _written(wiring, wiring.call.result, wanted)
    if wiring.world.spelled(wiring.typed(returns)) == wanted:
        return Place((), returns)
    return _only(wiring, wanted)


def _written(wiring: Wiring, result: Sequence[str], wanted: str) -> Place:
    """What stands where `result` says."""
    node, path = wiring.call.written["result"].value, ".".join(result)
    place = wiring.known.looked_up(node, wiring.typed(wiring.function.returns), path)
    given = wiring.world.spelled(wiring.typed(place.ref))
    if given != wanted:
        raise Wrong(node, f"{path} of {wiring.name} is {given}, not {wanted}")
    return place


def _only(wiring: Wiring, wanted: str) -> Place:
    """The only field of the answer that is of the type."""
    node, whole = wiring.call.field.type, wiring.typed(wiring.function.returns)
    steps = {
        name: wiring.world.step(whole, one) for name, one in wiring.world.fields(whole).items()
    }
    found = {
        name: one
        for name, one in steps.items()
        if wiring.world.spelled(wiring.typed(one.ref)) == wanted
    }
    if len(found) > 1:
        several = ", ".join(found)
        raise Wrong(node, f"{wiring.name} gives several {wanted}; `result:` one of {several}")
    if not found:
        raise Wrong(node, f"{wiring.name} gives {wiring.world.shown(whole)}, not {wanted}")
    return next(iter(found.values()))


def declared(node: TypeNode, given: TypeRef, what: str) -> TypeRef:
    """What is given, null where the declaration allows it.

    Raises `Wrong` where the declaration promises more.
    """
    if isinstance(node, NonNullTypeNode):
        if not isinstance(given, Required):
            raise Wrong(node, f"{what} may give null here: leave out this `!`")
        return Required(declared(node.type, given.of, what))
    plain = nullable(given)
    if isinstance(node, ListTypeNode) and isinstance(plain, ListOf):
        return ListOf(declared(node.type, plain.of, what))
    return plain


def item(ref: TypeRef) -> TypeRef:
    """What a list is of, never null: no key is answered by nothing."""
    plain = nullable(ref)
    return Required(nullable(plain.of)) if isinstance(plain, ListOf) else ref
