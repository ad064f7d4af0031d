"""`splice approve`: what the gateway holds back, served from its next refresh on."""

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from app.approvals import Approvals
from app.commands.locking import show
from app.commands.sources import loaded
from app.config import Config, ConfigError, Problem


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "words", nargs="*", metavar="[CONFIG] [UPSTREAM]", help="without an upstream: all of them"
    )


def run(arguments: argparse.Namespace) -> int:
    """1 when there is nothing to approve of the upstream that is named."""
    path, upstream = _meant(arguments.words)
    config = loaded(path)
    if upstream is not None and upstream not in config.upstreams:
        near = get_close_matches(upstream, config.upstreams, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError([Problem(upstream, f"no upstream is called so{hint}")])
    names = list(config.upstreams) if upstream is None else [upstream]
    approved = [name for name in names if _approve(name, config)]
    if not approved:
        sys.stdout.write(f"{upstream or 'all upstreams'}: nothing is held back\n")
    return int(upstream is not None and not approved)


def _meant(words: Sequence[str]) -> tuple[Path | None, str | None]:
    """The configuration and the upstream, where they are named; one word that is a file is one."""
    match words:
        case []:
            return None, None
        case [word]:
            return (Path(word), None) if Path(word).is_file() else (None, word)
        case [config, upstream]:
            return Path(config), upstream
        case _:
            raise SystemExit("a configuration and one upstream are wanted, not more")


def _approve(name: str, config: Config) -> bool:
    approvals = Approvals(config.folder / config.discovery.store)
    held = approvals.held(name)
    if held is None:
        return False
    show(map(str, held.changes))
    try:
        approvals.approve(name, held)
    except OSError as error:
        raise ConfigError([Problem(name, f"the approval cannot be kept: {error}")]) from error
    sys.stdout.write(f"{name}: approved; it is served from the next refresh on\n")
    return True
