"""Which function each field of a types file describes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from upstreams.aws_lambda.described import Offer
from upstreams.aws_lambda.model import Reference, TypesFile
from upstreams.aws_lambda.sdl import MOST_PROBLEMS, Problem, Typed, refused


def matched(
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


def one_named(name: str, offers: Sequence[Offer]) -> Offer | Problem:
    """The one function of that name, or why there is not one."""
    names = _Names.of(offer.reference for offer in offers)
    found = names.exact.get(name, ())
    if len(found) == 1:
        return next(one for one in offers if one.reference.text == found[0])
    if found:
        return Problem(f"{name} may be {' or '.join(found)}: write which")
    return Problem(_unknown(name, names))


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
    return field.problem(_unknown(wanted, names))


def _unknown(wanted: str, names: _Names) -> str:
    known = sorted(names.exact)
    near = get_close_matches(wanted, known, cutoff=0.5) or known[:5]
    meant = f"there is {', '.join(near)}" if near else "there is none at all"
    return f"no function of this upstream is named {wanted!r}; {meant}"


def _squeezed(name: str) -> str:
    """`price-quote`, `price_quote`, `priceQuote` -> `pricequote`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
