"""Numbers on the command line, refused with a sentence when they cannot be meant."""

import argparse
from collections.abc import Callable

from app.config.model import MOST_PORT


def number(least: int, most: int) -> Callable[[str], int]:
    """An argparse type: a whole number between the two."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(
                f"a number from {least} to {most} is wanted, not {text!r}"
            )
        return int(text)

    return read


port = number(0, MOST_PORT)
"""A port to listen on; 0 lets the system choose."""
