"""Names taken apart: the words of one, what it is called after, and which key it is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias

from schema.names import graphql_name

Words: TypeAlias = tuple[str, ...]
"""Of one name, in lower case; none where it has no letters or digits of ours."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PLACE = re.compile(r"#/paths/(.*)/[a-z]+")
"""Where an HTTP operation stands in its description."""
_ODD = {"people": "person", "children": "child", "indices": "index", "vertices": "vertex"}
_SAME = frozenset({"series", "species", "news", "alias", "status", "address", "sms", "dns", "aws"})
_KEYS = {
    **dict.fromkeys(("id", "identifier", "uuid", "guid"), "id"),
    **{one: one for one in ("key", "code", "name", "slug", "login", "handle", "sid", "arn")},
    **dict.fromkeys(("number", "no", "nr", "num"), "number"),
}
"""Words that say which key of a thing is meant, by the one they all stand for."""
GENERIC = frozenset(
    {
        *("id", "uid", "oid", "pk", "type", "status", "state", "value", "version", "kind", "data"),
        *("result", "item", "object", "entity", "resource", "record", "error", "message", "date"),
        *("response", "request", "time", "title", "text", "description", "label", "reference"),
        *("count", "size", "index", "url", "uri", "path", "parent", "root", "self", "source"),
        *("target", "limit", "page", "offset", "filter", "query", "search", "sort", "format"),
        *("language", "locale", "list", "info", "detail", "success", "ok", "empty", "meta"),
        *("metadata", "etag", "cursor", "ref", "thing", "element", "entry", "current", "other"),
        *("username", "nickname", "email", "phone", "address", "country", "currency", "city"),
        *("zone", "token", "hash"),
    }
)
"""What names nothing in particular."""
_WRAPS = frozenset(
    {
        *("dto", "vo", "response", "reply", "result", "model", "entity", "resource", "object"),
        *("schema", "view", "representation", "record", "info", "detail", "output", "full"),
        *("simple", "complete", "summary", "basic", "minimal", "extended", "data", "read", "out"),
    }
)
"""What type names have around the thing they are of."""
_READS = frozenset(
    {
        *("get", "find", "fetch", "retrieve", "read", "show", "describe", "lookup", "load"),
        *("list", "search", "query", "view", "all", "one", "single", "multiple", "many", "batch"),
        *("a", "an", "the", "index", "return", "browse"),
    }
)
"""What function names say of reading, which is not what they read."""
_TURNS = frozenset({"by", "for", "with", "from", "of", "in", "using", "to", "on"})
"""After these a function's name says how, no longer what."""


@lru_cache(8192)
def words(name: str) -> Words:
    """ "customerID" -> customer id; "order-lines" -> order lines."""
    return tuple(one.lower() for one in _WORD.findall(re.sub(r"IDs\b", "Ids", name)))


@lru_cache(8192)
def singular(word: str) -> str:
    """ "categories" -> "category", "boxes" -> "box"; a word that is none stays."""
    if word in _ODD:
        return _ODD[word]
    if word in _SAME or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return "id" if word == "ids" else word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "uses")) and word != "houses":
        return word[:-2]
    return word.removesuffix("s")


def is_plural(word: str) -> bool:
    """Whether a word speaks of many."""
    return singular(word) != word


def plural(word: str) -> str:
    """ "category" -> "categories", "box" -> "boxes"; "orders" stays."""
    if is_plural(word):
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def noun(found: Iterable[str]) -> Words:
    """The words, the last of them for one thing."""
    found = tuple(found)
    return (*found[:-1], singular(found[-1])) if found else ()


@dataclass(frozen=True, slots=True)
class Key:
    """What the name of a field or an argument says of the thing it tells apart."""

    noun: Words
    """What it is called after: `customerId` is a customer's; empty where that is not said."""
    part: str
    """Which key of it: `id`; empty where that is not said."""


@lru_cache(8192)
def key(name: str) -> Key:
    """ "customerId" -> customer's id; "id" -> somebody's id; "sku" -> a sku."""
    found = noun(words(name))
    if found and found[-1] in _KEYS:
        return Key(noun(found[:-1]), _KEYS[found[-1]])
    return Key(found, "")


def type_noun(label: str) -> Words:
    """What values of a type are: "CustomerResponse", "customer_dto" -> customer."""
    found = list(words(label))
    while len(found) > 1 and found[-1] in _WRAPS:
        found.pop()
    while len(found) > 1 and (found[0] in _WRAPS or found[0] in ("api", "get")):
        found.pop(0)
    return noun(one for one in found if not re.fullmatch(r"v?\d+|v", one))


def function_noun(label: str) -> Words:
    """What a function gives, as its name has it: "get-an-album", "album.get" -> album."""
    found = takewhile(lambda one: one not in _TURNS, words(label))
    kept = [one for one in found if one not in _READS]
    while len(kept) > 1 and kept[-1] in ("detail", "details", "info"):
        kept.pop()
    return noun(kept)


def reads(label: str) -> bool:
    """Whether a function's name says that it gets something."""
    return bool(_READS.intersection(words(label)))


def follows(whole: Words, end: Words) -> bool:
    """Whether a name is another with something before it: billing customer, customer."""
    return len(whole) > len(end) > 0 and whole[-len(end) :] == end


def camel(found: Words) -> str:
    """ "order", "lines" -> "orderLines"; always a name that GraphQL allows."""
    return graphql_name("".join(one.capitalize() if at else one for at, one in enumerate(found)))


def without(leading: Words, found: Words) -> Words:
    """A noun without what all of its kind begin with."""
    length = len(leading)
    return found[length:] if 0 < length < len(found) and found[:length] == leading else found


@lru_cache(8192)
def segments(source: str) -> Words:
    """The path of an HTTP operation, from its place in a description; empty for anything else.

    "#/paths/~1customers~1{id}/get" -> customers {id}.
    """
    found = _PLACE.fullmatch(source)
    path = found[1].replace("~1", "/").replace("~0", "~") if found else ""
    return tuple(one for one in path.split("/") if one)


def owner(source: str, argument: str) -> Words:
    """What stands in a path before the argument: `/customers/{id}/orders` -> customer."""
    found = segments(source)
    place = next((at for at, one in enumerate(found) if one == f"{{{argument}}}"), 0)
    before = found[place - 1] if place else ""
    return () if before.startswith("{") else noun(words(before))


def ends(source: str) -> Words:
    """What a path ends in that is no argument: `/customers/{id}/orders` -> orders."""
    found = segments(source)
    last = found[-1] if found else ""
    return words(last) if re.fullmatch(r"[A-Za-z_-]+", last) else ()


def ends_in(source: str, argument: str) -> bool:
    """Whether the argument is the last of a path: `/customers/{id}`."""
    return segments(source)[-1:] == (f"{{{argument}}}",)
