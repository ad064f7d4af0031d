"""Finding functions: by name, by glob over AWS's pages, and what is said when AWS will not tell."""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from aiohttp import web

from tests.backends import aws_lambda
from tests.backends.process import Server
from tests.upstreams.aws_lambda.listening import Received, answering, listening, raw
from upstreams.aws_lambda.discover import asking, listing
from upstreams.aws_lambda.model import LambdaCatalog, Settings
from upstreams.errors import DiscoveryError
from upstreams.kind import Call
from upstreams.registry import KINDS

KIND = KINDS["lambda"]

ACCOUNT = "123456789012"


def configuration(name: str, region: str = "eu-west-1") -> dict[str, str]:
    """What AWS says of a function, as far as it matters here."""
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"
    return {"FunctionName": name, "FunctionArn": arn, "Description": f"About {name}."}


def paging(names: list[str]) -> Any:
    """An account that lists functions of those names, by AWS's rules for pages."""

    async def answer(received: Received) -> web.Response:
        if "/tags/" in received.target:
            return web.json_response({"Tags": {}})
        query = parse_qs(urlsplit(received.target).query)
        start = int(query.get("Marker", ["0"])[0].removeprefix("from/+="))
        end = start + min(int(query["MaxItems"][0]), 50)
        page: dict[str, Any] = {"Functions": [configuration(name) for name in names[start:end]]}
        if end < len(names):
            page["NextMarker"] = f"from/+={end}"
        return web.json_response(page)

    return answer


async def discovered(*functions: str, **settings: Any) -> LambdaCatalog:
    """The catalog of an upstream with those functions."""
    return await KIND.discover(Settings(functions=functions, region="eu-west-1", **settings))


async def failure(*functions: str, **settings: Any) -> str:
    """Why they cannot be discovered."""
    with pytest.raises(DiscoveryError) as caught:
        await discovered(*functions, **settings)
    return str(caught.value)


def names(catalog: LambdaCatalog) -> list[str]:
    """The names of its functions, in order."""
    return [function.name for function in catalog.functions]


@pytest.mark.usefixtures("keys")
async def test_globs_are_matched_over_all_pages() -> None:
    """A glob finds functions on every page, asked for by signed requests that follow markers."""
    account = [f"{kind}-{number}" for number in range(60) for kind in ("rates", "other")]

    async with listening(paging(account)) as api:
        catalog = await discovered("rates-*", url=api.url)

    assert names(catalog) == [f"rates-{number}" for number in range(60)]
    assert catalog.functions[0].description == "About rates-0."
    assert [received.target.partition("?")[2] for received in api.received[:3]] == [
        "MaxItems=50",
        "Marker=from%2F%2B%3D50&MaxItems=50",
        "Marker=from%2F%2B%3D100&MaxItems=50",
    ]
    assert all(received.is_signed_with("example") for received in api.received)


@pytest.mark.usefixtures("keys")
async def test_many_globs_need_one_listing() -> None:
    """Globs of one region share its listing, and a function found twice is there once."""
    async with listening(paging(["a1", "a2", "b1"])) as api:
        catalog = await discovered("b*", "a*", "?1", url=api.url)

    assert names(catalog) == ["b1", "a1", "a2"]
    assert ["tags" in received.target for received in api.received].count(False) == 1


@pytest.mark.usefixtures("keys")
async def test_a_listing_serves_for_a_minute() -> None:
    """Upstreams of one account are discovered, again and at once, from one listing."""
    async with listening(paging(["a1", "b1"])) as api:
        await asyncio.gather(discovered("a*", url=api.url), discovered("b*", url=api.url))
        await discovered("a*", url=api.url)

    assert ["tags" in received.target for received in api.received].count(False) == 1


