"""What functions give to who has a key: the calls that a join could make."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from schema.extend.values import INPUT
from schema.extend.world import Having, Typed, World
from schema.fields import named_fields
from schema.merge import Merged, Root, roots
from schema.suggest.likeness import is_key, item
from schema.suggest.words import Key, Words, function_noun, key, type_noun, without, words
from upstreams.model import (
    Catalog,
    Field,
    Function,
    InputType,
    ListOf,
    Named,
    Required,
    TypeRef,
    nullable,
)

_WRAPPING = frozenset(
    {
        *("data", "result", "results", "item", "items", "value", "values", "content", "body"),
        *("payload", "response", "return", "records", "entries", "rows", "list", "elements"),
    }
)
"""The fields by which wrappers hold what they wrap."""
_BESIDE = frozenset(
    {
        *("meta", "metadata", "links", "_links", "pagination", "paging", "page", "errors", "error"),
        *("warnings", "status", "pageinfo", "responsemetadata", "facets", "debug"),
    }
)
"""The fields by which wrappers say more of what they wrap."""
_WRAPPERS = frozenset(
    {
        *("response", "reply", "result", "results", "page", "list", "envelope", "output"),
        *("collection", "wrapper", "set", "container"),
    }
)
"""What the names of wrappers end in."""
_PAGING = frozenset(
    {
        *("limit", "page", "offset", "cursor", "first", "after", "pagesize", "pagetoken"),
        *("perpage", "pagenumber", "start", "take", "skip", "top", "maxresults", "max", "size"),
    }
)
"""The arguments of functions that answer in pages."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The objects in what a function returns."""

    ref: Named
    type: Having
    many: bool
    gaps: bool
    """Whether some of many may be null."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One argument, or one field of the request message, and what stands beside it."""

    field: Field
    named: str
    """As clients see it."""
    alone: bool
    """Whether nothing else may have to be given."""
    pages: bool
    """Whether others say which page of the answer is wanted."""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return isinstance(self.field.type, Required)

    @property
    def listed(self) -> bool:
        """Whether it takes several keys."""
        return isinstance(nullable(self.field.type), ListOf)


@dataclass(frozen=True, slots=True)
class Offer:
    """A function that gives objects to who has a key."""

    upstream: str
    function: Function
    written: str
    """The function as `@call` names it."""
    taken: Taken
    answer: Answer
    name: str
    """The type of the objects, as clients see it."""
    type_noun: Words
    """What they are by the name of their type."""
    noun: Words
    """What they are by the name of the function."""
    beside: Set[Words]
    """What the upstream has, all in all."""

    @property
    def calls(self) -> str:
        """The function with its upstream."""
        return f"{self.upstream}.{self.written}"

    def spelled(self, *, many: bool, whole: bool) -> str:
        """The type of a field that joins: `Order`, `[Order!]`; `whole`: where none is null."""
        if not many:
            return self.name
        return f"[{self.name}]" if self.answer.gaps and not whole else f"[{self.name}!]"

    @property
    def gives(self) -> tuple[str, str]:
        """The upstream and the key of the type of the objects."""
        return self.upstream, self.answer.ref.key

    @property
    def asked(self) -> Key:
        """Which key it takes, of what."""
        return key(self.taken.field.name)

    def own_key(self, part: str) -> Field | None:
        """The field by which the objects are told apart."""
        for one in self.answer.type.fields:
            found = key(one.name)
            if found.part == part and found.noun in ((), self.type_noun, self.noun):
                return one
        return None


def offers(world: World, merged: Merged) -> Iterator[Offer]:
    """Every way to ask for objects by one key."""
    for upstream, catalog in merged.catalogs.items():
        leading, written, beside = common(catalog), _written(catalog), nouns(catalog)
        names = merged.type_names[upstream]
        for function in catalog.functions:
            answer = answered(world, upstream, function)
            if answer is None or Root.QUERY not in roots(function):
                continue
            noun = without(leading, type_noun(answer.type.label))
            for taken in takings(world, upstream, function) if noun else ():
                yield Offer(
                    upstream,
                    function,
                    written[function.name],
                    taken,
                    answer,
                    names[answer.ref.key],
                    noun,
                    function_noun(function.label),
                    beside,
                )


