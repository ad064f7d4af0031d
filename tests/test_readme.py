"""The README says what is so: settings, codes, commands, and every example in it."""

import dataclasses
import enum
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from typing_extensions import Doc

from app.cli import COMMANDS
from app.commands.discover import VERSION
from app.config.keys import keys
from app.config.model import Discovery, DocumentSettings, Events, SchemaSettings, Server
from app.config.read import loads
from app.graphql.documents import DocumentError
from app.graphql.documents import errors as document_errors
from app.passthrough.table import Match, Rewrite
from schema.federation.model import Federation, KeySettings
from schema.shaping.showing import Showing
from upstreams import errors
from upstreams.kind import Settings, Unit
from upstreams.openapi.model import Credential, Pages
from upstreams.registry import KINDS
from upstreams.soap.model import Auth, Wsse

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The code blocks of that language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def rows(settings: type, *, without: type | None = None) -> Iterator[str]:
    """One table row for each setting: its key, meaning and default."""
    inherited = keys(without) if without else {}
    fields = {one.name: one for one in dataclasses.fields(settings)}
    for key, (attribute, annotation) in keys(settings).items():
        if key not in inherited:
            meaning = next(mark for mark in get_args(annotation) if isinstance(mark, Doc))
            default = _default(fields[attribute], annotation)
            yield f"| `{key}` | {meaning.documentation} | {default} |"


def _default(field: dataclasses.Field[Any], annotation: Any) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return ""
    if field.default is dataclasses.MISSING:
        return "must be given"
    if field.default in (None, "", ()):
        return ""
    return f"`{_written(field.default, annotation)}`"


def _written(value: Any, annotation: Any) -> str:
    unit = next((mark for mark in _marks(annotation) if isinstance(mark, Unit)), None)
    if unit is Unit.SIZE:
        return f"{value // 2**20}MiB"
    if unit is Unit.DURATION:
        return f"{value:g}s"
    if isinstance(value, enum.Enum):
        return str(value.value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _marks(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        base, *marks = get_args(annotation)
        yield from marks
        yield from _marks(base)


DOCUMENTED = [
    *rows(Settings),
    *rows(Showing),
    *(row for kind in KINDS.values() for row in rows(kind.settings, without=Settings)),
    *(row for settings in (Credential, Pages, Match, Rewrite) for row in rows(settings)),
    *(row for settings in (Auth, Wsse) for row in rows(settings)),
    *(row for settings in (Server, Events, Discovery) for row in rows(settings)),
    *(row for settings in (DocumentSettings, SchemaSettings) for row in rows(settings)),
    *(row for settings in (Federation, KeySettings) for row in rows(settings)),
]


@pytest.mark.parametrize("row", DOCUMENTED)
def test_every_setting_is_documented(row: str) -> None:
    """With its key, its meaning and its default, as the code has them."""
    assert row in README


def test_every_code_is_documented() -> None:
    """One row for each code a client may see."""
    codes = {
        cls.code
        for cls in (*vars(errors).values(), *vars(document_errors).values())
        if isinstance(cls, type) and issubclass(cls, errors.CallError | DocumentError)
        if cls is not DocumentError
    }

    assert {code for code in codes if f"| `{code}` |" not in README} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """One row for each command."""
    assert f"| `splice {command} " in README


def test_the_version_of_the_json_shape_is_documented() -> None:
    """The number a script can rely on."""
    assert f"shape, version {VERSION}" in README


def test_the_configuration_shown_is_one() -> None:
    """It is read without a problem."""
    text = blocks("yaml")[0]

    config = loads(text, Path("/somewhere/splice.yaml"), {"SHOP_KEY": "k"})

    assert list(config.upstreams) == ["shop", "parcels", "stock", "bank", "pricing"]


@pytest.mark.parametrize("text", blocks("yaml")[1:])
def test_parts_of_a_configuration_shown_are_read(text: str) -> None:
    """Each by itself, without a problem."""
    names = set(re.findall(r"\$\{(\w+)\}", text))

    assert loads(text, Path("/somewhere/splice.yaml"), dict.fromkeys(names, "s" * 16))


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    """Every file the README points at is there."""
    assert (ROOT / link).exists()


@pytest.mark.parametrize("command", re.findall(r"^\./\S+", README, re.MULTILINE))
def test_the_commands_to_start_with_are_there(command: str) -> None:
    """And can be run."""
    path = ROOT / command

    assert path.stat().st_mode & 0o111


async def test_the_query_shown_is_answered_by_the_demo(tmp_path: Path) -> None:
    """All four backends give data."""
    from app.demo.run import Demo
    from tests.app.served import gateway

    query, *_ = blocks("graphql")
    async with Demo() as demo, gateway(demo.config, tmp_path) as asking:
        body = await asking.query(query)

    assert "errors" not in body
    assert all(body["data"].values())


async def test_the_stream_shown_is_one_of_the_demo(tmp_path: Path) -> None:
    """The command's body, asked for as events, gives several."""
    from app.demo.run import Demo
    from tests.app.served import gateway

    (body,) = re.findall(r"text/event-stream.*?-d '(.*?)'", README, re.DOTALL)
    async with Demo() as demo, gateway(demo.config, tmp_path) as asking:
        answer = await asking.http.post(
            "/graphql",
            content=body,
            headers={"accept": "text/event-stream", "content-type": "application/json"},
        )

    assert answer.text.count("event: next") > 1
    assert "errors" not in answer.text


async def test_the_entities_shown_are_given_by_the_demo(tmp_path: Path) -> None:
    """With the keys shown, the query shown and its variables."""
    from app.demo.run import Demo
    from tests.app.served import gateway

    _, section = README.split("## As a subgraph\n")
    (settings,) = re.findall(r"```yaml\n.*?\nschema:\n(.*?)    shareable.*?```", section, re.DOTALL)
    query = re.findall(r"```graphql\n(.*?)```", section, re.DOTALL)[0]
    variables = re.findall(r"With `(\{.*?\})` both", section)[0]
    async with Demo() as demo, gateway(f"{demo.config}{settings}", tmp_path) as asking:
        body = await asking.query(query, json.loads(variables))

    assert "errors" not in body
    customer, product = body["data"]["_entities"]
    assert customer["account"]["balance"]
    assert product["name"]
