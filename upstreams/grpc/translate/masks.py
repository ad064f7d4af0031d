"""Pure: which requests say what is wanted of the answer, by FieldMasks."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.descriptor import MethodDescriptor

from upstreams.errors import DiscoveryError
from upstreams.grpc.messages import mask_in, read_mask
from upstreams.grpc.model import named


def selective(function: str, method: MethodDescriptor, places: Mapping[str, str]) -> bool:
    """Whether a request may have a FieldMask that is filled with what is selected.

    `places` are the settings': by glob of functions, where the mask is; empty for none.
    """
    told = next((place for glob, place in places.items() if named(function, glob)), None)
    return bool(read_mask(method.input_type) if told is None else told)


def check_masks(methods: Mapping[str, MethodDescriptor], places: Mapping[str, str]) -> None:
    """Raises `DiscoveryError` for a glob that means no function, or none with such a mask."""
    problems = [
        f"{glob}: {problem}"
        for glob, place in places.items()
        for problem in _problems(methods, glob, place)
    ]
    if problems:
        raise DiscoveryError("; ".join(problems), at="fieldMasks")


def _problems(methods: Mapping[str, MethodDescriptor], glob: str, place: str) -> Iterator[str]:
    meant = [method for function, method in methods.items() if named(function, glob)]
    if not meant:
        near = difflib.get_close_matches(glob, methods, n=1, cutoff=0.5)
        yield f"no function is called so{f'; did you mean {near[0]!r}?' if near else ''}"
    elif place and not any(mask_in(method.input_type, place) for method in meant):
        yield f"there is no FieldMask at {place!r} of {_requests(meant)}"


def _requests(methods: Sequence[MethodDescriptor]) -> str:
    first = methods[0].input_type.full_name
    return f"{first}, or of {len(methods) - 1} others" if len(methods) > 1 else first
