"""What types and their fields are called."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from urllib.parse import urlsplit

from upstreams.soap.wsdl import is_tag
from upstreams.soap.xml import Element, local_name, namespace

_MORE = range(2, 1_000_000)


@dataclass(frozen=True, slots=True)
class Spot:
    """What a type is called: its own name, or that of the place where it is declared."""

    key: str
    label: str
    scope: tuple[str, ...] = ()

    def inner(self, name: str, mark: str = "") -> "Spot":
        """The spot of a member: `{urn:x}Order` + `line` -> `{urn:x}Order/line`, `OrderLine`."""
        label = f"{self.label}{name[:1].upper()}{name[1:]}"
        return Spot(f"{self.key}/{mark}{name}", label, self.scope)


@lru_cache(maxsize=256)
def scope(namespace_uri: str) -> tuple[str, ...]:
    """What tells a namespace from another, innermost first.

    `http://example.com/stock/types.xsd` -> `("types", "stock", "example")`
    """
    parts = urlsplit(namespace_uri)
    path = [segment for segment in parts.path.replace(":", "/").split("/") if segment]
    words = [word.removesuffix(".xsd").removesuffix(".wsdl") for word in reversed(path)]
    host = [part for part in (parts.hostname or "").split(".") if part != "www"]
    return (*words, *reversed(host[:-1]))


def type_spot(name: str) -> Spot:
    """What a type of that Clark name is called."""
    return Spot(name, local_name(name), scope(namespace(name)))


def element_spot(name: str) -> Spot:
    """What the anonymous type of a global element is called."""
    return Spot(f"<{name}>", local_name(name), ("Element", *scope(namespace(name))))


def spot_of(declaration: Element) -> Spot:
    """What a type declared in this place is called."""
    path = [declaration, *declaration.iterancestors()]
    schema = next(number for number, node in enumerate(path) if is_tag(node, "schema"))
    *inner, top = [node for node in path[:schema] if node.get("name")]
    target, name = path[schema].get("targetNamespace", ""), top.get("name", "")
    clark = f"{{{target}}}{name}" if target else name
    mark = {"attribute": "@", "group": "group "}.get(local_name(top.tag), "")
    spot = Spot(f"{mark}{clark}", name, scope(target))
    if is_tag(top, "element"):
        spot = element_spot(clark)
    for node in reversed(inner):
        spot = spot.inner(node.get("name", ""), "@" if is_tag(node, "attribute") else "")
    return spot


class Naming:
    """The fields of one type, none of them twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def field(self, name: str, *marks: str) -> str:
        """The name; where it is taken, with the first mark that makes it another."""
        numbers = (f"_{number}" for number in _MORE)
        candidates = (f"{name}{mark}" for mark in chain(("",), marks, numbers))
        chosen = next(each for each in candidates if each not in self._taken)
        self._taken.add(chosen)
        return chosen

    def clark(self, name: str) -> str:
        """The local name; where it is taken, with a word of the namespace."""
        return self.field(local_name(name), *(f"_{word}" for word in scope(namespace(name))))
