"""The functions there are and what is said of their types, as a catalog. No I/O."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from upstreams.aws_lambda.model import (
    Binding,
    LambdaCatalog,
    Offer,
    Payload,
    Reference,
    TypesFile,
)
from upstreams.aws_lambda.sdl import MOST_PROBLEMS, Problem, Typed, Types, read, refused
from upstreams.model import Catalog, Effect, Field, Function, Remark, Scalar, ScalarKind

READING = {"describe", "find", "get", "list", "lookup", "search"}
"""First words of a name that say its function only reads."""

UNTYPED = "AWS does not say what it takes or gives; name a types file"

_NOTHING = Types((), (), (), ())
_JSON = Scalar(ScalarKind.JSON)
_INPUT = Field("input", _JSON, description="The event, as the function receives it.")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def translate(offers: Sequence[Offer], file: TypesFile | None) -> LambdaCatalog:
    """Every function offered, typed where the file says how.

    Raises `DiscoveryError` when the file cannot be read, or describes a function not offered.
    """
    types = read(file) if file else _NOTHING
    typed = _matched(types.fields, offers, file) if file else {}
    plain = [offer.reference.text for offer in offers if offer.reference.text not in typed]
    return Catalog(
        kind="lambda",
        functions=tuple(_function(offer, typed.get(offer.reference.text)) for offer in offers),
        types=types.types,
        wire=None,
        degraded=(*types.degraded, *(Remark(name, UNTYPED) for name in plain)),
        assumed=(*types.assumed, *_unseen(offers)),
    )


def _function(offer: Offer, typed: Typed | None) -> Function[Binding]:
    named = offer.reference
    return Function(
        name=named.text,
        label=named.name,
        effect=typed.effect if typed else _effect(named.name),
        returns=typed.returns if typed else _JSON,
        binding=_binding(named, Payload.ARGUMENTS if typed else Payload.INPUT),
        arguments=typed.arguments if typed else (_INPUT,),
        scope=tuple(part for part in (named.qualifier, named.region) if part),
        description=(typed.description if typed else "") or offer.description,
        deprecated=typed.deprecated if typed else None,
        source=typed.source if typed else named.text,
    )


def _binding(named: Reference, payload: Payload) -> Binding:
    return Binding(named.target, payload, qualifier=named.qualifier, region=named.region)


def _effect(name: str) -> Effect:
    """`get-user`, `listOrders` -> read; whatever else -> write, which is the safe guess."""
    words = _WORDS.findall(name)
    return Effect.READ if words and words[0].lower() in READING else Effect.WRITE


def _unseen(offers: Sequence[Offer]) -> Iterator[Remark]:
    for offer in offers:
        if offer.unseen:
            yield Remark(offer.reference.text, f"taken as it is: {offer.unseen}")


def _matched(
    fields: Sequence[Typed], offers: Sequence[Offer], file: TypesFile
) -> Mapping[str, Typed]:
    """The field that describes each function, by the function's name."""
    names = _Names.of(offer.reference for offer in offers)
    matched: dict[str, Typed] = {}
    problems = []
    for field in fields:
        found = _named(field, names)
        if isinstance(found, Problem):
            problems.append(found)
        elif earlier := matched.get(found):
            problems.append(field.problem(f"{found} is described by {earlier.source} already"))
        else:
            matched[found] = field
        if len(problems) == MOST_PROBLEMS:
            break
    if problems:
        raise refused(file, problems)
    return matched


@dataclass(frozen=True, slots=True)
class _Names:
    """Functions by the names they answer to."""

    exact: Mapping[str, Sequence[str]]
    """By their reference, and by their bare name."""
    similar: Mapping[str, Sequence[str]]
    """By their bare name, however it is written."""

    @classmethod
    def of(cls, references: Iterable[Reference]) -> "_Names":
        exact, similar = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for named in references:
            similar[_squeezed(named.name)].append(named.text)
            for name in {named.text, named.name}:
                exact[name].append(named.text)
        return cls(exact, similar)


def _named(field: Typed, names: _Names) -> str | Problem:
    """The name of the one function a field describes, or why there is not one."""
    wanted = field.function or field.field
    found = names.exact.get(wanted, ())
    if not found and not field.function:
        found = names.similar.get(_squeezed(wanted), ())
    if len(found) == 1:
        return found[0]
    if found:
        return field.problem(f"it may be {' or '.join(found)}: say which by @lambda(name: …)")
    known = sorted(names.exact)
    near = get_close_matches(wanted, known, cutoff=0.5) or known[:5]
    meant = f"there is {', '.join(near)}" if near else "there is none at all"
    return field.problem(f"no function of this upstream is named {wanted!r}; {meant}")


def _squeezed(name: str) -> str:
    """`price-quote`, `price_quote`, `priceQuote` -> `pricequote`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
