"""The files of `schema: extend:`, read and parsed before anything is discovered."""

from pathlib import Path

from app.config import Config, ConfigError, Problem
from schema.build import Extensions
from schema.extend import model as extending
from schema.extend.model import ExtensionError
from schema.extend.parse import parsed
from schema.shaping.showing import Showing

MOST_BYTES = 4 * 1024 * 1024
"""The largest file that is read."""


def extensions(config: Config) -> Extensions:
    """What the files add. Raises `ConfigError` with every problem that shows without upstreams."""
    problems: list[Problem] = []
    texts = []
    for location in config.schema.extend:
        file = _shown(Path(location), config.folder)
        try:
            texts.append((file, _text(Path(location))))
        except (OSError, ValueError) as error:
            problems.append(Problem(file, getattr(error, "strerror", None) or str(error)))
    try:
        written = parsed(texts)
    except ExtensionError as error:
        raise ConfigError([*problems, *map(told, error.problems)]) from error
    if problems:
        raise ConfigError(problems)
    return Extensions(
        written,
        tuple(config.upstreams),
        showings(config),
        federation=config.schema.federation,
        merge=config.schema.merge,
        max_calls=config.schema.max_calls,
    )


def showings(config: Config) -> dict[str, Showing]:
    """What is said of upstreams beside their settings."""
    return {name: one.showing for name, one in config.upstreams.items()}


def told(one: extending.Problem) -> Problem:
    """A problem of an extension among those of the configuration."""
    return Problem(one.at, one.message)


def _text(path: Path) -> str:
    """Raises `OSError`, and `ValueError` for what is no text of SDL."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES // 2**20}MiB")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: {error.reason}") from error


def _shown(path: Path, folder: Path) -> str:
    """The file as people name it: beside the configuration, or with its whole path."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
