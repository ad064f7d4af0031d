"""What is selected, told to the backend in the FieldMask of its request."""

from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.app.served import gateway
from tests.backends.grpc_server import Context, Reflection, serve
from tests.upstreams.grpc.asking import upstream
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.errors import DiscoveryError
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate

LIBRARY = "splice.library.v1.Library"
LOOKUP = {"*/LookupBook": "input.view.onlyThese"}

Book = message("splice.library.v1.Book", "library")
Page = message("splice.library.v1.ListBooksResponse", "library")


@pytest.mark.parametrize(
    ("selection", "paths"),
    [
        (("fullTitle",), ["full_title"]),
        (("fullTitle", "fullTitle"), ["full_title"]),
        (("firstAuthor.familyName",), ["first_author.family_name"]),
        (("firstAuthor.penName.familyName",), ["first_author.pen_name.family_name"]),
        (("firstAuthor.familyName", "firstAuthor"), ["first_author"]),
        (("otherAuthors.familyName", "otherAuthors.penName"), ["other_authors"]),
        (("someLabels.value",), ["some_labels"]),
        (("publishedAt", "notes"), ["notes", "published_at"]),
        (("lent._",), ["lent"]),
        ((), None),
        (("unknown", "fullTitle"), None),
    ],
)
async def test_a_read(selection: tuple[str, ...], paths: list[str] | None) -> None:
    """`read_mask` says what is selected, as far as a mask can; a doubt leaves it away."""
    assert await mask_of("GetBook", "read_mask", selection) == paths


async def test_a_page() -> None:
    """The mask of a list is of its items, and tells nothing of the page."""
    selection = ("books.fullTitle", "books.firstAuthor.familyName", "nextPageToken")

    told = await mask_of("ListBooks", "field_mask", selection)

    assert told == ["first_author.family_name", "full_title"]


async def test_a_page_without_items() -> None:
    """Where no item is selected, none can be asked for in part."""
    assert await mask_of("ListBooks", "field_mask", ("nextPageToken",)) is None


async def test_what_the_client_says() -> None:
    """Its own mask stays as it is."""
    told = await mask_of("GetBook", "read_mask", ("notes",), {"readMask": "fullTitle"})

    assert told == ["full_title"]


async def test_an_empty_mask_of_the_client() -> None:
    """It is a mask, too."""
    assert await mask_of("GetBook", "read_mask", ("notes",), {"readMask": ""}) == []


@pytest.mark.parametrize("mask", ["update_mask", "read_mask"])
async def test_a_write(mask: str) -> None:
    """What writes is not touched: its masks may say what is written."""
    assert await mask_of("UpdateBook", mask, ("fullTitle",)) is None


async def test_a_mask_in_the_settings() -> None:
    """The settings name a mask by the function it belongs to, wherever it is."""
    told = await mask_of("LookupBook", "view.only_these", ("fullTitle",), field_masks=LOOKUP)

    assert told == ["full_title"]


async def test_a_mask_that_is_switched_off() -> None:
    """An empty place in the settings means: none."""
    assert await mask_of("GetBook", "read_mask", ("notes",), field_masks={"*/Get*": ""}) is None


async def test_a_mask_by_the_methods_name() -> None:
    """A glob may name the method alone."""
    masks = {"Lookup*": "view.onlyThese"}

    told = await mask_of("LookupBook", "view.only_these", ("fullTitle",), field_masks=masks)

    assert told == ["full_title"]


@pytest.mark.parametrize(
    ("masks", "problem"),
    [
        ({"*/GetBook": "name"}, "*/GetBook: there is no FieldMask at 'name' of splice.library"),
        ({"GetBook": "input.no.such"}, "there is no FieldMask at 'input.no.such'"),
        ({"GetBook": "readMask.paths"}, "there is no FieldMask at 'readMask.paths'"),
        ({"*": "no"}, "or of 3 others"),
        ({f"{LIBRARY}/GetBooks": "readMask"}, f"did you mean '{LIBRARY}/GetBook'?"),
        ({"zzz": ""}, "zzz: no function is called so"),
    ],
)
def test_a_mask_that_is_none(masks: dict[str, str], problem: str) -> None:
    """A place without a mask, and a glob without a function, are found with the description."""
    with pytest.raises(DiscoveryError) as raised:
        translate(descriptors("library"), masks=masks)

    assert raised.value.at == "fieldMasks"
    assert problem in raised.value.message


def test_a_mask_that_only_some_have() -> None:
    """A glob may mean functions without such a mask, if one of them has it."""
    catalog = translate(descriptors("library"), masks={"*": "readMask"})

    assert len(catalog.functions) == 4


def test_whose_answer_is_told_what_is_selected() -> None:
    """Those whose request has a mask, by its name or by the settings."""
    catalog = translate(descriptors("library"), masks={"*/GetBook": "", **LOOKUP})

    assert {each.label for each in catalog.functions if each.selective} == {
        "ListBooks",
        "LookupBook",
        "UpdateBook",
    }


def test_check_tells_of_a_mask_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`splice check` says which setting of which upstream is wrong."""
    description = tmp_path / "library.binpb"
    description.write_bytes(descriptors("library").SerializeToString())
    config = tmp_path / "splice.yaml"
    masks = "{'*/GetBook': input.nowhere}"
    config.write_text(f"upstreams: {{books: {{grpc: {description}, fieldMasks: {masks}}}}}")

    with pytest.raises(SystemExit) as ended:
        main(["check", str(config)])

    assert ended.value.code == 1
    assert "books: fieldMasks: */GetBook: there is no FieldMask" in capsys.readouterr().out


async def test_a_query(tmp_path: Path) -> None:
    """What a GraphQL client selects is what its backend is asked for."""
    seen: list[Any] = []

    async def look(request: Any, _: Context) -> Any:
        seen.append(request)
        return Book(full_title="t")

    methods = {f"{LIBRARY}/GetBook": look}
    query = """
        { getBook(input: {name: "x"}) { title: fullTitle ...More } }
        fragment More on Book { firstAuthor { familyName } lent { _ } }
    """
    async with (
        serve(descriptors("library"), methods, Reflection()) as address,
        gateway(f"upstreams: {{a: {{grpc: '{address}'}}}}", tmp_path) as asking,
    ):
        answer = await asking.query(query)

    assert answer == {"data": {"getBook": {"title": "t", "firstAuthor": None, "lent": None}}}
    assert list(seen[0].read_mask.paths) == ["first_author.family_name", "full_title", "lent"]


async def mask_of(
    method: str,
    mask: str,
    selection: tuple[str, ...],
    given: dict[str, Any] | None = None,
    **settings: Any,
) -> list[str] | None:
    """The paths of a request's mask, as the backend gets them; None where it has none."""
    seen: list[Any] = []

    async def look(request: Any, _: Context) -> Any:
        seen.append(request)
        return Page() if method == "ListBooks" else Book()

    name = f"{LIBRARY}/{method}"
    async with upstream({name: look}, descriptors("library"), **settings) as line:
        await line.client.call(line.made(name, given, selection=selection))
    (holder,) = seen
    *above, last = mask.split(".")
    for step in above:
        holder = getattr(holder, step)
    return list(getattr(holder, last).paths) if holder.HasField(last) else None


def test_the_settings_name_none() -> None:
    """By themselves they name no masks: those that are known by name are found."""
    assert Settings(grpc="x:1").field_masks == {}
