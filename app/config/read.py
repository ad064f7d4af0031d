"""The text of `splice.yaml` as one frozen `Config`, or every problem of it with its place."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import yaml
from graphql import Source

from app.config.model import Config, ConfigError, Problem, Upstream
from app.config.problems import Problems, Unusable
from app.config.scalars import Scalars
from app.config.upstreams import upstream
from app.config.values import Values
from app.config.written import items


def load(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in a file. Raises `ConfigError` with every problem and its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([Problem(str(path), error.strerror or "cannot be read")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), f"not UTF-8: {error.reason}")]) from error
    return loads(text, path, os.environ if environment is None else environment)


def loads(text: str, path: Path, environment: Mapping[str, str]) -> Config:
    """The configuration in a text that stands in the file `path`."""
    return _Reader(path, environment, text).config(_composed(text, path))


def _composed(text: str, path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError([Problem(at, f"not YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        # What is no character of YAML at all has an offset instead of a line.
        raise ConfigError([Problem(str(path), " ".join(f"not YAML: {error}".split()))]) from error


class _Reader:
    """One reading of one file."""

    def __init__(self, path: Path, environment: Mapping[str, str], text: str) -> None:
        self._path = path
        self._problems = Problems(path)
        scalars = Scalars(path.resolve().parent, environment, self._problems)
        source = Source(text, str(path))
        self._values = Values(source, scalars, self._problems, {Upstream: self._upstream})

    def config(self, root: yaml.Node | None) -> Config:
        if root is None:
            raise ConfigError([Problem(str(self._path), "empty; name at least one of upstreams:")])
        try:
            config = self._values.dataclass(root, Config)
        except Unusable:
            raise self._problems.error() from None
        self._check_routes(root, config)
        self._check_events(root, config)
        if self._problems:
            raise self._problems.error()
        path = self._path.resolve()
        return dataclasses.replace(config, folder=path.parent, lock=path.with_suffix(".lock"))

    def _upstream(self, name: str, key: yaml.Node, node: yaml.Node) -> Upstream:
        return upstream(self._values, self._problems, name, key, node)

    def _check_routes(self, root: yaml.Node, config: Config) -> None:
        """Note every route that leads to no upstream."""
        written = dict(items(root))
        nodes = written.get("routes")
        names = [name for name, _ in items(written["upstreams"])] if "upstreams" in written else []
        if not isinstance(nodes, yaml.SequenceNode) or len(nodes.value) != len(config.routes):
            return
        for node, route in zip(nodes.value, config.routes, strict=True):
            if route.to not in names:
                message = f"no upstream is called {route.to!r}"
                self._problems.note(node, message, names, route.to)

    def _check_events(self, root: yaml.Node, config: Config) -> None:
        """Note every upstream whose events have nowhere to arrive."""
        upstreams = dict(items(dict(items(root)).get("upstreams", root)))
        for name, one in config.upstreams.items():
            if getattr(one.settings, "events", False) and config.server.events is None:
                at = dict(items(upstreams[name]))["events"]
                self._problems.note(at, "events arrive nowhere; `server: events:` must be given")
