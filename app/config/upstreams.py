"""One entry of `upstreams:`: its kind, the kind's settings, and what is shown of the backend."""

import dataclasses
import difflib
import re
from typing import NoReturn

import yaml

from app.config.keys import keys
from app.config.model import Upstream
from app.config.problems import NEAR, Problems
from app.config.values import Values
from app.config.written import items, parted, texts
from schema.shaping.showing import Showing
from upstreams.registry import KINDS

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def upstream(
    values: Values, problems: Problems, name: str, key: yaml.Node, node: yaml.Node
) -> Upstream:
    """The upstream of that name; `key` is where it is written. Raises `Unusable`."""
    if not _NAME.fullmatch(name):
        problems.refuse(key, f"{name!r} cannot name an upstream: letters, digits, _ and - only")
    if not isinstance(node, yaml.MappingNode):
        problems.refuse(node, f"settings are wanted here, first the kind: {', '.join(KINDS)}")
    written = [one for one, _ in items(node)]
    kinds = [one for one in dict.fromkeys(written) if one in KINDS]
    if len(kinds) != 1:
        _refuse_kind(problems, node, written, kinds)
    kind = KINDS[kinds[0]]
    showing, settings = parted(node, keys(Showing))
    read = values.dataclass(settings, kind.settings)
    return Upstream(name, kind.name, read, _showing(values, problems, showing))


def _showing(values: Values, problems: Problems, node: yaml.MappingNode) -> Showing:
    """What the gateway makes of an upstream, with the places of all that finds functions."""
    places = {
        (key, one.value): problems.at(one) for key, value in items(node) for one in texts(value)
    }
    return dataclasses.replace(values.dataclass(node, Showing), places=places)


def _refuse_kind(
    problems: Problems, node: yaml.Node, written: list[str], kinds: list[str]
) -> NoReturn:
    if kinds:
        problems.refuse(node, f"one kind is wanted, not {len(kinds)}: {', '.join(kinds)}")
    likely = (one for one in written if difflib.get_close_matches(one, KINDS, cutoff=NEAR))
    problems.refuse(node, f"no kind is named: {', '.join(KINDS)}", KINDS, next(likely, ""))
