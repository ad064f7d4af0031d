"""Values as clients are shown them outside of the data, in `extensions`."""

import base64
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def shown(value: Any) -> Any:
    """The value as JSON can say it: bytes in base64, decimals and infinities as texts."""
    match value:
        case Mapping():
            return {name: shown(held) for name, held in value.items()}
        case list():
            return [shown(item) for item in value]
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Decimal():
            return str(value)
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value
