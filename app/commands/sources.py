"""Where a command's upstreams come from: a configuration file, or flags that name them."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from app.config import Config, Upstream, load
from app.config.keys import settings_of
from app.config.model import Discovery
from schema.names import graphql_name

DEFAULT = Path("splice.yaml")


def add_sources(parser: argparse.ArgumentParser) -> None:
    """CONFIG, and the flags that stand in for it."""
    parser.add_argument(
        "config", nargs="?", type=Path, default=None, metavar="CONFIG",
        help=f"the configuration file (default: {DEFAULT})",
    )  # fmt: skip
    flags = parser.add_argument_group("without a configuration")
    flags.add_argument("--openapi", action="append", default=[], metavar="FILE-OR-URL")
    flags.add_argument("--grpc", action="append", default=[], metavar="HOST:PORT-OR-FILE.binpb")
    flags.add_argument("--soap", action="append", default=[], metavar="FILE-OR-URL")
    flags.add_argument("--graphql", action="append", default=[], metavar="FILE-OR-URL")
    flags.add_argument("--lambda", action="append", default=[], metavar="NAME", dest="functions")


def config_of(arguments: argparse.Namespace) -> Config:
    """The configuration the arguments ask for. Raises `ConfigError`."""
    named = dict(_named(arguments))
    if named:
        return Config(upstreams=named, discovery=Discovery(every=0, store=""))
    return load(arguments.config or DEFAULT)


def loaded(path: Path | None, *, host: str | None = None, port: int | None = None) -> Config:
    """The configuration in a file, with what the command line puts in its place."""
    config = load(path or DEFAULT)
    server = config.server
    listening = replace(
        server,
        host=server.host if host is None else host,
        port=server.port if port is None else port,
    )
    return replace(config, server=listening)


def _named(arguments: argparse.Namespace) -> Iterator[tuple[str, Upstream]]:
    taken: set[str] = set()
    for kind in ("openapi", "grpc", "soap", "graphql"):
        for location in getattr(arguments, kind):
            value = _located(location)
            name = _free(_name(location), kind, taken)
            yield name, Upstream(name, kind, settings_of(kind, {kind: value}))
    if arguments.functions:
        settings = settings_of("lambda", {"lambda": tuple(arguments.functions)})
        yield "lambda", Upstream("lambda", "lambda", settings)


def _located(location: str) -> str:
    """A file's absolute path; anything else as it is."""
    return str(Path(location).resolve()) if Path(location).exists() else location


def _name(location: str) -> str:
    """ "specs/shop.openapi.json" -> "shop", "http://crm.internal/v3/api" -> "crm"."""
    parts = urlsplit(location)
    text = parts.hostname or "" if "://" in location else Path(location).name
    return graphql_name(text.partition(".")[0].partition(":")[0] or "upstream")


def _free(name: str, kind: str, taken: set[str]) -> str:
    """The name, or with its kind, or marked: two sources may share a host."""
    for candidate in (name, f"{name}_{kind}", *(f"{name}_{letter}" for letter in "bcdefghijkl")):
        if candidate not in taken:
            taken.add(candidate)
            return candidate
    raise SystemExit(f"too many sources are called {name}; use a configuration")
