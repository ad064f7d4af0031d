"""Discovery: which functions there are, and everything that says what they take and give.

Read in this order: `asking` (one question to AWS), `listing` (the functions), `tags`, `schemas`
(what functions themselves point at), `gateway` (the APIs they serve), `files` (what the settings
name). No function is invoked.
"""

import asyncio
from collections.abc import Mapping, Sequence

from upstreams import documents
from upstreams.aws_lambda.api import Api
from upstreams.aws_lambda.described import Found, Offer
from upstreams.aws_lambda.discover import files
from upstreams.aws_lambda.discover.gateway import Exports
from upstreams.aws_lambda.discover.listing import listings, matching, named, references
from upstreams.aws_lambda.discover.schemas import Schemas
from upstreams.aws_lambda.discover.tags import Tags, chosen, tags
from upstreams.aws_lambda.model import LambdaCatalog, Reference, Rest, Settings
from upstreams.aws_lambda.translate import translate
from upstreams.errors import DiscoveryError


async def discover(rest: Rest, settings: Settings) -> LambdaCatalog:
    """The functions of the upstream, and what is said of their types."""
    those = references(settings)
    api = Api(settings)
    try:
        found = await _found(rest, settings, api, those)
    finally:
        await api.aclose()
    return await asyncio.to_thread(translate, rest, settings, found)


async def _found(rest: Rest, settings: Settings, api: Api, those: Sequence[Reference]) -> Found:
    types = await files.types(settings.types) if settings.types else None
    exported = await files.exported(settings.documents)
    templates = await files.templates(rest, settings.templates)
    offers, tagged = await _offers(api, settings, those)
    schemas, exports = Schemas(api), Exports(api)
    told = await schemas.told(offers, tagged.by_arn)
    registered = await schemas.registered(settings.registry, offers) if settings.registry else ()
    apis = await exports.documents(settings.apis)
    return Found(
        offers=tuple(offers),
        types=types,
        told=told,
        documents=(*apis, *exported),
        templates=templates,
        registered=registered,
        tags=tagged.by_arn,
        assumed=(*tagged.remarks(), *schemas.remarks, *exports.remarks),
    )


async def _offers(
    api: Api, settings: Settings, those: Sequence[Reference]
) -> tuple[Sequence[Offer], Tags]:
    """One offer per function, in the order of the configuration; then those with a URL."""
    regions = {one.region for one in those if one.is_glob}
    listing = await listings(api, settings, regions)
    by_name = await named(api, [one for one in those if not one.is_glob])
    found = [matching(one, listing[one.region]) if one.is_glob else [by_name[one]] for one in those]
    tagged = await tags(api, [offer for group in found for offer in group])
    kept = (
        offer
        for one, group in zip(those, found, strict=True)
        for offer in (chosen(settings, group, tagged) if one.is_glob else group)
    )
    by_text = {offer.reference.text: offer for offer in (*kept, *_with_urls(settings.urls))}
    return tuple(by_text.values()), tagged


def _with_urls(urls: Mapping[str, str]) -> Sequence[Offer]:
    for url in urls.values():
        if not documents.is_url(url):
            raise DiscoveryError("a function's URL begins with http:// or https://", at=url)
    return [Offer(Reference(name), url=url) for name, url in urls.items()]
