"""What `splice diff` compares, from what its words name."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from graphql import GraphQLError, build_schema

from app.config import Config, ConfigError, Problem, Upstream, load
from app.config.keys import settings_of
from app.config.model import Discovery
from app.extensions import extensions
from app.lock import locked
from app.python_fields import python_roots
from app.scouting.here import discover
from app.status import own_schema
from app.store import Store
from schema.build import SchemaError, build
from schema.diff import Side
from upstreams.errors import DiscoveryError
from upstreams.kind import Settings
from upstreams.model import Catalog
from upstreams.registry import KINDS

_KINDS = {".wsdl": "soap", ".binpb": "grpc", ".proto": "grpc"}
_SDL = frozenset((".graphql", ".graphqls", ".gql"))
_OPENAPI = re.compile(r"""\b(?:openapi|swagger)["']?\s*:\s*["']?[123]\.\d""")
_STORED = '{"format":'
_NAME = "upstream"
"""Of a description by itself, the same on both sides."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One side, and the configuration it comes from."""

    side: Side
    config: Config = field(default_factory=Config)


class _Stored(msgspec.Struct):
    catalog: msgspec.Raw


class _OfKind(msgspec.Struct):
    kind: str


async def opened(named: Side | Config) -> Opened:
    """One side, once its backends have said what they offer. Raises `ConfigError`."""
    return await _configured(named) if isinstance(named, Config) else Opened(named)


def named(word: str) -> Side | Config:
    """What a word of the command line means. Raises `ConfigError`."""
    path = Path(word)
    if "://" in word:
        return _described("soap" if "wsdl" in word.lower() else "openapi", word)
    if path.suffix in _SDL:
        return _written(path)
    if kind := _KINDS.get(path.suffix):
        return _described(kind, str(path.resolve()))
    text = _text(path)
    if text.startswith(_STORED):
        return _stored(path, text)
    if _OPENAPI.search(text):
        return _described("openapi", str(path.resolve()))
    return load(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), f"cannot be read: {error}")]) from error


def _written(path: Path) -> Side:
    try:
        return Side(build_schema(_text(path)))
    except (GraphQLError, TypeError) as error:
        raise ConfigError([Problem(str(path), f"no schema: {error}")]) from error


def _stored(path: Path, text: str) -> Side:
    try:
        raw = msgspec.json.decode(text, type=_Stored).catalog
        kind = KINDS[msgspec.json.decode(raw, type=_OfKind).kind]
        catalog = msgspec.json.decode(raw, type=kind.catalog)
    except (msgspec.DecodeError, KeyError) as error:
        raise ConfigError([Problem(str(path), f"no stored catalog: {error}")]) from error
    return _built(Config(), {_NAME: catalog})


def _described(kind: str, location: str) -> Config:
    upstream = Upstream(_NAME, kind, settings_of(kind, {kind: location}))
    return Config(upstreams={_NAME: upstream}, discovery=Discovery(store=""))


async def _configured(config: Config) -> Opened:
    """The schema of a configuration: what its backends say now, or said when last they could."""
    found = await asyncio.gather(*(_found(one, config) for one in config.upstreams.values()))
    problems = [one for one in found if isinstance(one, Problem)]
    if problems:
        raise ConfigError(problems)
    known = {
        name: one
        for name, one in zip(config.upstreams, found, strict=True)
        if not isinstance(one, Problem)
    }
    return Opened(await asyncio.to_thread(_built, config, known), config)


async def _found(upstream: Upstream, config: Config) -> Catalog[Any, Any] | Problem:
    try:
        return await discover(upstream, config.discovery.timeout)
    except DiscoveryError as error:
        folder = config.folder / config.discovery.store if config.discovery.store else None
        kept = await asyncio.to_thread(Store(folder).load, upstream)
        return kept[0] if kept else Problem(upstream.name, f"nothing to compare: {error}")


def _built(config: Config, catalogs: Mapping[str, Catalog]) -> Side:
    try:
        own = own_schema(python_roots(config))
        schema, merged = build(catalogs, own, extensions(config), locked(config))
    except SchemaError as error:
        raise ConfigError(Problem("schema", one) for one in error.problems) from error
    upstreams = config.upstreams
    urls = {
        name: _address(upstreams[name].settings if name in upstreams else None, one)
        for name, one in catalogs.items()
    }
    return Side(schema, merged, urls)


def _address(settings: Settings | None, catalog: Catalog) -> str:
    """Where it is called, without credentials."""
    url = (settings.url if settings else None) or catalog.url
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
