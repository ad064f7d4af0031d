"""`splice discover --lambda NAME --samples FILE…`: types proposed from recorded invocations."""

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from upstreams.aws_lambda.sdl import written
from upstreams.aws_lambda.translate.samples import Sample, infer
from upstreams.errors import DiscoveryError

MAX_BYTES = 64 * 1024 * 1024

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_SIDES = {"input", "output"}


def propose(functions: Sequence[str], files: Sequence[Path]) -> int:
    """Write the SDL of the one function that samples are of; 1 when there is none."""
    try:
        sys.stdout.write(_proposed(functions, files))
    except DiscoveryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _proposed(functions: Sequence[str], files: Sequence[Path]) -> str:
    if len(functions) != 1:
        raise DiscoveryError("samples are of one function: name it by --lambda")
    samples = [sample for file in files for sample in _samples(file)]
    if not samples:
        raise DiscoveryError("there is no sample in it", at=str(files[0]))
    return written(infer(functions[0], samples))


def _samples(file: Path) -> Iterator[Sample]:
    """The samples of a file: one, a list, or one a line."""
    for place, value in _values(file):
        if not isinstance(value, dict) or not _SIDES & value.keys():
            told = 'each sample is an object such as {"input": …, "output": …}'
            raise DiscoveryError(told, at=place)
        yield Sample(value.get("input", {}), value.get("output"))


def _values(file: Path) -> Iterator[tuple[str, object]]:
    text = _text(file)
    try:
        whole = _DECODER.decode(text)
    except msgspec.DecodeError:
        yield from _lines(file, text)
        return
    values = whole if isinstance(whole, list) else [whole]
    yield from ((f"{file}: sample {number}", one) for number, one in enumerate(values, 1))


def _lines(file: Path, text: bytes) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield f"{file}:{number}", _DECODER.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise DiscoveryError(f"not JSON: {error}", at=f"{file}:{number}") from error


def _text(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise DiscoveryError(f"larger than the limit of {MAX_BYTES} bytes", at=str(file))
        return file.read_bytes()
    except OSError as error:
        raise DiscoveryError(error.strerror or "cannot be read", at=str(file)) from error
