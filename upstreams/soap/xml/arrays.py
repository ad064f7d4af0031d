"""Encoded arrays as answers have them: dimensions, gaps, offsets (SOAP 1.1 §5.4.2)."""

import re
from collections.abc import Iterator
from itertools import islice
from math import prod
from typing import Any

from upstreams.errors import Malformed
from upstreams.soap.model import ENCODINGS, Version
from upstreams.soap.xml.document import Element, place

MOST = 100_000
"""How many items an array may have, those left out included."""
_ENCODING_11, _ENCODING_12 = ENCODINGS[Version.SOAP_11], ENCODINGS[Version.SOAP_12]
ARRAY_TYPE = f"{{{_ENCODING_11}}}arrayType"
ARRAY_SIZE = f"{{{_ENCODING_12}}}arraySize"
_OFFSET = f"{{{_ENCODING_11}}}offset"
_POSITION = f"{{{_ENCODING_11}}}position"
_BRACKETS = re.compile(r"\s*\[([\s\d,]*)\]\s*")
_DIGITS = re.compile(r"\d{1,9}")


def items(element: Element, rank: int) -> list[Any]:
    """The elements of an array, as many lists deep as it has dimensions; None where one lacks.

    Raises `Malformed` where they fit no array of that rank, or one that is too large.
    """
    sizes = _sizes(element, rank)
    placed = dict(_placed(element, sizes))
    count = max(placed, default=-1) + 1
    found: list[Any] = [placed.get(number) for number in range(count)]
    for size in reversed(sizes[1:]):
        found = [found[start : start + size] for start in range(0, len(found), max(size, 1))]
    return found


def _placed(element: Element, sizes: list[int]) -> Iterator[tuple[int, Element]]:
    """Each item, and its number in row-major order."""
    number = _number(element, _OFFSET, sizes) or 0
    for child in element:
        at = _number(child, _POSITION, sizes)
        number = number if at is None else at
        if number >= MOST:
            raise Malformed(f"{place(element)}: an array of more than {MOST} items")
        yield number, child
        number += 1


def _number(element: Element, attribute: str, sizes: list[int]) -> int | None:
    """What a position stands for, `[1,2]` in three columns for 5; None where there is none."""
    text = element.get(attribute)
    if text is None:
        return None
    brackets = _BRACKETS.fullmatch(text)
    found = _DIGITS.findall(brackets[1]) if brackets else []
    if len(found) != len(sizes):
        raise Malformed(f"{place(element)}: not a position in an array")
    strides = (prod(sizes[number + 1 :]) for number in range(len(sizes)))
    return sum(int(index) * stride for index, stride in zip(found, strides, strict=True))


def _sizes(element: Element, rank: int) -> list[int]:
    """The size of each dimension; the first, which nothing depends on, may be unknown."""
    if rank == 1:
        return [0]
    text = element.get(ARRAY_SIZE)
    if text is None:
        text = (element.get(ARRAY_TYPE) or "").rpartition("[")[2]
    found = list(map(int, islice(_DIGITS.findall(text.replace("*", "0")), rank + 1)))
    if len(found) != rank:
        raise Malformed(f"{place(element)}: not an array of {rank} dimensions")
    return found