@pytest.mark.usefixtures("keys")
async def test_a_throttled_listing_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS says it is asked too often, the same page is asked for after a pause."""
    monkeypatch.setattr(asking, "FIRST_PAUSE_SECONDS", 0.01)
    calm = paging(["a1"])
    refusals = iter([429, 503])

    async def throttling(received: Received) -> web.Response:
        status = next(refusals, 200)
        return await calm(received) if status == 200 else web.Response(status=status)

    async with listening(throttling) as api:
        catalog = await discovered("a*", url=api.url)

    assert names(catalog) == ["a1"]
    assert len(api.received) == 4


@pytest.mark.usefixtures("keys")
async def test_globs_keep_alias_and_account() -> None:
    """What stands around a glob stands around every function it finds."""
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:"

    async with listening(paging(["a1"])) as api:
        catalog = await discovered("a*:live", f"{arn}a*", url=api.url)

    assert names(catalog) == ["a1:live", f"{arn}a1"]


@pytest.mark.usefixtures("keys")
async def test_an_account_without_end_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing that always has another page ends at our limit, with an error."""
    monkeypatch.setattr(listing, "MAX_PAGES", 5)
    endless = answering({"Functions": [configuration("f")], "NextMarker": "again"})

    async with listening(endless) as api:
        told = await failure("f*", url=api.url)

    assert told == "ListFunctions: AWS lists more than 250 functions; name them without globs"
    assert len(api.received) == 5


@pytest.mark.usefixtures("keys")
async def test_a_glob_without_match_is_an_error() -> None:
    """A glob that finds nothing is told with how many functions there are."""
    async with listening(paging(["a1", "a2"])) as api:
        told = await failure("rates-*", url=api.url)

    assert told.startswith("rates-*: matches none of the 2 functions AWS lists")


@pytest.mark.usefixtures("keys")
async def test_another_accounts_glob_is_an_error() -> None:
    """AWS lists one's own account only, so a glob in another one's ARN finds nothing."""
    async with listening(paging(["a1"])) as api:
        told = await failure("arn:aws:lambda:eu-west-1:999999999999:function:a*", url=api.url)

    assert "matches none of the 1 functions" in told


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (403, "allow lambda:ListFunctions"),
        (404, "an emulator that has none"),
        (429, "asked too often"),
        (500, "name the functions without globs"),
    ],
)
async def test_refused_listings_say_what_to_do(
    status: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way AWS refuses to list has its advice."""
    monkeypatch.setattr(asking, "FIRST_PAUSE_SECONDS", 0.01)
    async with listening(answering(b"no", status=status)) as api:
        told = await failure("rates-*", url=api.url)

    assert told.startswith(f"ListFunctions: the Lambda API answered {status}")
    assert advice in told


async def test_listing_needs_credentials() -> None:
    """Without credentials a glob cannot be resolved, and the message says what to set."""
    told = await failure("rates-*")

    assert "AWS_ACCESS_KEY_ID" in told


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Functions": [{}]}', b'{"Functions"'])
async def test_a_listing_that_is_none_is_an_error(body: bytes) -> None:
    """What is not a page of functions is not taken for an empty one."""
    async with listening(answering(body)) as api:
        told = await failure("rates-*", url=api.url)

    assert told == "ListFunctions: the answer is not what this AWS API answers"


@pytest.mark.usefixtures("keys")
async def test_plain_names_are_described_by_aws() -> None:
    """A function named in full is looked up once, for its description."""

    async def answer(received: Received) -> web.Response:
        return web.json_response(configuration("quote"))

    async with listening(answer) as api:
        catalog = await discovered("quote:live", url=api.url)

    assert catalog.functions[0].description == "About quote."
    assert catalog.assumed == ()
    assert api.received[0].target == "/2015-03-31/functions/quote/configuration?Qualifier=live"


async def test_plain_names_need_nobody() -> None:
    """Without credentials or network, a name is taken as it is, which is reported."""
    catalog = await discovered("quote", "stock")

    assert names(catalog) == ["quote", "stock"]
    assert [remark.at for remark in catalog.assumed] == ["quote", "stock"]
    assert "no AWS credentials" in catalog.assumed[0].reason


async def test_a_silent_api_does_not_hold_plain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking functions up has its own short time, after which they are taken as they are."""
    monkeypatch.setattr(listing, "LOOKING_SECONDS", 0.1)

    async with raw(None) as api:
        catalog = await discovered("quote", url=api.url, sign=False)

    assert "no answer in time" in catalog.assumed[0].reason


async def test_nothing_named_is_an_error() -> None:
    """An upstream without functions has nothing to offer."""
    assert "name at least one function" in await failure()


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"sign": False}, "needs `url`"), ({"url": "localhost:3002"}, "begins with http://")],
)
async def test_settings_that_cannot_work_are_errors(settings: dict[str, Any], word: str) -> None:
    """An endpoint nobody can reach is told at once, also where every function is named in full."""
    assert word in await failure("quote", **settings)


