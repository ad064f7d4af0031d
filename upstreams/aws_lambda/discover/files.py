"""The files that the settings name: types, exported documents, templates."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePath

from upstreams import documents
from upstreams.aws_lambda.described import Document, Template
from upstreams.aws_lambda.model import Rest, TypesFile
from upstreams.aws_lambda.translate.template import named_files
from upstreams.errors import DiscoveryError

MAX_BYTES = 16 * 1024 * 1024
MAX_TYPES_BYTES = 4 * 1024 * 1024
MAX_FILES = 50


async def types(location: str) -> TypesFile:
    """The file that says what functions take and give."""
    document = await documents.read(location, max_bytes=MAX_TYPES_BYTES)
    shown = documents.shown(document.location)
    try:
        return TypesFile(shown, document.body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DiscoveryError(f"not UTF-8 text, at byte {error.start}", at=shown) from error


async def exported(locations: Sequence[str]) -> tuple[Document, ...]:
    """Documents that API Gateway exported, or that it was made from."""
    found = []
    for location in locations:
        document = await documents.read(location, max_bytes=MAX_BYTES)
        shown = documents.shown(document.location)
        found.append(Document(PurePath(shown).name, shown, document.body))
    return tuple(found)


async def templates(rest: Rest, locations: Sequence[str]) -> tuple[Template, ...]:
    """Templates, each with the files that it names beside itself."""
    return tuple([await _template(rest, location) for location in locations])


async def _template(rest: Rest, location: str) -> Template:
    document = await documents.read(location, max_bytes=MAX_BYTES)
    shown = documents.shown(document.location)
    tree = await asyncio.to_thread(rest.parse, document.body, shown)
    files = {}
    for name in list(named_files(tree))[:MAX_FILES]:
        if beside := _beside(document.location, name):
            files[name] = (await documents.read(beside, max_bytes=MAX_BYTES)).body
    return Template(shown, document.body, files)


def _beside(location: str, name: str) -> str:
    """A file below the template's own folder; empty for anything else."""
    path = PurePath(name)
    if documents.is_url(location) or "://" in name or path.is_absolute() or ".." in path.parts:
        return ""
    return str(PurePath(location).parent / path)
