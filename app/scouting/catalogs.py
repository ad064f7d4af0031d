"""One upstream's catalog: discovered within a time limit, with the user's overrides."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from upstreams.errors import DiscoveryError
from upstreams.kind import Settings
from upstreams.model import Catalog, Effect, Function, Link, Remark
from upstreams.registry import KINDS

log = logging.getLogger(__name__)

BROKEN = "the gateway failed to read its description; its log says how"
SETTING = "setting "
"""How the place of a remark begins that is about a setting: a mistake of its writer."""


async def discovered(name: str, kind: str, settings: Settings, timeout: float) -> Catalog:
    """The catalog of the upstream of that name, effects as its settings say.

    Raises `DiscoveryError`, also when the time is up or the kind itself is at fault.
    """
    try:
        async with asyncio.timeout(timeout):
            catalog: Catalog = await KINDS[kind].discover(settings)
    except DiscoveryError:
        raise
    except TimeoutError as error:
        raise DiscoveryError(f"not discovered within {timeout:g} s") from error
    except Exception as error:
        # A mistake in one kind must not take the other upstreams, or the gateway, with it.
        log.exception("discovery broke", extra={"upstream": name})
        raise DiscoveryError(BROKEN) from error
    return _overridden(catalog, settings)


def _overridden(catalog: Catalog, settings: Settings) -> Catalog:
    """The catalog with the effects the user gives by glob."""
    if not settings.queries and not settings.mutations:
        return catalog
    functions = tuple(_with_effect(function, settings) for function in catalog.functions)
    writing = {one.name for one in functions if one.effect is Effect.WRITE}
    dropped = [link for link in catalog.links if link.function in writing]
    return msgspec.structs.replace(
        catalog,
        functions=functions,
        links=tuple(link for link in catalog.links if link not in dropped),
        assumed=(
            *catalog.assumed,
            *map(_no_link, dropped),
            *_unused(catalog, "queries", settings.queries),
            *_unused(catalog, "mutations", settings.mutations),
        ),
    )


def _unused(catalog: Catalog, setting: str, globs: Iterable[str]) -> Iterator[Remark]:
    for glob in globs:
        if not any(_named(function, glob) for function in catalog.functions):
            yield Remark(f"{SETTING}{setting}", f"no function is called {glob!r}")


def _no_link(link: Link) -> Remark:
    reason = f"the link {link.name} is no field: by the settings, {link.function} writes"
    return Remark(link.source, reason)


def _with_effect(function: Function, settings: Settings) -> Function:
    for globs, effect in ((settings.mutations, Effect.WRITE), (settings.queries, Effect.READ)):
        if any(_named(function, glob) for glob in globs):
            return msgspec.structs.replace(function, effect=effect)
    return function


def _named(function: Function, glob: str) -> bool:
    return fnmatchcase(function.name, glob) or fnmatchcase(function.label, glob)
