"""What schema files and schemas of a function's own say, in GraphQL SDL or JSON Schema."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from upstreams.aws_lambda.described import Offer, Told
from upstreams.aws_lambda.model import Binding, Form, Payload, Rest, TypesFile
from upstreams.aws_lambda.sdl import Problem, Typed, Types, read, refused
from upstreams.aws_lambda.translate.matching import matched, one_named
from upstreams.aws_lambda.translate.part import Keys, Part
from upstreams.aws_lambda.translate.schemas import Described, Schemas, at, pair
from upstreams.errors import DiscoveryError
from upstreams.model import Effect, Function

READING = {"describe", "find", "get", "list", "lookup", "search"}
"""First words of a name that say its function only reads."""
FILE = "types"
"""What the keys of a types file in JSON Schema begin with."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_JSON_FILES = (".json", ".yaml", ".yml")


def from_file(rest: Rest, file: TypesFile, offers: Sequence[Offer]) -> Part:
    """The functions that a types file describes.

    Raises `DiscoveryError` when it cannot be read, or describes a function not offered.
    """
    if not _is_json(file):
        types = read(file)
        fields = matched(types.fields, offers, file)
        by_text = {one.reference.text: one for one in offers}
        functions = ((text, function(by_text[text], one)) for text, one in fields.items())
        placed = ((text, _placed(file, one)) for text, one in functions)
        return _part(types, tuple(placed))
    tree = rest.parse(file.text.encode(), file.location)
    told = tree.get("functions") if isinstance(tree, dict) else None
    if not isinstance(told, dict) or not isinstance(tree, dict):
        raise DiscoveryError("`functions` is not in it, an object by their names", at=file.location)
    described = [
        Described(offer, effect(offer.reference.name), at(name))
        for name, offer in _described(told, offers, file).items()
    ]
    return Schemas(rest).part(FILE, file.location, tree, described)


def _placed(file: TypesFile, one: Function[Binding]) -> Function[Binding]:
    return replace(one, source=f"{file.location}#{one.source}")


def from_told(rest: Rest, told: Told, offer: Offer) -> Part:
    """The function that a schema of its own describes. Raises `DiscoveryError`."""
    named = offer.reference.text
    place = f"{told.location} of {named}"
    text = told.text.decode("utf-8", errors="replace")
    file = TypesFile(place, text)
    if _is_json(file):
        tree = pair(rest.parse(told.text, place), place)
        described = Described(offer, effect(offer.reference.name), "")
        return Schemas(rest).part(named, place, tree, [described])
    types = read(file)
    if len(types.fields) != 1:
        wrong = f"it describes {len(types.fields)} functions; one field of Query or Mutation is it"
        raise refused(file, [Problem(wrong)])
    keys = Keys(named)
    found = function(offer, types.fields[0])
    mine = replace(
        found,
        source=f"{place}#{found.source}",
        returns=keys.ref(found.returns),
        arguments=keys.fields(found.arguments),
    )
    part = _part(types, ((named, mine),))
    remarks = {"degraded": keys.remarks(part.degraded), "assumed": keys.remarks(part.assumed)}
    return replace(part, types=tuple(map(keys.type, part.types)), **remarks)


def function(offer: Offer, typed: Typed) -> Function[Binding]:
    """A function as a field of SDL describes it."""
    return Function(
        name=offer.reference.text,
        label=offer.reference.name,
        effect=typed.effect,
        returns=typed.returns,
        binding=binding(offer, Payload.ARGUMENTS),
        arguments=typed.arguments,
        scope=scope(offer),
        description=typed.description or offer.description,
        deprecated=typed.deprecated,
        source=typed.source,
    )


def binding(offer: Offer, payload: Payload) -> Binding:
    """How a function is called that is no operation."""
    named = offer.reference
    return Binding(
        offer.url or named.target,
        payload,
        qualifier=named.qualifier,
        region=named.region,
        form=Form.URL if offer.url else Form.PLAIN,
    )


def scope(offer: Offer) -> tuple[str, ...]:
    """What tells functions of one name apart."""
    return tuple(part for part in (offer.reference.qualifier, offer.reference.region) if part)


def effect(name: str) -> Effect:
    """`get-user`, `listOrders` -> read; whatever else -> write, which is the safe guess."""
    words = _WORDS.findall(name)
    return Effect.READ if words and words[0].lower() in READING else Effect.WRITE


def _is_json(file: TypesFile) -> bool:
    named = file.location.lower().endswith(_JSON_FILES)
    return named or file.text.lstrip()[:1] == "{"


def _part(types: Types, functions: tuple[tuple[str, Function[Binding]], ...]) -> Part:
    return Part(functions, types.types, degraded=types.degraded, assumed=types.assumed)


def _described(
    told: Mapping[str, object], offers: Sequence[Offer], file: TypesFile
) -> Mapping[str, Offer]:
    """The function that each key of a file means. Raises `DiscoveryError`."""
    found = {name: one_named(name, offers) for name in told}
    if problems := [one for one in found.values() if isinstance(one, Problem)]:
        raise refused(file, problems)
    return {name: one for name, one in found.items() if isinstance(one, Offer)}
