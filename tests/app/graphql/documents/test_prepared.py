"""Trusted documents, which are prepared once."""

from pathlib import Path

from app.config.read import loads
from app.gateway import Gateway
from app.main import create_app
from tests.app.graphql.documents.manifests import apollo, written
from tests.backends.rest import TEXT, answering, rest
from tests.backends.rest import json as giving

LONG = f"query Long {{ hello }} # {'x' * 70_000}"
"""Too long for texts that anybody sends to be remembered."""


async def test_trusted_documents_stay_prepared(tmp_path: Path) -> None:
    """Whatever else is sent meanwhile, and however long they are; in every schema that comes."""
    written(tmp_path, apollo(Long=LONG))
    async with rest(answering(hello=TEXT), hello=giving("hi")) as backend:
        config = loads(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\n"
            "documents: {trusted: persisted.json}",
            tmp_path / "splice.yaml",
            {},
        )
        gateway = Gateway(config)
        create_app(config, gateway=gateway)
        await gateway.once()
        schema = gateway.snapshot.schema
        await gateway.aclose()

    trusted, other = schema.prepared(LONG), schema.prepared(LONG.replace("Long", "Other"))

    assert trusted.document is not None
    assert schema.prepared(LONG).document is trusted.document
    assert schema.prepared(LONG.replace("Long", "Other")).document is not other.document
