"""Links as fields of what functions give back (OpenAPI 3.1.1 section 4.8.20).

A link that cannot be a field is noted at its place, with the reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag

from upstreams.json_schema import Place, Unresolved
from upstreams.model import (
    Bound,
    Effect,
    Expression,
    FromAnswer,
    FromArguments,
    FromParent,
    Function,
    Link,
    ListOf,
    Named,
    Skipped,
    Text,
    TypeDef,
    nullable,
)
from upstreams.openapi.model import Binding, Parameter, Where
from upstreams.openapi.translate import bodies
from upstreams.openapi.translate.expressions import Inexpressible, Shapes, Speaker, called
from upstreams.openapi.translate.operations import Operation, Scene

_QUALIFIERS = {one.value: one for one in (Where.PATH, Where.QUERY, Where.HEADER, Where.COOKIE)}


def links(
    scene: Scene,
    declared: Iterable[Operation | Skipped],
    functions: Sequence[Function[Binding]],
    types: Sequence[TypeDef],
) -> tuple[Link, ...]:
    """The links of all operations that became functions, each once."""
    linking = _Linking(scene, functions, types)
    origins = {one.name: one for one in functions}
    found: dict[object, Link] = {}
    for operation in declared:
        if isinstance(operation, Operation) and operation.name in origins:
            for link in linking.of(operation, origins[operation.name]):
                found.setdefault(_identity(link), link)
    return tuple(found.values())


def _identity(link: Link) -> object:
    """What makes a link another one: also its origin, where it looks at the call."""
    looks = any(_about_call(one.value) for one in link.arguments)
    return link.on, link.name, link.function, link.arguments, link.origin if looks else ""


def _about_call(expression: Expression) -> bool:
    if isinstance(expression, Text):
        return any(map(_about_call, expression.parts))
    return isinstance(expression, FromArguments | FromAnswer)


def _about_object(expression: Expression) -> bool:
    if isinstance(expression, Text):
        return any(map(_about_object, expression.parts))
    return isinstance(expression, FromParent)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the links of an answer stand on."""

    keys: tuple[str, ...]
    """Of the objects that it may be; none where it is no object."""
    listed: bool
    """Whether it is a list of them."""


_NOTHING = _Subject((), listed=False)


def _may_have_links(operation: Operation) -> bool:
    """Whether an answer of success has links, or stands elsewhere: seldom so, and soon told."""
    answers = operation.place.child("responses").members
    return any(
        isinstance(answer, dict) and ("links" in answer or "$ref" in answer)
        for status, answer in answers.items()
        if status.startswith(("2", "default"))
    )


