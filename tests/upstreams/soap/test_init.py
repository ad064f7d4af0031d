"""The kind is there without what it needs when it is used."""

import subprocess
import sys


def test_import_is_cheap() -> None:
    """Importing the kind imports neither zeep nor lxml nor an HTTP client."""
    heavy = "{'zeep', 'lxml', 'requests', 'httpx', 'aiohttp'}"
    program = f"import sys, upstreams.soap; print({heavy} & set(sys.modules))"

    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "set()"
