"""A subgraph over the two upstreams that `tests.schema.extend.shops` joins."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent
from types import MappingProxyType

from graphql import GraphQLSchema

from app.config.read import loads
from app.status import own_schema
from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from schema.shaping.showing import Showing
from tests.schema.extend.shops import CRM, SHOP
from upstreams.model import Catalog

HEAD = """upstreams: {shop: {openapi: shop.json}, crm: {openapi: crm.json}}
schema:
  federation:
"""
FILE = Path("splice.yaml")


def lenient(
    settings: str,
    sdl: str = "",
    *,
    shop: Catalog = SHOP,
    crm: Catalog = CRM,
    showings: dict[str, Showing] | None = None,
) -> GraphQLSchema:
    """The schema over both, whether the settings under `federation:` are right or not."""
    extensions = extending(settings, sdl, showings or {})
    schema, _ = build({"shop": shop, "crm": crm}, own_schema(), extensions)
    return schema


def extending(
    settings: str, sdl: str = "", showings: Mapping[str, Showing] = MappingProxyType({})
) -> Extensions:
    """What is said in settings under `federation:`, in SDL and of upstreams."""
    config = loads(HEAD + indent(settings, "    "), FILE, {})
    return Extensions(
        parsed([("graph.graphql", sdl)]),
        tuple(config.upstreams),
        showings,
        federation=config.schema.federation,
    )


def built(settings: str, sdl: str = "", **more: object) -> GraphQLSchema:
    """The same, of settings that are right."""
    schema = lenient(settings, sdl, **more)  # type: ignore[arg-type]  # as they are
    assert extended_of(schema).problems == ()
    return schema


def problems(settings: str, sdl: str = "") -> list[str]:
    """What is wrong with the settings; places are counted from the line below `federation:`."""
    found = [str(one) for one in extended_of(lenient(settings, sdl)).problems]
    return [one.removeprefix(f"{FILE}:") for one in found]
