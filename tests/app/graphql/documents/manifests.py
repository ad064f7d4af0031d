"""Manifests of trusted documents, as client builds write them, and a gateway that reads them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.app.served import Asking, gateway
from tests.backends.rest import TEXT, answering, rest
from tests.backends.rest import json as giving

HELLO = "query Hello { hello }"
WORLD = "query World { hello world: hello }"
DATA = {"data": {"hello": "hi"}}


def hashed(text: str) -> str:
    """The hash by which Apollo's clients name a text."""
    return sha256(text.encode()).hexdigest()


def persisted(digest: str) -> dict[str, Any]:
    """The extension that names a text by that hash."""
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


def apollo(**texts: str) -> dict[str, Any]:
    """Apollo's persisted query manifest of operations by their names, ids made of these."""
    operations = [
        {"id": f"id-of-{name}", "name": name, "type": "query", "body": text}
        for name, text in texts.items()
    ]
    return {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": operations,
    }


def written(folder: Path, manifest: object, name: str = "persisted.json") -> Path:
    """The file with that manifest."""
    file = folder / name
    file.write_text(json.dumps(manifest))
    return file


@asynccontextmanager
async def greeting(
    folder: Path,
    documents: str = "",
    manifest: Mapping[str, Any] | None = None,
    effect: str = "queries",
) -> AsyncIterator[Asking]:
    """A gateway over a backend that says hello, with those settings of `documents:`."""
    if manifest is not None:
        written(folder, manifest)
    async with rest(answering(hello=TEXT), hello=giving("hi")) as backend:
        config = f"upstreams: {{a: {{openapi: '{backend.description}', {effect}: hello}}}}\n"
        rules = f"documents: {{{documents}}}" if documents else ""
        async with gateway(config + rules, folder) as asking:
            yield asking
