"""The tags of functions, and which functions the settings choose by them."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import msgspec

from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.described import Offer
from upstreams.aws_lambda.discover.asking import AT_ONCE, patient, read
from upstreams.aws_lambda.model import Settings
from upstreams.errors import CallError, DiscoveryError
from upstreams.model import Remark

TAGGING_SECONDS = 30.0
"""How long reading all tags may take."""
_VERSION = "/2017-03-31"


class Tagged(msgspec.Struct, frozen=True):
    """What ListTags answers."""

    tags: Mapping[str, str] = msgspec.field(name="Tags", default_factory=dict)


@dataclass(slots=True)
class Tags:
    """The tags that could be read."""

    by_arn: dict[str, Mapping[str, str]] = field(default_factory=dict)
    failure: str = ""
    """Why some could not, the first reason there was."""

    def remarks(self) -> Iterator[Remark]:
        """What a person should know of it."""
        if self.failure:
            yield Remark("tags", f"not all were read ({self.failure}); allow lambda:ListTags")


async def tags(api: Api, offers: Iterable[Offer]) -> Tags:
    """The tags of every function that AWS knows, a few asked for at once.

    One refusal stands for all: who may not read one function's tags is not asked for the others'.
    """
    found = Tags()
    deadline = asyncio.get_running_loop().time() + TAGGING_SECONDS
    turns = asyncio.Semaphore(AT_ONCE)
    regions = {one.arn: one.reference.region for one in offers if one.arn}

    async def look(arn: str, region: str) -> None:
        async with turns:
            if not found.failure:
                ask = Ask("GET", ("tags", arn), region=region, version=_VERSION)
                await _look(api, found, ask, deadline)

    async with asyncio.TaskGroup() as group:
        for arn, region in regions.items():
            group.create_task(look(arn, region))
    return found


async def _look(api: Api, found: Tags, ask: Ask, deadline: float) -> None:
    try:
        found.by_arn[ask.path[-1]] = read(await patient(api, ask, deadline), Tagged).tags
    except CallError as error:
        found.failure = found.failure or error.message


def chosen(settings: Settings, offers: Sequence[Offer], found: Tags) -> Sequence[Offer]:
    """Of functions a glob matched, those that the settings include and do not exclude by tag."""
    if not settings.include and not settings.exclude:
        return offers
    if found.failure:
        wrong = f"the tags to choose functions by could not be read ({found.failure})"
        raise DiscoveryError(f"{wrong}; allow lambda:ListTags, or leave out include and exclude")
    return [one for one in offers if _wanted(settings, found.by_arn.get(one.arn, {}))]


def _wanted(settings: Settings, tags: Mapping[str, str]) -> bool:
    included = not settings.include or any(_has(tags, one) for one in settings.include)
    return included and not any(_has(tags, one) for one in settings.exclude)


def _has(tags: Mapping[str, str], wanted: str) -> bool:
    """`{"team": "shop"}` has `team`, `team=shop` and `team=s*`."""
    key, given, glob = wanted.partition("=")
    return key in tags and (not given or fnmatchcase(tags[key], glob))
