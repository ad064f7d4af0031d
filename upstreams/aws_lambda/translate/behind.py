"""Which of the functions offered a document means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from upstreams.aws_lambda.described import Offer
from upstreams.aws_lambda.model import Binding, Form, Operation, Payload

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_MEANT = re.compile(
    r"(?P<prefix>arn:[^:]+:lambda:[^:]*:[^:]*:function:|[^:]+:function:)?"
    r"(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_ATTRIBUTE = re.compile(r"\$?\{?(?P<logical>[A-Za-z0-9]+)(\.(Arn|Alias))?\}?")


@dataclass(frozen=True, slots=True)
class Found:
    """A function that was offered, as a document refers to it."""

    offer: Offer
    qualifier: str
    """The alias or version that the document names, where the offer names none."""

    def binding(self, form: Form, operation: Operation, *, piecemeal: bool) -> Binding:
        """How an operation is called that this function serves."""
        named = self.offer.reference
        qualifier = named.qualifier or self.qualifier
        return Binding(
            named.target,
            Payload.INPUT,
            qualifier=qualifier,
            region=named.region,
            form=form,
            operation=operation,
            piecemeal=piecemeal,
        )


class Behind:
    """The functions offered, by what documents call them."""

    def __init__(
        self, offers: Iterable[Offer], logical: Mapping[str, Sequence[Offer]] | None = None
    ) -> None:
        """`logical` are the functions by their logical ids, in documents inside a template."""
        self._offers = [one for one in offers if not one.url]
        self._logical = logical or {}

    def find(self, function: str) -> Found | None:
        """The function that is meant, if it is offered; with its own qualifier if possible."""
        if self._logical and (named := _ATTRIBUTE.fullmatch(function)):
            return _first(self._logical.get(named["logical"], ()), "")
        meant = _MEANT.fullmatch(_VARIABLE.sub("*", function))
        if meant is None or not meant["name"].strip("*"):
            return None
        offers = [one for one in self._offers if _same(one, meant["prefix"] or "", meant["name"])]
        return _first(offers, (meant["qualifier"] or "").strip("*"))


def _first(offers: Sequence[Offer], qualifier: str) -> Found | None:
    ranked = sorted(offers, key=lambda one: one.reference.qualifier != qualifier)
    return Found(ranked[0], qualifier) if ranked else None


def _same(offer: Offer, prefix: str, name: str) -> bool:
    """Whether an offer may be that function; where nothing else is known, its name decides."""
    known = offer.arn or offer.reference.target
    if known.startswith("arn:") and prefix.startswith("arn:"):
        return fnmatchcase(known, f"{prefix}{name}")
    return fnmatchcase(offer.reference.name, name)
