"""What settings say of what is shown: of an upstream's functions, and which types are one."""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated

from typing_extensions import Doc

from schema.names import camel, is_name
from upstreams.model import Function

_WILD = {"*": "(.*)", "?": "."}


class Merge(enum.Enum):
    """Which types of several upstreams are shown as one."""

    SAID = "said"
    """Those of which SDL says so."""
    EQUAL = "equal"
    """Those, and all that are equal and have the same name in their descriptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What the settings of an upstream say of what clients see."""

    expose: Annotated[
        tuple[str, ...], Doc("Globs of functions that clients see; without any, they see all.")
    ] = ()
    hide: Annotated[
        tuple[str, ...], Doc("Globs of functions that clients do not see; joins may call them.")
    ] = ()
    rename: Annotated[
        Mapping[str, str],
        Doc("Root fields' names by functions, or by globs: `getUser: user`, `Bank_*: *`."),
    ] = field(default_factory=dict)
    prefix: Annotated[str, Doc("Begins the names of its root fields and types.")] = ""
    namespace: Annotated[
        str, Doc("The field of Query and Mutation below which its root fields are.")
    ] = ""
    places: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)
    """Where a text of a setting is written, by the setting and the text."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what could name nothing."""
        if self.prefix and not is_name(f"{self.prefix}a"):
            raise ValueError(f"prefix: no name begins with {self.prefix!r}")
        if self.namespace and (not is_name(self.namespace) or self.namespace.startswith("_")):
            raise ValueError(f"namespace: {self.namespace!r} cannot name a field")
        for glob, name in self.rename.items():
            if name.count("*") > glob.count("*") or not is_name(name.replace("*", "a")):
                raise ValueError(f"rename: {name!r} cannot name what {glob!r} finds")

    def shows(self, function: Function) -> bool:
        """Whether clients may call the function."""
        exposed = not self.expose or any(matches(glob, function) for glob in self.expose)
        return exposed and not any(matches(glob, function) for glob in self.hide)

    def renamed(self, function: Function) -> str | None:
        """The name that the first fitting glob gives the function's root field."""
        glob = self.found(function)
        if glob is None:
            return None
        name = self.rename[glob]
        whole = _pattern(glob).fullmatch(function.name) or _pattern(glob).fullmatch(function.label)
        return camel(_filled(name, whole.groups())) if whole and "*" in name else name

    def found(self, function: Function) -> str | None:
        """The first glob of `rename` that means the function."""
        return next((glob for glob in self.rename if matches(glob, function)), None)

    def field_name(self, name: str) -> str:
        """The name of a root field, with the prefix: "bank_" "getUser" -> "bank_getUser"."""
        return _joined(self.prefix, name)

    def type_name(self, name: str) -> str:
        """The name of a type, with the prefix: "bank" "Address" -> "BankAddress"."""
        if not self.prefix:
            return name
        prefix = _raised(self.prefix) if self.prefix[-1].isalnum() else self.prefix
        return _joined(prefix, name)

    @property
    def globs(self) -> Iterator[tuple[str, str]]:
        """Every text that functions are found by, beside its setting."""
        yield from (("expose", glob) for glob in self.expose)
        yield from (("hide", glob) for glob in self.hide)
        yield from (("rename", glob) for glob in self.rename)


AS_IT_IS = Showing()


def matches(glob: str, function: Function) -> bool:
    """Whether a function is meant, by its own name or by its short one."""
    return fnmatchcase(function.name, glob) or fnmatchcase(function.label, glob)


@lru_cache(1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile("".join(_WILD.get(one) or re.escape(one) for one in glob), re.DOTALL)


def _filled(name: str, found: Iterable[str]) -> str:
    """What the stars of a glob found, in the place of those of the name."""
    texts = iter(found)
    return re.sub(r"\*", lambda _: next(texts), name)


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}{_raised(name)}" if prefix[-1:].isalnum() else f"{prefix}{name}"


def _raised(text: str) -> str:
    return text[:1].upper() + text[1:]
