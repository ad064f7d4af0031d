"""The JSON Schema of the configuration, which editors complete it by."""

from typing import Any

import jsonschema
import pytest
import yaml

from app.config.json_schema import json_schema

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def fits(text: str) -> bool:
    value: Any = yaml.safe_load(text)
    return bool(VALIDATOR.is_valid(value))


def test_it_is_a_json_schema() -> None:
    """By the meta-schema of its draft."""
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "text",
    [
        "upstreams: {a: {openapi: a.json, timeout: 5s, headers: {x: 1}, forward: authorization}}",
        "upstreams: {a: {grpc: 'h:1', tls: true}, b: {soap: b}, c: {lambda: [x, y], region: r}}",
        "routes: [{match: {path: /x/**, method: [GET]}, to: a, rewrite: {strip: /x}}]",
        "server: {port: '${PORT}', explorer: false}",
        "{}",
    ],
)
def test_what_may_be_written_fits(text: str) -> None:
    """Everything the reader accepts, also environment variables in place of numbers."""
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        "upstreams: {a: {openapi: a.json, timout: 5s}}",
        "upstreams: {a: {url: x}}",
        "upstreams: {a: {openapi: a, soap: b}}",
        "server: {port: many}",
        "routes: [{match: {path: /x}}]",
        "upstrems: {}",
    ],
)
def test_what_would_be_refused_does_not_fit(text: str) -> None:
    """Unknown keys, no kind or two, wrong types, missing keys."""
    assert not fits(text)


def test_every_setting_says_what_it_means() -> None:
    """Editors show the description beside the key."""
    (openapi, *_) = json_schema()["properties"]["upstreams"]["additionalProperties"]["oneOf"]

    assert openapi["properties"]["timeout"]["description"] == "How long one call may take."
