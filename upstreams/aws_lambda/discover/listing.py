"""Which functions there are: as named, and for globs as AWS lists them. None is invoked."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from weakref import WeakKeyDictionary

import msgspec
from msgspec.structs import replace

from upstreams import documents
from upstreams.aws_lambda.api import UNSIGNED, Api, Ask
from upstreams.aws_lambda.described import NAMING_ENTRY, Offer
from upstreams.aws_lambda.discover.asking import AT_ONCE, our_errors, patient, read, succeeded
from upstreams.aws_lambda.model import Reference, Settings, reference
from upstreams.errors import CallError, DiscoveryError

LISTING_SECONDS = 60.0
"""How long all pages of all listings may take together."""
KEPT_SECONDS = 60.0
"""How long a listing serves every upstream of the same account and region."""
LOOKING_SECONDS = 5.0
"""How long AWS may take to describe the functions that are named in full."""
PAGE = 50
"""Functions a page of ListFunctions has at most, by AWS's rule."""
MAX_PAGES = 400


class Environment(msgspec.Struct, frozen=True):
    """A function's environment, of which one entry is for us."""

    variables: Mapping[str, str] = msgspec.field(name="Variables", default_factory=dict)


class Listed(msgspec.Struct, frozen=True):
    """A function as AWS describes it (`FunctionConfiguration`), as far as we read it."""

    name: str = msgspec.field(name="FunctionName")
    arn: str = msgspec.field(name="FunctionArn")
    description: str | None = msgspec.field(name="Description", default=None)
    environment: Environment | None = msgspec.field(name="Environment", default=None)

    @property
    def entry(self) -> str:
        """What its environment says of its types."""
        return self.environment.variables.get(NAMING_ENTRY, "") if self.environment else ""


class Page(msgspec.Struct, frozen=True):
    """One page of ListFunctions."""

    functions: tuple[Listed, ...] = msgspec.field(name="Functions")
    next: str | None = msgspec.field(name="NextMarker", default=None)


class _Kept:
    """A listing, and since when it is known."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.until = 0.0
        self.functions: Sequence[Listed] = ()


_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[object, ...], _Kept]] = (
    WeakKeyDictionary()
)


def references(settings: Settings) -> Sequence[Reference]:
    """The functions named. Settings that cannot work are told here, before anyone is asked."""
    if not settings.functions and not settings.urls:
        raise DiscoveryError("name at least one function, or a glob such as `rates-*`")
    if settings.url and not documents.is_url(settings.url):
        raise DiscoveryError("`url` begins with http:// or https://", at=settings.url)
    if not settings.url and not settings.sign and settings.functions:
        raise DiscoveryError(UNSIGNED)
    return [reference(text) for text in settings.functions]


async def named(api: Api, those: Iterable[Reference]) -> Mapping[Reference, Offer]:
    """What AWS says of functions named in full, which are taken even if it says nothing."""
    deadline = asyncio.get_running_loop().time() + LOOKING_SECONDS
    turns = asyncio.Semaphore(AT_ONCE)

    async def offer(one: Reference) -> Offer:
        async with turns:
            return await _offer(api, one, deadline)

    async with asyncio.TaskGroup() as group:
        tasks = {one: group.create_task(offer(one)) for one in those}
    return {one: task.result() for one, task in tasks.items()}


async def _offer(api: Api, named: Reference, deadline: float) -> Offer:
    ask = Ask(
        "GET",
        ("functions", named.target, "configuration"),
        query={"Qualifier": named.qualifier} if named.qualifier else {},
        region=named.region,
    )
    try:
        described = read(succeeded(await api.send(ask, deadline)), Listed)
    except CallError as error:
        return Offer(named, unseen=f"its configuration was not read ({error.message})")
    return _as_offer(named, described)


def _as_offer(named: Reference, listed: Listed) -> Offer:
    arn = ":".join(listed.arn.split(":")[:7])  # without the qualifier
    return Offer(named, listed.description or "", arn=arn, entry=listed.entry)


def matching(glob: Reference, listing: Sequence[Listed]) -> Sequence[Offer]:
    """The listed functions a glob means; an ARN's glob stays within the ARN's account."""
    found = [
        _as_offer(replace(glob, name=one.name), one)
        for one in listing
        if fnmatchcase(one.name, glob.name) and one.arn.endswith(glob.prefix + one.name)
    ]
    if not found:
        raise DiscoveryError(
            f"matches none of the {len(listing)} functions AWS lists; check the glob, the region "
            "and the account",
            at=glob.text,
        )
    return found


async def listings(
    api: Api, settings: Settings, regions: set[str]
) -> Mapping[str, Sequence[Listed]]:
    """Every function of the account by region; empty stands for the upstream's own."""
    deadline = asyncio.get_running_loop().time() + LISTING_SECONDS
    return {region: await _known(api, settings, region, deadline) for region in sorted(regions)}


async def _known(api: Api, settings: Settings, region: str, deadline: float) -> Sequence[Listed]:
    """A listing of the last minute, whichever upstream asked for it."""
    loop = asyncio.get_running_loop()
    who = (settings.url, region or settings.region, settings.profile, settings.role, settings.sign)
    kept = _kept.setdefault(loop, {}).setdefault(who, _Kept())
    async with kept.turn:
        if loop.time() >= kept.until:
            kept.functions = await _listing(api, region, deadline)
            kept.until = loop.time() + KEPT_SECONDS
        return kept.functions


async def _listing(api: Api, region: str, deadline: float) -> Sequence[Listed]:
    functions: list[Listed] = []
    query = {"MaxItems": str(PAGE)}
    with our_errors("ListFunctions", "lambda:ListFunctions", "name the functions without globs"):
        for _ in range(MAX_PAGES):
            ask = Ask("GET", ("functions", ""), query=query, region=region)
            page = read(await patient(api, ask, deadline), Page)
            functions += page.functions
            if not page.next:
                return functions
            query = {"Marker": page.next, "MaxItems": str(PAGE)}
    raise DiscoveryError(
        f"AWS lists more than {MAX_PAGES * PAGE} functions; name them without globs",
        at="ListFunctions",
    )
