"""Which functions there are: as named, and for globs as AWS lists them. None is invoked."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase

import msgspec
from msgspec.structs import replace
from typing_extensions import TypeVar

from upstreams import documents
from upstreams.aws_lambda.api import UNREADABLE, UNSIGNED, Api, Ask, refusal
from upstreams.aws_lambda.model import (
    LambdaCatalog,
    Offer,
    Reference,
    Settings,
    TypesFile,
    reference,
)
from upstreams.aws_lambda.translate import translate
from upstreams.errors import CallError, DiscoveryError, Malformed, Refused
from upstreams.transport import Response

LISTING_SECONDS = 60.0
"""How long all pages of all listings may take together."""
LOOKING_SECONDS = 5.0
"""How long AWS may take to describe the functions that are named in full."""
PAGE = 50
"""Functions a page of ListFunctions has at most, by AWS's rule."""
MAX_PAGES = 400
AT_ONCE = 4
MAX_TYPES_BYTES = 4 * 1024 * 1024


AnswerT = TypeVar("AnswerT")


class Listed(msgspec.Struct, frozen=True):
    """A function as AWS describes it (`FunctionConfiguration`), as far as we read it."""

    name: str = msgspec.field(name="FunctionName")
    arn: str = msgspec.field(name="FunctionArn")
    description: str | None = msgspec.field(name="Description", default=None)


class Page(msgspec.Struct, frozen=True):
    """One page of ListFunctions."""

    functions: tuple[Listed, ...] = msgspec.field(name="Functions")
    next: str | None = msgspec.field(name="NextMarker", default=None)


async def discover(settings: Settings) -> LambdaCatalog:
    """The functions of the upstream, and what its types file says of them."""
    references = _references(settings)
    types = await _types(settings.types) if settings.types else None
    api = Api(settings)
    try:
        offers = await _offers(api, references)
    finally:
        await api.aclose()
    return await asyncio.to_thread(translate, offers, types)


def _references(settings: Settings) -> Sequence[Reference]:
    """The functions named. Settings that cannot work are told here, before anyone is asked."""
    if not settings.functions:
        raise DiscoveryError("name at least one function, or a glob such as `rates-*`")
    if settings.url and not documents.is_url(settings.url):
        raise DiscoveryError("`url` begins with http:// or https://", at=settings.url)
    if not settings.url and not settings.sign:
        raise DiscoveryError(UNSIGNED)
    return [reference(text) for text in settings.functions]


async def _types(location: str) -> TypesFile:
    document = await documents.read(location, max_bytes=MAX_TYPES_BYTES)
    shown = documents.shown(document.location)
    try:
        return TypesFile(shown, document.body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DiscoveryError(f"not UTF-8 text, at byte {error.start}", at=shown) from error


async def _offers(api: Api, references: Sequence[Reference]) -> Sequence[Offer]:
    """One offer per function, in the order of the configuration."""
    named = [one for one in references if not one.is_glob]
    listings = await _listings(api, {one.region for one in references if one.is_glob})
    seen = dict(zip(named, await _look_up(api, named), strict=True))
    found = (
        offer
        for one in references
        for offer in (_matching(one, listings[one.region]) if one.is_glob else (seen[one],))
    )
    return tuple({offer.reference.text: offer for offer in found}.values())


def _matching(glob: Reference, listing: Sequence[Listed]) -> Sequence[Offer]:
    """The listed functions a glob means; an ARN's glob stays within the ARN's account."""
    found = [
        Offer(replace(glob, name=one.name), one.description or "")
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


async def _listings(api: Api, regions: set[str]) -> Mapping[str, Sequence[Listed]]:
    deadline = asyncio.get_running_loop().time() + LISTING_SECONDS
    return {region: await _listing(api, region, deadline) for region in sorted(regions)}


async def _listing(api: Api, region: str, deadline: float) -> Sequence[Listed]:
    """Every function of the account in a region; empty stands for the upstream's own."""
    functions: list[Listed] = []
    query = {"MaxItems": str(PAGE)}
    with _our_errors():
        for _ in range(MAX_PAGES):
            ask = Ask("GET", ("functions", ""), query=query, region=region)
            page = _read(await api.send(ask, deadline), Page)
            functions += page.functions
            if not page.next:
                return functions
            query = {"Marker": page.next, "MaxItems": str(PAGE)}
    raise DiscoveryError(
        f"AWS lists more than {MAX_PAGES * PAGE} functions; name them without globs",
        at="ListFunctions",
    )


async def _look_up(api: Api, named: Sequence[Reference]) -> Sequence[Offer]:
    """What AWS says of functions named in full, which are taken even if it says nothing."""
    deadline = asyncio.get_running_loop().time() + LOOKING_SECONDS
    turns = asyncio.Semaphore(AT_ONCE)

    async def offer(one: Reference) -> Offer:
        async with turns:
            return await _offer(api, one, deadline)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(offer(one)) for one in named]
    return [task.result() for task in tasks]


async def _offer(api: Api, named: Reference, deadline: float) -> Offer:
    ask = Ask(
        "GET",
        ("functions", named.target, "configuration"),
        query={"Qualifier": named.qualifier} if named.qualifier else {},
        region=named.region,
    )
    try:
        described = _read(await api.send(ask, deadline), Listed)
    except CallError as error:
        return Offer(named, unseen=f"its configuration was not read ({error.message})")
    return Offer(named, described.description or "")


def _read(response: Response, shape: type[AnswerT]) -> AnswerT:
    if response.status != 200:
        raise refusal(response)
    try:
        return msgspec.json.decode(response.body, type=shape)
    except UNREADABLE as error:
        raise Malformed("the answer is not what the Lambda API answers") from error


@contextmanager
def _our_errors() -> Iterator[None]:
    """Listing fails for reasons a person can act on."""
    try:
        yield
    except Refused as error:
        raise DiscoveryError(f"{error.message}; {_advice(error)}", at="ListFunctions") from error
    except CallError as error:
        raise DiscoveryError(error.message, at="ListFunctions") from error


def _advice(error: Refused) -> str:
    advice = {
        401: "allow lambda:ListFunctions, or name the functions without globs",
        403: "allow lambda:ListFunctions, or name the functions without globs",
        404: "an emulator that lists none needs functions named without globs",
        429: "it is asked too often, and will be asked again later",
    }
    return advice.get(error.details["httpStatus"], "or name the functions without globs")