def _written(catalog: Catalog) -> Mapping[str, str]:
    """The name by which each function is called: the short one where only it has that."""
    labels = Counter(one.label for one in catalog.functions)
    labels.update(one.name for one in catalog.functions if one.name != one.label)
    return {
        one.name: one.label if labels[one.label] == 1 else one.name for one in catalog.functions
    }


def common(catalog: Catalog) -> Words:
    """The word that most types' names begin with; empty where there is none."""
    firsts = Counter(words(one.label)[:1] for one in catalog.types if isinstance(one, Having))
    word, count = firsts.most_common(1)[0] if firsts else ((), 0)
    return word if count > 5 and count * 2 > firsts.total() else ()


def nouns(catalog: Catalog) -> Set[Words]:
    """What an upstream has, by the names of its types and functions."""
    leading = common(catalog)
    labels = (one.label for one in catalog.types if isinstance(one, Having))
    types = {without(leading, type_noun(one)) for one in labels}
    return types | {function_noun(one.label) for one in catalog.functions}


def takings(world: World, upstream: str, function: Function) -> Iterator[Taken]:
    """Each argument that takes a key, where nothing else must be given."""
    definitions = {
        one.name: definition
        for one in function.arguments
        if isinstance(definition := world.definition(Typed(upstream, one.type)), InputType)
    }
    inside = definitions.get(INPUT)
    flat = tuple(one for one in function.arguments if one.name not in definitions)
    yield from _among(flat, function.arguments)
    if inside and not any(isinstance(one.type, Required) for one in flat):
        yield from _among(inside.fields, () if inside.one_of else inside.fields)


def _among(fields: tuple[Field, ...], beside: tuple[Field, ...]) -> Iterator[Taken]:
    pages = any("".join(words(one.name)) in _PAGING for one in beside)
    for name, field in named_fields(fields).items():
        others = [one for one in beside if one is not field]
        if is_key(item(field.type)) and not any(isinstance(one.type, Required) for one in others):
            alone = isinstance(field.type, Required) or not any(map(_tells_apart, others))
            yield Taken(field, name, alone, pages)


def _tells_apart(field: Field) -> bool:
    """Whether an argument may have to be given, although nothing says so."""
    return is_key(field.type) and bool(key(field.name).part)


def answered(world: World, upstream: str, function: Function) -> Answer | None:
    """What a function returns, or what is in it where it only wraps that."""
    whole = _answer(world, upstream, function.returns)
    if whole is None or whole.many:
        return whole
    return _wrapped(world, upstream, function, whole.type) or whole


def _answer(world: World, upstream: str, ref: TypeRef) -> Answer | None:
    inner = item(ref)
    definition = world.definition(Typed(upstream, inner)) if isinstance(inner, Named) else None
    if not isinstance(inner, Named) or not isinstance(definition, Having):
        return None
    plain = nullable(ref)
    if not isinstance(plain, ListOf):
        return Answer(inner, definition, many=False, gaps=False)
    return Answer(inner, definition, many=True, gaps=not isinstance(plain.of, Required))


def _wrapped(world: World, upstream: str, function: Function, wrapper: Having) -> Answer | None:
    """The only objects in a wrapper; None in what is more than one."""
    if any(key(one.name) == Key((), "id") for one in wrapper.fields):
        return None
    held = {
        one.name.lower(): answer
        for one in wrapper.fields
        if (answer := _answer(world, upstream, one.type)) and one.name.lower() not in _BESIDE
    }
    many = {name: one for name, one in held.items() if one.many}
    left = many if len(many) == 1 else held
    if len(left) != 1 or not (_is_wrapper(function, wrapper) or left.keys() & _WRAPPING):
        return None
    return next(iter(left.values()))


def _is_wrapper(function: Function, wrapper: Having) -> bool:
    """Whether a type is there for one function's answer, as its name says."""
    label = words(wrapper.label)
    return label == words(function.label) or (label[-1:] and label[-1] in _WRAPPERS) or False
