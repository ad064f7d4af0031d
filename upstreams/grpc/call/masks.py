"""Pure: which fields are selected, told to the backend in a field of the request made for it.

AIP-157 calls such a field `read_mask`. Its paths are of the answer, or of the items of an answer
that is one page of a list (AIP-132).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor

from upstreams.grpc.messages import alternatives, field_of, mask_in, names, read_mask
from upstreams.grpc.model import MEANINGS, Binding, named
from upstreams.model import Effect, Function


@dataclass(frozen=True, slots=True)
class Mask:
    """A field of a request that says which fields of the answer are wanted."""

    place: tuple[str, ...]
    """The field's own name, after those of the messages it is in."""
    of: Descriptor
    """The message whose fields its paths name."""
    below: str
    """Where that message is in the answer, as the beginning of a selected path; empty or `x.`."""

    def fill(self, request: Any, selection: Sequence[str]) -> None:
        """Say what is selected, unless the client has said what it wants.

        Nothing is said where a selected path cannot be: without a mask, everything comes.
        """
        wanted = [path.removeprefix(self.below) for path in self._selected(selection)]
        paths = [_path(self.of, path.split(".")) for path in wanted]
        if not paths or not all(paths):
            return
        for name in self.place[:-1]:
            request = getattr(request, name)
        if not request.HasField(self.place[-1]):
            getattr(request, self.place[-1]).paths.extend(_shortest(paths))

    def _selected(self, selection: Sequence[str]) -> Iterator[str]:
        return (path for path in selection if path.startswith(self.below))


def mask_of(
    function: Function[Binding],
    request: Descriptor,
    response: Descriptor,
    places: Mapping[str, str],
) -> Mask | None:
    """The mask of a function's request: the one in the settings, else that of a read by its name.

    `places` are the settings': by glob of functions, where the mask is; empty for none.
    """
    glob = next((each for each in places if named(function.name, each)), None)
    if glob is not None:
        place = mask_in(request, places[glob])
    else:
        place = read_mask(request) if function.effect is Effect.READ else None
    if place is None:
        return None
    for number, item in _items(response):
        return Mask(place, item, f"{names(response)[number]}.")
    return Mask(place, response, "")


def _items(response: Descriptor) -> Iterator[tuple[int, Descriptor]]:
    """The number of the field that holds the items, and their type, if an answer is one page."""
    if "next_page_token" in response.fields_by_name:
        lists = [
            (field.number, field.message_type)
            for field in response.fields
            if field.is_repeated and field.message_type
        ]
        yield from lists if len(lists) == 1 else ()


def _path(message: Descriptor, selected: Sequence[str]) -> str:
    """The path as far as a mask can say it: up to a list, a map, a leaf or a union; empty for none.

    A mask that asks for more than is selected is no mistake; one that asks for less would be.
    """
    steps: list[str] = []
    for step in selected:
        field = field_of(message, step)
        if field is None or field.is_extension:
            return ""
        steps.append(field.name)
        below = field.message_type
        if below is None or field.is_repeated or _is_leaf(below):
            break
        message = below
    return ".".join(steps)


def _is_leaf(message: Descriptor) -> bool:
    """Whether clients do not see the fields of a message, or see others in their place."""
    known = message.full_name in MEANINGS
    return known or not message.fields or bool(alternatives(message))


def _shortest(paths: Sequence[str]) -> list[str]:
    """Each path once, and none below another."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(f"{other}.") for other in kept):
            kept.append(path)
    return kept
