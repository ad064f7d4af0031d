"""How functions are called, as settings say by globs, and what that makes of their types."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from upstreams.aws_lambda.model import Binding, Form, Payload, Settings
from upstreams.model import (
    Batch,
    Effect,
    Field,
    Flow,
    Function,
    InputType,
    ListOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    Value,
    nullable,
)

_ACCEPTED = ObjectType(
    "#accepted",
    "Accepted",
    "An event that was accepted; what becomes of it is not waited for.",
    fields=(
        Field("accepted", Required(Scalar(ScalarKind.BOOLEAN))),
        Field("requestId", Scalar(ScalarKind.STRING)),
    ),
)
_PROXIES = (Form.PROXY_1, Form.PROXY_2)


class Called(Value, frozen=True):
    """Functions as they are called, and the types they need for it."""

    functions: tuple[Function[Binding], ...]
    types: tuple[TypeDef, ...] = ()
    assumed: tuple[Remark, ...] = ()


def called(
    settings: Settings, functions: Sequence[Function[Binding]], types: Sequence[TypeDef]
) -> Called:
    """Every function in the way that the settings name it for; else as it is.

    `types` are those that describe them.
    """
    globs = {
        "async": settings.asynchronous,
        "streams": settings.streams,
        "each": settings.each,
        "batch": settings.batch,
    }
    inputs = {one.key: one for one in types if isinstance(one, InputType)}
    made = [_called(one, _way(one, globs), inputs) for one in functions]
    needed = {one.key: one for _, those in made for one in those}
    final = tuple(one for one, _ in made)
    return Called(final, tuple(needed.values()), (*_vain(globs, functions), *_without_lists(final)))


def _way(function: Function[Binding], globs: Mapping[str, Sequence[str]]) -> str:
    """The one way a function is named for; empty for none."""
    named = (way for way, those in globs.items() if _covers(those, function))
    return next((way for way in named if _is_able(function, way)), "")


def _is_able(function: Function[Binding], way: str) -> bool:
    """Whether a function can be called so: API Gateway has one request for one event."""
    return way == "streams" or function.binding.form not in _PROXIES


def _covers(globs: Sequence[str], function: Function[Binding]) -> bool:
    return any(fnmatchcase(name, one) for one in globs for name in (function.name, function.label))


def _vain(
    globs: Mapping[str, Sequence[str]], functions: Sequence[Function[Binding]]
) -> Iterator[Remark]:
    for way, those in globs.items():
        able = [one for one in functions if _is_able(one, way)]
        for glob in those:
            if not any(_covers((glob,), one) for one in able):
                yield Remark(f"{way}: {glob}", "names no function that can be called so")


def _without_lists(functions: Sequence[Function[Binding]]) -> Iterator[Remark]:
    for one in functions:
        if one.binding.batch and one.batch is None:
            yield Remark(one.name, "no join can use it as a `batch`: it takes no list, or several")


def _called(
    function: Function[Binding], way: str, inputs: Mapping[str, InputType]
) -> tuple[Function[Binding], tuple[TypeDef, ...]]:
    binding = function.binding
    match way:
        case "":
            return function, ()
        case "async":
            accepted = Named(_ACCEPTED.key)
            event = replace(binding, event=True)
            made = replace(function, returns=accepted, effect=Effect.WRITE, binding=event)
            return made, (_ACCEPTED,)
        case "streams":
            stream = replace(binding, streaming=True)
            returns = ListOf(function.returns)
            return replace(function, returns=returns, flow=Flow.SERVER_STREAM, binding=stream), ()
        case "each":
            return _each(function)
        case _:
            return _batch(function, inputs), ()


def _each(function: Function[Binding]) -> tuple[Function[Binding], tuple[TypeDef, ...]]:
    """A function of one item, as one of a list of them."""
    item, types = _item(function)
    binding = replace(function.binding, payload=Payload.INPUT, each=True)
    given = Field("input", Required(ListOf(item)), description="One item for each invocation.")
    batch = Batch(("input",), "") if isinstance(nullable(item), Scalar) else None
    made = replace(
        function,
        arguments=(given,),
        returns=Required(ListOf(function.returns)),
        binding=binding,
        batch=batch,
    )
    return made, types


def _item(function: Function[Binding]) -> tuple[TypeRef, tuple[TypeDef, ...]]:
    """The type of an event: the argument `input`, or an input of all arguments."""
    if function.binding.payload is Payload.INPUT:
        return _present(function.arguments[0].type), ()
    key = f"#each/{function.name}"
    made = InputType(key, function.label, fields=function.arguments, source=function.source)
    return Required(Named(key)), (made,)


def _batch(function: Function[Binding], inputs: Mapping[str, InputType]) -> Function[Binding]:
    """A function that takes a list and gives one, which may serve to join lists in one call."""
    binding = replace(function.binding, batch=True)
    found = list(_lists(function, inputs))
    if binding.payload is Payload.INPUT and not found:
        function, found = _listed(function), [("input",)]
        # What nobody describes is the same for a list as for its items.
        binding = replace(binding, itemwise=binding.operation is not None)
    batch = Batch(found[0], "") if len(found) == 1 else None
    return replace(function, binding=binding, batch=batch)


def _lists(
    function: Function[Binding], inputs: Mapping[str, InputType]
) -> Iterator[tuple[str, ...]]:
    """Where lists go in: arguments, or the fields of the input of what gives a list."""
    for one in function.arguments:
        given = nullable(one.type)
        if isinstance(given, ListOf):
            yield (one.name,)
        elif isinstance(given, Named) and isinstance(nullable(function.returns), ListOf):
            fields = inputs[given.key].fields if given.key in inputs else ()
            lists = (field for field in fields if isinstance(nullable(field.type), ListOf))
            yield from ((one.name, field.name) for field in lists)


def _listed(function: Function[Binding]) -> Function[Binding]:
    """A function of one item, as one of a list of them that gives a list."""
    (given,) = function.arguments
    item = _present(given.type)
    taken = Required(ListOf(item)) if isinstance(item, Required) else ListOf(item)
    return replace(
        function, arguments=(replace(given, type=taken),), returns=ListOf(function.returns)
    )


def _present(ref: TypeRef) -> TypeRef:
    """An item of that type, which only where it is any JSON may be null."""
    item = nullable(ref)
    return item if item == Scalar(ScalarKind.JSON) else Required(item)
