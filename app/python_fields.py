"""The fields that users write in Python, found and run before anything is discovered."""

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from strawberry.types.base import has_object_definition

from app.config import Config, ConfigError, Problem
from app.status import NO_ROOTS, PythonRoots, own_schema
from schema.merge import Root

_ROOTS = frozenset(root.value for root in Root)


def python_roots(config: Config) -> PythonRoots:
    """Those of the module that the configuration names.

    Raises `ConfigError` with the place where the module breaks.
    """
    written = config.schema.python
    if not written:
        return NO_ROOTS
    module = _file(written, config.folder) if written.endswith(".py") else _module(written)
    found = {root: getattr(module, root.value, None) for root in Root}
    for root, one in found.items():
        if one is not None and not (isinstance(one, type) and has_object_definition(one)):
            message = f"{root.value} is no `@strawberry.type`"
            raise ConfigError([Problem(written, message)])
    extending = tuple(_extending(module))
    if not any(found.values()) and not extending:
        message = "it has none of Query, Mutation and Subscription, and no type with extend=True"
        raise ConfigError([Problem(written, message)])
    roots = PythonRoots(
        found[Root.QUERY], found[Root.MUTATION], found[Root.SUBSCRIPTION], extending, written
    )
    _check(written, roots)
    return roots


def _extending(module: ModuleType) -> Iterator[type]:
    """The types that add fields to those of the graph."""
    for name, one in vars(module).items():
        is_type = name not in _ROOTS and isinstance(one, type) and has_object_definition(one)
        if is_type and one.__strawberry_definition__.extend:
            yield one


def _check(written: str, roots: PythonRoots) -> None:
    try:
        own_schema(roots)
    except Exception as error:
        message = f"Strawberry makes no schema of it: {error}"
        raise ConfigError([Problem(written, message)]) from error


def _file(written: str, folder: Path) -> ModuleType:
    """The module in a file beside the configuration, run once."""
    path = (folder / written).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ConfigError([Problem(written, "it is not in the folder of the configuration")])
    name = f"splice_fields_{abs(hash(path))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError([Problem(written, "there is no such file of Python")])
    module = importlib.util.module_from_spec(spec)
    # Strawberry looks up what annotations mean in the module of their class.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ConfigError([_broken(written, error)]) from error
    return module


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ConfigError([_broken(name, error)]) from error


def _broken(written: str, error: Exception) -> Problem:
    """What a module raised, at the last line of it that ran."""
    if isinstance(error, SyntaxError):
        return Problem(f"{written}:{error.lineno}:{error.offset}", f"not Python: {error.msg}")
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).name == Path(written).name]
    at = f"{written}:{own[-1].lineno}" if own else written
    return Problem(at, f"{type(error).__name__}: {error}")
