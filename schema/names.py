"""GraphQL names from backend names: valid, stable, and the same for everybody.

The rules are DESIGN §5: fields keep the backend's name where GraphQL allows it, root fields are
camelCase, types PascalCase. A name that is taken is qualified, never numbered; who is asked first
keeps the short name. GraphQL's own rules: specification §2.1.9 (Names), §3.1 (reserved names).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import count

_INVALID_RUN = re.compile(r"[^_0-9A-Za-z]+")
_SEPARATORS = re.compile(r"[^0-9A-Za-z]+")
_CAPITALS = re.compile(r"^(?:[A-Z]+(?![a-z])|[A-Z])")
RESERVED_ENUM_VALUES = frozenset(("true", "false", "null"))
_REMEMBERED = 4096
"""How many texts are remembered with their names: large descriptions repeat theirs."""


def is_name(text: str) -> bool:
    """Whether GraphQL allows the text as a name that is not reserved for introspection."""
    # Of Python's identifiers, GraphQL's names are those in ASCII.
    return text.isascii() and text.isidentifier() and not text.startswith("__")


def graphql_name(text: str) -> str:
    """The text itself where GraphQL allows it, else the nearest name.

    "order-id" -> "order_id", "2fa" -> "_2fa", "__x" -> "_x", "größe" -> "grosse", "" -> "empty".
    """
    if is_name(text):
        return text
    name = _INVALID_RUN.sub("_", _latin(text))
    if not name.strip("_"):
        name = _spelled(text)
    if name[0].isdigit():
        name = f"_{name}"
    return re.sub(r"^__+", "_", name)


@lru_cache(_REMEMBERED)
def camel(text: str) -> str:
    """A root field's name: "list_pets", "ListPets" -> "listPets"; "GET_DATA" -> "getData"."""
    words = _words(text)
    if not words:
        return graphql_name(text)
    first = _CAPITALS.sub(lambda match: match[0].lower(), words[0], count=1)
    return graphql_name(first + "".join(_raised(word) for word in words[1:]))


@lru_cache(_REMEMBERED)
def pascal(text: str) -> str:
    """A type's name: "order-line", "orderLine" -> "OrderLine"; "HTTPError" stays."""
    words = _words(text)
    if not words:
        return graphql_name(text)
    return graphql_name("".join(_raised(word) for word in words))


def enum_value(text: str) -> str:
    """An enum value's name: kept where allowed; "in-stock" -> "in_stock", "+1" -> "PLUS_1"."""
    if text in RESERVED_ENUM_VALUES:
        return text.upper()
    signed = re.sub(r"^\+(?=\w)", "PLUS_", re.sub(r"^-(?=\w)", "MINUS_", text))
    return graphql_name(signed)


def kept_first(text: str) -> tuple[bool, str]:
    """The order in which names are given: whoever had a valid name keeps it, then by the text."""
    return graphql_name(text) != text, text


class Names:
    """Names given so far in one namespace: whoever asks first keeps the name."""

    def __init__(self, taken: Iterable[str] = (), locked: Iterable[str] = ()) -> None:
        """`locked` names are given to nothing but what they are locked for."""
        self._taken = set(taken)
        self._locked = frozenset(locked)

    def give(self, candidates: Iterable[str], identity: str, locked: str | None = None) -> str:
        """The locked name, or the first candidate still free.

        Else it is the first one marked by a digest of `identity`: the mark depends on nothing but
        what is named, so it is the same on every run.
        """
        if locked is not None and locked not in self._taken:
            return self._given(locked)
        first = ""
        for name in candidates:
            if self._is_free(name):
                return self._given(name)
            first = first or name
        marked = (f"{first}_{_letters(f'{identity} {attempt}')}" for attempt in count())
        return self._given(next(name for name in marked if self._is_free(name)))

    def _is_free(self, name: str) -> bool:
        return name not in self._taken and name not in self._locked

    def _given(self, name: str) -> str:
        self._taken.add(name)
        return name


def qualified(label: str, scope: Iterable[str], upstream: str) -> Iterator[str]:
    """Ever longer texts to make a name of: the label, with its scope, with its upstream.

    ("Address", ("crm", "acme"), "bank") -> "Address", "crm Address", "acme crm Address",
    "bank Address", "bank acme crm Address".
    """
    text = label
    yield text
    for part in scope:
        text = f"{part} {text}"
        yield text
    yield f"{upstream} {label}"
    yield f"{upstream} {text}"


def _words(text: str) -> list[str]:
    """ "get-my_agent" -> get my agent; "ORDER_ID" -> Order Id, as all capitals say nothing."""
    words = [word for word in _SEPARATORS.split(_latin(text)) if word]
    if len(words) > 1 and text.isupper():
        return [word.capitalize() for word in words]
    return words


def _raised(word: str) -> str:
    return word[0].upper() + word[1:]


def _latin(text: str) -> str:
    """Accents taken off; letters of other scripts spelled by their code point."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return "".join(_ascii(letter) for letter in plain)


def _ascii(letter: str) -> str:
    if letter.isascii():
        return letter
    return f"u{ord(letter):x}" if letter.isalnum() else "_"


def _spelled(text: str) -> str:
    """Symbols by their Unicode names: "<=" -> "LESS_THAN_SIGN_EQUALS_SIGN"."""
    names = (unicodedata.name(symbol, f"u{ord(symbol):x}") for symbol in text[:8])
    return "_".join(_INVALID_RUN.sub("_", name) for name in names) or "empty"


def _letters(identity: str) -> str:
    digest = hashlib.sha256(identity.encode(errors="surrogatepass")).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:6])
