"""Which other documents a document refers to."""

from collections.abc import Iterator

_NAMING = frozenset(
    {
        "$defs",
        "callbacks",
        "definitions",
        "headers",
        "parameters",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
    }
)
"""Under these, keys are the description's own names, and none of them is a keyword."""

_QUOTED = frozenset({"const", "default", "enum", "example", "examples"})
"""Under these stand values, in which `$ref` means nothing to us."""

_NESTED = (dict, list)


def references(tree: object) -> Iterator[str]:
    """The files and URLs that a document's `$ref`s name, itself aside."""
    ahead: list[tuple[object, bool]] = [(tree, False)]
    seen: set[int] = set()
    while ahead:
        value, naming = ahead.pop()
        if isinstance(value, list):
            ahead += [(one, False) for one in value if isinstance(one, _NESTED)]
        if not isinstance(value, dict) or id(value) in seen:
            continue
        seen.add(id(value))
        ref = value.get("$ref")
        if isinstance(ref, str) and not naming and (file := ref.partition("#")[0]):
            yield file
        for key, below in value.items():
            if isinstance(below, _NESTED) and (naming or not _quotes(key)):
                ahead.append((below, key in _NAMING and not naming))


def _quotes(key: str) -> bool:
    return key in _QUOTED or key.startswith("x-")