async def test_types_are_read_from_a_file(tmp_path: Path) -> None:
    """The types file's fields become the functions' arguments and values."""
    file = tmp_path / "types.graphql"
    file.write_text("\ufefftype Query { quote(sku: ID!): Quote } type Quote { sku: ID! }")

    catalog = await discovered("quote", types=str(file))

    assert catalog.functions[0].source == f"{file}#Query.quote"
    assert catalog.degraded == ()


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"type Query {", "Syntax Error"), (b"\xff\xfe", "not UTF-8"), (b"<html>", "Syntax Error")],
)
async def test_a_broken_types_file_is_an_error(content: bytes, word: str, tmp_path: Path) -> None:
    """The message begins with the file."""
    file = tmp_path / "types.graphql"
    file.write_bytes(content)

    told = await failure("quote", types=str(file))

    assert told.startswith(str(file))
    assert word in told


async def test_a_missing_types_file_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is told by its path."""
    told = await failure("quote", types=str(tmp_path / "none.graphql"))

    assert told == f"{tmp_path / 'none.graphql'}: No such file or directory"


@pytest.fixture(scope="module")
def account() -> Iterator[Server]:
    """A moto account with 500 functions in eu-west-1 and one in us-east-1."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("code.py", "def handle(event, context): return event")
    with aws_lambda.moto() as server:
        role = _client("iam", server).create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        about = {
            "Runtime": "python3.11",
            "Handler": "code.handle",
            "Role": role["Role"]["Arn"],
            "Code": {"ZipFile": archive.getvalue()},
        }
        home, far = _client("lambda", server), _client("lambda", server, "us-east-1")
        for number in range(500):
            name = f"rates-{number:03}"
            home.create_function(FunctionName=name, Description=f"Rate {number}.", **about)
        far.create_function(FunctionName="far-away", Description="Overseas.", **about)
        yield server


def _client(service: str, server: Server, region: str = "eu-west-1") -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=region,
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


@pytest.mark.real
@pytest.mark.timeout(90)
@pytest.mark.usefixtures("keys")
class TestMoto:
    """Discovery against moto's control plane."""

    async def test_globs_are_matched(self, account: Server) -> None:
        """All functions of the account are seen, the matching ones kept."""
        catalog = await discovered("rates-*", url=account.url)

        assert names(catalog) == [f"rates-{number:03}" for number in range(500)]
        assert catalog.functions[7].description == "Rate 7."

    async def test_plain_names_are_described(self, account: Server) -> None:
        """One that exists has its description, one that does not is taken as it is."""
        catalog = await discovered("rates-007", "nobody", url=account.url)

        assert [function.description for function in catalog.functions] == ["Rate 7.", ""]
        assert [remark.at for remark in catalog.assumed] == ["nobody"]
        assert "ResourceNotFoundException" in catalog.assumed[0].reason

    async def test_arns_are_asked_in_their_region(self, account: Server) -> None:
        """An ARN's glob is listed where the ARN points, not in the upstream's region."""
        arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"

        catalog = await discovered(f"{arn}far-*", url=account.url)

        assert names(catalog) == [f"{arn}far-away"]


@pytest.mark.real
async def test_an_emulator_that_only_invokes_will_do(offline: Server, tmp_path: Path) -> None:
    """From serverless-offline: named, described by a file, called, without any credentials."""
    file = tmp_path / "types.graphql"
    file.write_text('type Query { quote(sku: ID!, quantity: Int): Q @lambda(name: "price-quote") }'
                    "type Q { total: Decimal! }")  # fmt: skip
    settings = Settings(functions=("price-quote",), url=offline.url, types=str(file), sign=False)
    catalog = await KIND.discover(settings)
    client = KIND.connect("pricing", settings, catalog)
    arguments = {"sku": "rope", "quantity": 2}
    deadline = asyncio.get_running_loop().time() + 10

    value = await client.call(Call(catalog.functions[0], arguments, deadline))
    await client.aclose()

    assert value["total"] == 7
    assert [remark.at for remark in catalog.assumed] == ["price-quote"]