class _Linking:
    """The links of one description, while they are read."""

    def __init__(
        self, scene: Scene, functions: Sequence[Function[Binding]], types: Sequence[TypeDef]
    ) -> None:
        self._scene = scene
        self._functions = {one.name: one for one in functions}
        self._sources = {one.source: one for one in reversed(functions)}
        self._shapes = Shapes(types)

    def of(self, operation: Operation, origin: Function[Binding]) -> Iterator[Link]:
        """The links of an operation's answers of success."""
        if not _may_have_links(operation):
            return
        for status, answer in bodies.successes(self._scene, operation).items():
            valued = status in origin.binding.successes
            for name, place in answer.child("links").children():
                try:
                    subject = self._subject(operation, origin, answer) if valued else _NOTHING
                    yield from self._made(name, origin, self._resolved(place), subject)
                except Inexpressible as error:
                    self._assume(place, f"the link is left out: {error}")

    def _assume(self, place: Place, said: str) -> None:
        self._scene.types.assume(place.at, said)

    def _resolved(self, place: Place) -> Place:
        try:
            found = self._scene.documents.resolve(place)
        except Unresolved as error:
            raise Inexpressible(error.reason) from error
        if not isinstance(found.value, dict):
            raise Inexpressible("not an object")
        return found

    def _subject(self, operation: Operation, origin: Function[Binding], answer: Place) -> _Subject:
        """What an answer is; where several differ, only those objects that are its own."""
        returns = nullable(origin.returns)
        listed = isinstance(returns, ListOf)
        objects = list(self._shapes.objects(returns.of if isinstance(returns, ListOf) else returns))
        schema = bodies.json_schema(self._scene, operation, answer) if len(objects) > 1 else None
        if schema is not None:
            at = self._scene.documents.resolve(schema).at
            objects = [one for one in objects if one.source == at] or objects
        return _Subject(tuple(one.key for one in objects), listed)

    def _made(
        self, name: str, origin: Function[Binding], place: Place, subject: _Subject
    ) -> list[Link]:
        """A link on every object that has what it speaks of. Raises `Inexpressible`."""
        target = self._target(place)
        made: list[Link] = []
        wrong = Inexpressible("the answer is no object")
        for key in subject.keys:
            try:
                arguments = self._arguments(place, origin, target, Named(key))
            except Inexpressible as error:
                wrong = error
            else:
                said = place.text("description")
                made.append(Link(key, name, target.name, arguments, origin.name, said, place.at))
        if not made:
            raise wrong
        if subject.listed:
            self._of_items(place, made)
        return made

    def _of_items(self, place: Place, made: Sequence[Link]) -> None:
        """Raises `Inexpressible` where nothing says that a list's items are meant."""
        if not any(_about_object(one.value) for link in made for one in link.arguments):
            raise Inexpressible("the answer is a list")
        self._assume(place, "the answer is a list; the link is taken to be of each item")

    def _target(self, place: Place) -> Function[Binding]:
        if "server" in place.members:
            raise Inexpressible("it leads to a server of its own")
        name, ref = place.text("operationId"), place.text("operationRef")
        if not name and not ref:
            raise Inexpressible("it names no operation")
        found = self._functions.get(name) if name else self._referred(place, ref)
        if found is None:
            raise Inexpressible(f"no function comes of the operation {name or ref!r}")
        if found.effect is Effect.WRITE:
            raise Inexpressible(f"{found.name!r} writes, and a link is only to read")
        return found

    def _referred(self, place: Place, ref: str) -> Function[Binding] | None:
        file, fragment = urldefrag(ref)
        if file == self._scene.location:
            ref = f"#{fragment}"
        target = self._resolved(Place({"$ref": ref}, place.document, place.pointer))
        return self._sources.get(target.at)

    def _arguments(
        self, place: Place, origin: Function[Binding], target: Function[Binding], subject: Named
    ) -> tuple[Bound, ...]:
        """What the link passes on. Raises `Inexpressible`."""
        speaker = Speaker(origin, self._shapes, lambda said: self._assume(place, said))
        found: dict[str, Bound] = {}
        for name, value in place.child("parameters").members.items():
            if name.lower() not in self._scene.supplied:
                argument = _parameter(target, name).argument
                found[argument] = Bound((argument,), speaker.read(value, subject))
        if "requestBody" in place.members:
            argument, value = _body(target), place.members["requestBody"]
            found[argument] = Bound((argument,), speaker.read(value, subject))
        return tuple(found.values())


def _parameter(target: Function[Binding], written: str) -> Parameter:
    """The parameter of that name, or of that place and name: `id`, `path.id`."""
    where, _, name = written.partition(".")
    parameters = target.binding.parameters
    for one in parameters:
        if one.where is _QUALIFIERS.get(where) and called(one, name):
            return one
    found = [one for one in parameters if called(one, written)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Inexpressible(f"{target.name!r} has no parameter {written!r}")
    places = " and a ".join(one.where.value for one in found)
    raise Inexpressible(f"{written!r} is a {places} parameter of {target.name!r}; say which")


def _body(target: Function[Binding]) -> str:
    if target.binding.body is None:
        raise Inexpressible(f"{target.name!r} takes no request body")
    return target.binding.body.argument
