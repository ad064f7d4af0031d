"""Document text to a validated operation, remembered per text.

Parsing and validating cost a hundred times what a lookup does, and clients repeat themselves. What
is remembered is bounded by its size; a text that is refused is remembered too, so refusing it again
is cheap.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Visitor,
    VisitorAction,
    parse,
    specified_rules,
    validate,
    visit,
)

from schema.plan.plans import Plans

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

_INCREMENTAL = ("defer", "stream")
_MOST_ERRORS = 20
_LONGEST_REMEMBERED = 64 * 1024
_REMEMBERED = 1024 * 1024
"""Characters of text, and what plans take beside; each stands for some 150 bytes."""
_PLACE = 20
"""As how many characters an object or field of a plan counts."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may run, or the errors that say why not."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    whole: DocumentNode | None = None
    """The same document with nothing deferred or streamed, where something is."""
    plans: Plans | None = None
    """Of the document that runs where nothing is deferred or streamed, if one does."""

    @property
    def runs(self) -> DocumentNode | None:
        """The document for a client that takes its answer in one piece."""
        return self.whole or self.document


class Preparer:
    """Prepares documents for one schema, and remembers them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_tokens: int,
        remembered: int = _REMEMBERED,
        lasting: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`remembered` is how many characters of text are kept in all, plans counted in.

        Those that are `lasting` are kept beside them, of any length and for good.
        """
        self._schema = schema
        self._max_tokens = max_tokens
        self._remembered = remembered
        self._lasting = lasting
        self._kept: dict[str, Prepared] = {}
        self._known: OrderedDict[str, Prepared] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._size = 0

    def prepare(self, text: str) -> Prepared:
        """The document of that text, parsed and validated once."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        kept = self._kept.get(text)
        if kept is not None:
            return kept
        prepared = self._prepare(text)
        if self._lasting(text):
            self._kept[text] = prepared
        elif len(text) <= _LONGEST_REMEMBERED:
            self._remember(text, prepared)
        return prepared

    def _remember(self, text: str, prepared: Prepared) -> None:
        self._known[text] = prepared
        self._grow(text, len(text))

    def _grow(self, text: str, size: int) -> None:
        """What is known of a text takes more room; what was asked for long ago makes it."""
        if text not in self._known:
            return
        self._sizes[text] = self._sizes.get(text, 0) + size
        self._size += size
        while self._size > self._remembered:
            forgotten, _ = self._known.popitem(last=False)
            self._size -= self._sizes.pop(forgotten)

    def _planned(self, text: str, places: int) -> None:
        self._grow(text, places * _PLACE)

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=self._max_tokens)
        except GraphQLSyntaxError as error:
            return Prepared(None, (_coded(error, PARSE_FAILED),))
        except RecursionError:
            return Prepared(None, (_too_deep(),))
        try:
            errors = validate(self._schema, document, specified_rules, max_errors=_MOST_ERRORS)
        except RecursionError:
            return Prepared(None, (_too_deep(),))
        if errors:
            return Prepared(None, tuple(_coded(error, VALIDATION_FAILED) for error in errors))
        whole = _whole(document) if "@" in text else None
        return Prepared(document, whole=whole, plans=self._plans(text, whole or document))

    def _plans(self, text: str, document: DocumentNode) -> Plans:
        return Plans(self._schema, document, partial(self._planned, text))


def _whole(document: DocumentNode) -> DocumentNode | None:
    whole: DocumentNode = visit(document, _Whole())
    return None if whole is document else whole


class _Whole(Visitor):
    """Takes `@defer` and `@stream` off: a server need not heed them."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> VisitorAction:
        return REMOVE if node.name.value in _INCREMENTAL else None


def _too_deep() -> GraphQLError:
    return GraphQLError("the document is nested too deeply", extensions={"code": PARSE_FAILED})


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    """The same error with its code; `extensions` is the error's own dictionary."""
    error.extensions = {**(error.extensions or {}), "code": code}
    return error
