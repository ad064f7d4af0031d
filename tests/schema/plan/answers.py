"""What the backends of random worlds answer: JSON texts, of which some parts are as promised."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from graphql import DocumentNode, FieldNode, Visitor, visit
from msgspec.structs import replace

from schema.fields import named_fields
from schema.nested import key_of
from tests.schema.plan.worlds import TAG, World
from upstreams.errors import CallError, Refused, TimedOut
from upstreams.model import (
    EnumType,
    Field,
    Function,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
)

_NUMBERS = ("1.0", "-2.5", "1.10", "1e400", "-0", "-0.0", "1E5", "1e-400", f"{2**40}", f"{2**70}")
_OTHERS = ("null", "true", '"5"', '"x"', "[]", "[null, 1]", "{}", '{"id": null}', '"\\ud800"')
_NO_JSON = ("NaN", "-Infinity", "01", "1.", '"\udc80"', '"a\tb"', "'a'", "[1,]", "[" * 9000)
"""`\\udc80` becomes a byte that is no UTF-8."""
_SKIPPED = ('"\udc80"', '"\\ud800"', '"\\u0000"', "NaN", "[" * 300 + "]" * 300, '{"a": 1, "a": 2}')
"""What breaks an answer, or does not, where nobody selects it."""
_KEYS = ('"k1"', '"k2"', '"k3"', '"k4"', "1", "2", "null")
_PLAIN: Mapping[ScalarKind, Sequence[str]] = {
    ScalarKind.INT: ("7", "-2147483648", "2147483647", "0"),
    ScalarKind.UNSIGNED_INT: ("7", "4294967295", "0"),
    ScalarKind.FLOAT: ("1.5", "-0.1", "1e22", "3", "1e-7", "1.10", "-0.0"),
    ScalarKind.BOOLEAN: ("true", "false"),
    ScalarKind.LONG: ("7", f"{2**53 + 1}", '"12"', '"007"'),
    ScalarKind.UNSIGNED_LONG: ("7", f"{2**64 - 1}", '"12"'),
    ScalarKind.BIG_INT: ("7", f"{2**70}", '"12"', '"-0"'),
    ScalarKind.DECIMAL: ("1", "1.25", '"1.10"', '"1e3"', "1.10", "1e22"),
    ScalarKind.BYTES: ('"AAEC"', '""'),
    ScalarKind.JSON: ("1", '"x"', "null", '[1, {"a": 1.50}]', '{"k": [true], "": 1e400}'),
    ScalarKind.ID: _KEYS,
}
_TEXTS = ("text", "Größe", "", '\u2028"\\/', "😀", "k1")


class Source:
    """What every call is answered; the same for the same call, and in a batch for the same key."""

    def __init__(self, made: World, document: DocumentNode, seed: str, dirt: float) -> None:
        """Each part of an answer is wrong with the probability `dirt`.

        `document` is what is asked: fields that take arguments have a value for each way there.
        """
        self._types = {one.key: _asked(one, document) for one in made.catalog.types}
        self._seed = seed
        self._dirt = dirt
        self._known: dict[str, bytes | CallError] = {}

    def answer(self, function: Function, arguments: Mapping[str, Any]) -> bytes | CallError:
        """The body of the answer, or how the call fails."""
        call = f"{function.name}{arguments!r}"
        if call not in self._known:
            self._known[call] = self._answer(function, arguments, self._writing(call))
        return self._known[call]

    def _writing(self, seed: str) -> "_Writing":
        dice = Random(f"{self._seed} {seed}")  # noqa: S311 - dice
        return _Writing(dice, self._types, self._dirt)

    def _answer(
        self, function: Function, arguments: Mapping[str, Any], writing: "_Writing"
    ) -> bytes | CallError:
        if "ids" in arguments and arguments["ids"] is not None:
            return self._batch(function, arguments)
        if writing.happens(0.5):
            return writing.failure()
        return writing.body(writing.value(function.returns, 0))

    def _batch(self, function: Function, arguments: Mapping[str, Any]) -> bytes | CallError:
        """What every key has, one after the other; it fails with any of its keys."""
        items: list[str] = []
        tags = arguments.get("tags") or [None] * len(arguments["ids"])
        for key, tag in zip(arguments["ids"], tags, strict=True):
            writing = self._writing(f"{function.name} {key} {tag}")
            if writing.happens(0.5):
                return writing.failure()
            items += writing.items(function, key, tag)
        listed = f"[{', '.join(items)}]"
        page = f'{{"next": "n", "items": {listed}}}'
        return _encoded(page if function.name.startswith("page") else listed)


class _Writing:
    """Writes the text of one answer."""

    def __init__(self, dice: Random, types: Mapping[str, Any], dirt: float) -> None:
        self._dice = dice
        self._types = types
        self._dirt = dirt

    def happens(self, weight: float = 1.0) -> bool:
        """Whether something goes wrong here."""
        return self._dice.random() < self._dirt * weight

    def failure(self) -> CallError:
        """Some failure of a whole call."""
        return self._dice.choice((Refused("no", status=404), TimedOut("late")))

    def body(self, text: str) -> bytes:
        """The text as it goes out, which may break on the way."""
        whole = _encoded(text)
        if not self.happens(0.5):
            return whole
        cut = self._dice.randrange(len(whole))
        return self._dice.choice(
            (whole[:cut], whole + b"]", b"\xef\xbb\xbf" + whole, b" ", whole + b"\xff", b"<p>")
        )

    def items(self, function: Function, key: Any, tag: Any) -> Iterable[str]:
        """The items that answer one key."""
        returns = innermost(function.returns)
        assert isinstance(returns, Named)
        of = returns.key.removeprefix("Page")
        said = self._dice.choice(
            (json.dumps(key), f"{key}" if f"{key}".isdecimal() else f'"{key}"')
        )
        name = "fk" if function.name.startswith(("by", "page")) else "id"
        fixed = {name: said, **({f"only{of}": json.dumps(tag)} if tag is not None else {})}
        if self.happens():
            fixed[name] = self._wrong()
        most = 1 if function.name.startswith("row") else 2
        count = self._dice.choice((0, 1, 1, most))
        if function.name.startswith("row") and not self.happens():
            count = 1
        for _ in range(count):
            null = self._dice.random() < 0.1 or self.happens()
            yield "null" if null else self._object(self._types[of], 1, fixed)

    def value(self, ref: TypeRef, depth: int) -> str:
        """A value of that type, or something else."""
        if self.happens():
            return self._wrong()
        if not isinstance(ref, Required):
            return "null" if self._dice.random() < 0.1 else self._present(ref, depth)
        return self._present(ref.of, depth)

    def _wrong(self) -> str:
        chance = self._dice.random()
        return self._dice.choice(
            _NO_JSON if chance < 0.05 else _OTHERS if chance < 0.5 else _NUMBERS
        )

    def _present(self, ref: TypeRef, depth: int) -> str:
        match ref:
            case ListOf(of):
                count = self._dice.randint(0, 2 if depth < 3 else 0) + (depth == 0)
                return f"[{', '.join(self.value(of, depth + 1) for _ in range(count))}]"
            case MapOf(of):
                count = self._dice.randint(0, 2 if depth < 3 else 0)
                return _object((f"k{n}", self.value(of, depth + 1)) for n in range(count))
            case Named(key):
                return self._named(key, depth)
            case Scalar(kind):
                known = _PLAIN.get(kind)
                return self._dice.choice(known) if known else self._text()
            case Required(of):
                return self._present(of, depth)

    def _text(self) -> str:
        return json.dumps(self._dice.choice(_TEXTS), ensure_ascii=self._dice.random() < 0.3)

    def _named(self, key: str, depth: int) -> str:
        definition = self._types[key]
        match definition:
            case EnumType():
                return json.dumps(self._dice.choice(definition.values).value)
            case UnionType():
                return self._named(self._dice.choice(definition.members), depth)
            case InterfaceType():
                objects = [one.key for one in self._types.values() if _is_base(one)]
                return self._named(self._dice.choice(objects), depth)
            case ObjectType(box=True):
                return '"boxed"'
            case _:
                return self._object(definition, depth, {})

    def _object(self, definition: ObjectType, depth: int, fixed: Mapping[str, str]) -> str:
        found = [(TAG, json.dumps(definition.key))]
        for field in definition.fields:
            if field.name in fixed:
                found.append((field.name, fixed[field.name]))
            elif not self._is_absent(field, depth):
                found += self._twice(field, depth)
        if self._dice.random() < 0.1:
            found.append(("other", self._dice.choice(_SKIPPED) if self.happens(4) else "[1, {}]"))
        if self._dice.random() < 0.2:
            self._dice.shuffle(found)
        return _object(found)

    def _is_absent(self, field: Field, depth: int) -> bool:
        if isinstance(field.type, Required):
            return False
        deep = depth > 2 and isinstance(innermost(field.type), Named)
        return deep or self._dice.random() < 0.1

    def _twice(self, field: Field, depth: int) -> Iterable[tuple[str, str]]:
        """The field; perhaps also before, when it does not count."""
        if self.happens(0.3):
            yield field.name, self._wrong()
        yield field.name, self.value(field.type, depth + 1)


def _asked(definition: TypeDef, document: DocumentNode) -> TypeDef:
    """The type with a field for every way in which a document asks for one of its fields."""
    if not isinstance(definition, ObjectType):
        return definition
    ways = [
        replace(field, name=key_of(field.name, node))
        for name, field in named_fields(definition.fields).items()
        for node in _nodes(document)
        if field.arguments and node.arguments and node.name.value == name
    ]
    return replace(definition, fields=(*definition.fields, *dict.fromkeys(ways)))


def _nodes(document: DocumentNode) -> Iterator[FieldNode]:
    """Every field that a document selects."""
    found: list[FieldNode] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            found.append(node)

    visit(document, Fields())
    yield from found


def _is_base(definition: Any) -> bool:
    return isinstance(definition, ObjectType) and "Base" in definition.implements


def _object(members: Iterable[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{json.dumps(name)}: {text}' for name, text in members)}}}"


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
