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


def called(settings: Settings, functions: Sequence[Function[Binding]]) -> Called:
    """Every function in the way that the settings name it for; else as it is."""
    globs = {
        "async": settings.asynchronous,
        "streams": settings.streams,
        "each": settings.each,
        "batch": settings.batch,
    }
    made = [_called(one, _way(one, globs)) for one in functions]
    types = {one.key: one for _, needed in made for one in needed}
    return Called(
        tuple(one for one, _ in made), tuple(types.values()), tuple(_vain(globs, functions))
    )


def _way(function: Function[Binding], globs: Mapping[str, Sequence[str]]) -> str:
    """The one way a function is named for; empty for none."""
    if function.binding.form in _PROXIES:
        return ""
    return next((way for way, those in globs.items() if _covers(those, function)), "")


def _covers(globs: Sequence[str], function: Function[Binding]) -> bool:
    return any(fnmatchcase(name, one) for one in globs for name in (function.name, function.label))


def _vain(
    globs: Mapping[str, Sequence[str]], functions: Sequence[Function[Binding]]
) -> Iterator[Remark]:
    able = [one for one in functions if one.binding.form not in _PROXIES]
    for way, those in globs.items():
        for glob in those:
            if not any(_covers((glob,), one) for one in able):
                yield Remark(f"{way}: {glob}", "names no function that can be called so")


def _called(function: Function[Binding], way: str) -> tuple[Function[Binding], tuple[TypeDef, ...]]:
    if not way:
        return function, ()
    # Only a call that waits for one answer goes through an operation's own client.
    plain = replace(function, binding=replace(function.binding, operation=None))
    match way:
        case "async":
            binding = replace(plain.binding, event=True)
            made = replace(
                plain, returns=Named(_ACCEPTED.key), effect=Effect.WRITE, binding=binding
            )
            return made, (_ACCEPTED,)
        case "streams":
            binding = replace(plain.binding, streaming=True)
            returns = ListOf(function.returns)
            return replace(plain, returns=returns, flow=Flow.SERVER_STREAM, binding=binding), ()
        case "each":
            return _each(plain)
        case _:
            return _batch(plain), ()


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
        return function.arguments[0].type, ()
    key = f"#each/{function.name}"
    made = InputType(key, function.label, fields=function.arguments, source=function.source)
    return Required(Named(key)), (made,)


def _batch(function: Function[Binding]) -> Function[Binding]:
    """A function that takes a list and gives one, which may serve to join lists in one call."""
    binding = replace(function.binding, batch=True)
    arguments = tuple(replace(one, type=_listed(one.type)) for one in function.arguments[:1])
    returns = _listed(function.returns)
    lists = [one for one in function.arguments if isinstance(nullable(one.type), ListOf)]
    if function.binding.payload is Payload.INPUT and not lists:
        function = replace(function, arguments=arguments, returns=returns)
        lists = list(arguments)
    batch = Batch((lists[0].name,), "") if len(lists) == 1 else None
    return replace(function, binding=binding, batch=batch)


def _listed(ref: TypeRef) -> TypeRef:
    """JSON as a list of it; anything else as it is."""
    return ListOf(ref) if nullable(ref) == Scalar(ScalarKind.JSON) else ref
