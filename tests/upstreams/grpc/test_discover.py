"""How a backend, or a file in its stead, is asked what it offers."""

import asyncio
from pathlib import Path
from shutil import copyfile

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests import corpora
from tests.backends.asgi import served
from tests.backends.grpc_server import Reflection, serve
from tests.backends.process import LOOPBACK, Server, free_port
from tests.upstreams.grpc.certificates import self_signed
from tests.upstreams.grpc.protos import HERE, descriptors
from upstreams.errors import DiscoveryError
from upstreams.grpc import KIND
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import translate
from upstreams.model import Catalog, EnumType, ObjectType

EVERYTHING = descriptors("everything")


def _with_more() -> FileDescriptorSet:
    """The set with one more service, in a file of its own."""
    several = FileDescriptorSet.FromString(EVERYTHING.SerializeToString())
    file = several.file.add(name="more.proto", package="more", syntax="proto3")
    file.service.add(name="Listed").method.add(
        name="Get", input_type=".google.protobuf.Empty", output_type=".google.protobuf.Empty"
    )
    file.dependency.append("google/protobuf/empty.proto")
    return several


@pytest.mark.parametrize("versions", [("v1", "v1alpha"), ("v1",), ("v1alpha",)])
async def test_either_version_of_reflection(versions: tuple[str, ...]) -> None:
    """A backend that speaks v1, v1alpha or both tells all it has, comments included."""
    async with serve(EVERYTHING, {}, Reflection(versions=versions)) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert catalog == translate(EVERYTHING)


async def test_only_listed_services_are_offered() -> None:
    """A service that is merely described by some file is not taken for one that is served."""
    reflection = Reflection(only=("more.Listed",))

    async with serve(_with_more(), {}, reflection) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert [function.name for function in catalog.functions] == ["more.Listed/Get"]


async def test_a_service_that_cannot_be_described_is_skipped() -> None:
    """What is listed and not described is named with the reason; the rest works."""
    async with serve(EVERYTHING, {}, Reflection(listed=("ghost.Service",))) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert catalog.functions == translate(EVERYTHING).functions
    assert catalog.skipped[-1].function == "ghost.Service"
    assert "NOT_FOUND" in catalog.skipped[-1].reason


async def test_a_conversation_that_is_broken_off() -> None:
    """A backend that gives up at one service is asked on about the others."""
    several = _with_more()
    reflection = Reflection(breaks_off=frozenset({"splice.test.v1.Everything"}))

    async with serve(several, {}, reflection) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert [function.name for function in catalog.functions] == ["more.Listed/Get"]
    assert [each.function for each in catalog.skipped] == ["splice.test.v1.Everything"]
    assert "INTERNAL" in catalog.skipped[0].reason


async def test_a_file_that_cannot_be_read() -> None:
    """A service described by bytes that are no file is skipped with the reason."""
    reflection = Reflection(garbles=frozenset({"splice.test.v1.Everything"}))

    async with serve(_with_more(), {}, reflection) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert [function.name for function in catalog.functions] == ["more.Listed/Get"]
    assert "cannot be read" in catalog.skipped[0].reason


async def test_one_answer_in_each_conversation() -> None:
    """A backend that ends the conversation after each answer is asked in as many as it takes."""
    async with serve(EVERYTHING, {}, Reflection(curt=True)) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert catalog == translate(EVERYTHING)


async def test_extensions_in_files_nobody_imports() -> None:
    """What extends a message is asked for; grpcio's own reflection tells it."""
    described = FileDescriptorSet.FromString(descriptors("legacy").SerializeToString())
    apart = described.file.add(name="apart.proto", package="apart", dependency=["legacy.proto"])
    apart.extension.add(name="more", number=101, label=1, type=5, extendee=".splice.legacy.Record")

    async with serve(described, {}, Reflection(own=False)) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    record = next(each for each in catalog.types if each.key == "splice.legacy.Record")
    assert isinstance(record, ObjectType)
    assert [field.name for field in record.fields if field.name.startswith("[")] == [
        "[splice.legacy.extra]",
        "[apart.more]",
    ]


async def test_files_the_backend_lacks() -> None:
    """Protobuf's own files, and Google's annotations, need not be there."""
    absent = ("google/protobuf/timestamp.proto", "google/api/annotations.proto")

    async with serve(EVERYTHING, {}, Reflection(without=frozenset(absent))) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    assert catalog.functions == translate(EVERYTHING).functions


async def test_infrastructure_is_not_offered() -> None:
    """Reflection and health are listed as skipped, not as functions."""
    both = FileDescriptorSet.FromString(EVERYTHING.SerializeToString())
    health = both.file.add(name="health.proto", package="grpc.health.v1", syntax="proto3")
    health.dependency.append("google/protobuf/empty.proto")
    health.service.add(name="Health").method.add(
        name="Check", input_type=".google.protobuf.Empty", output_type=".google.protobuf.Empty"
    )

    async with serve(both, {}, Reflection()) as address:
        catalog = await KIND.discover(Settings(grpc=address))

    skipped = {each.function: each.reason for each in catalog.skipped}
    assert skipped["grpc.health.v1.Health/Check"].startswith("infrastructure")
    assert catalog.functions == translate(EVERYTHING).functions


async def test_reflection_that_hangs_is_given_up() -> None:
    """A backend that takes the question and never answers costs a bounded time."""
    async with serve(EVERYTHING, {}, Reflection(hangs=True)) as address:
        with pytest.raises(DiscoveryError, match=r"did not finish within 0\.2 s") as raised:
            await KIND.discover(Settings(grpc=address, discovery_timeout=0.2))

    assert raised.value.at == address


async def test_metadata_goes_along() -> None:
    """The upstream's headers are sent with reflection, binary ones as bytes."""
    reflection = Reflection()

    async with serve(EVERYTHING, {}, reflection) as address:
        await KIND.discover(
            Settings(grpc=address, headers={"Authorization": "Bearer x", "trace-bin": "AP8="})
        )

    assert ("authorization", "Bearer x") in reflection.metadata
    assert ("trace-bin", b"\x00\xff") in reflection.metadata


async def test_headers_that_cannot_be_sent() -> None:
    """A value that is no metadata is an error that names its key and not the value."""
    with pytest.raises(DiscoveryError, match="metadata x-key") as raised:
        await KIND.discover(Settings(grpc=f"{LOOPBACK}:1", headers={"x-key": "s\u00e9cret"}))

    assert "cret" not in str(raised.value)


async def test_nobody_there() -> None:
    """An address where nothing listens is named."""
    address = f"{LOOPBACK}:{free_port()}"

    with pytest.raises(DiscoveryError, match=f"{address}: no connection"):
        await KIND.discover(Settings(grpc=address))


@pytest.mark.parametrize("target", ["http://backend:50051", ""])
async def test_a_target_that_is_none(target: str) -> None:
    """A URL or nothing in place of HOST:PORT is told apart from a backend that is away."""
    with pytest.raises(DiscoveryError, match="give the backend as HOST:PORT"):
        await KIND.discover(Settings(grpc=target))


@pytest.mark.parametrize("given", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"\0" * 64])
async def test_no_grpc_there(given: bytes) -> None:
    """A server that speaks something else is refused at once."""

    async def speak(_: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        out.write(given)
        out.close()
        await out.wait_closed()

    async with await asyncio.start_server(speak, LOOPBACK, 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DiscoveryError, match="no gRPC there"):
            await KIND.discover(Settings(grpc=f"{LOOPBACK}:{port}"))


async def test_tls_is_verified() -> None:
    """With `tls`, a certificate that nobody vouches for is refused."""
    credentials = grpc.ssl_server_credentials([self_signed()])

    async with serve(EVERYTHING, {}, Reflection(), credentials) as address:
        with pytest.raises(DiscoveryError, match="CERTIFICATE_VERIFY_FAILED"):
            await KIND.discover(Settings(grpc=address, tls=True))


async def test_no_reflection() -> None:
    """A backend without reflection: the error says what to do about it."""
    async with serve(EVERYTHING, {}) as address:
        with pytest.raises(DiscoveryError, match=r"no server reflection.*descriptors"):
            await KIND.discover(Settings(grpc=address))


async def test_descriptors_in_place_of_reflection(tmp_path: Path) -> None:
    """A descriptor set is read from its file; the backend is not asked."""
    file = tmp_path / "everything.binpb"
    file.write_bytes(EVERYTHING.SerializeToString())

    catalog = await KIND.discover(Settings(grpc=f"{LOOPBACK}:1", descriptors=str(file)))

    assert catalog == translate(EVERYTHING)


async def test_descriptors_at_a_url() -> None:
    """A descriptor set is fetched with the upstream's headers."""

    async def answer(request: Request) -> Response:
        told = request.headers.get("authorization") == "Bearer x"
        return Response(EVERYTHING.SerializeToString() if told else b"", 200 if told else 401)

    app = Starlette(routes=[Route("/everything.binpb", answer)])

    async with served(app) as url:
        settings = Settings(
            grpc=f"{LOOPBACK}:1",
            descriptors=f"{url}/everything.binpb",
            headers={"authorization": "Bearer x"},
        )
        catalog = await KIND.discover(settings)

    assert catalog == translate(EVERYTHING)


async def test_a_file_in_place_of_a_backend(tmp_path: Path) -> None:
    """`grpc: FILE.binpb` is enough to look at what a descriptor set offers."""
    file = tmp_path / "everything.binpb"
    file.write_bytes(EVERYTHING.SerializeToString())

    catalog = await KIND.discover(Settings(grpc=str(file)))

    assert catalog == translate(EVERYTHING)


async def test_proto_sources_are_compiled() -> None:
    """A .proto file is compiled, its imports found, its comments kept."""
    source = str(HERE / "everything.proto")

    catalog = await KIND.discover(Settings(grpc=f"{LOOPBACK}:1", descriptors=source))

    assert catalog == translate(EVERYTHING)


async def test_a_folder_of_proto_sources(tmp_path: Path) -> None:
    """All the .proto files in a folder are compiled together."""
    for name in ("everything.proto", "legacy.proto"):
        copyfile(HERE / name, tmp_path / name)

    catalog = await KIND.discover(Settings(grpc=f"{LOOPBACK}:1", descriptors=str(tmp_path)))

    services = {function.name.partition("/")[0] for function in catalog.functions}
    assert services == {"splice.test.v1.Everything", "splice.legacy.Old"}


async def test_imports_from_other_folders(tmp_path: Path) -> None:
    """What a source imports is found in the folders named, by its path in them."""
    (tmp_path / "common" / "acme").mkdir(parents=True)
    (tmp_path / "api").mkdir()
    shared = tmp_path / "common" / "acme" / "thing.proto"
    shared.write_text('syntax = "proto3"; package acme; message Thing { string name = 1; }')
    source = tmp_path / "api" / "things.proto"
    source.write_text(
        'syntax = "proto3"; import "acme/thing.proto";'
        " service Things { rpc Get(acme.Thing) returns (acme.Thing); }"
    )

    catalog = await KIND.discover(
        Settings(grpc="x:1", descriptors=str(source), imports=(str(tmp_path / "common"),))
    )

    assert [function.name for function in catalog.functions] == ["Things/Get"]


async def test_imports_from_no_folder() -> None:
    """A place to look for imports that is not there is named."""
    source = str(HERE / "legacy.proto")

    with pytest.raises(DiscoveryError, match=r"/nowhere: imports are looked for in folders"):
        await KIND.discover(Settings(grpc="x:1", descriptors=source, imports=("/nowhere",)))


async def test_a_source_with_a_mistake(tmp_path: Path) -> None:
    """What the compiler says about a source is passed on, with the place."""
    source = tmp_path / "bad.proto"
    source.write_text('syntax = "proto3"; message {')

    with pytest.raises(DiscoveryError, match=r"bad\.proto.*does not compile: .*bad\.proto:1"):
        await KIND.discover(Settings(grpc="x:1", descriptors=str(source)))


@pytest.mark.parametrize(
    "content",
    [b"<html>not found</html>", b"", EVERYTHING.SerializeToString()[:-100]],
    ids=["html", "empty", "truncated"],
)
async def test_a_file_that_is_no_descriptor_set(content: bytes, tmp_path: Path) -> None:
    """Anything else than a whole descriptor set is refused, with the place."""
    file = tmp_path / "wrong.binpb"
    file.write_bytes(content)

    with pytest.raises(DiscoveryError, match=r"wrong\.binpb: not a protobuf descriptor set"):
        await KIND.discover(Settings(grpc="x:1", descriptors=str(file)))


async def test_names_without_an_end(tmp_path: Path) -> None:
    """A set whose names would fill the memory is refused, whichever way it comes."""
    long = FileDescriptorSet()
    long.file.add(name="long.proto", package="a" * 1001).service.add(name="Long")
    file = tmp_path / "long.binpb"
    file.write_bytes(long.SerializeToString())

    with pytest.raises(DiscoveryError, match=r"long\.binpb: a name is longer than 1000"):
        await KIND.discover(Settings(grpc=str(file)))
    async with serve(long, {}, Reflection()) as address:
        with pytest.raises(DiscoveryError, match=f"{address}: a name is longer than 1000"):
            await KIND.discover(Settings(grpc=address))


async def test_a_missing_file() -> None:
    """A file that is not there is named."""
    with pytest.raises(DiscoveryError, match=r"/nowhere\.binpb: No such file"):
        await KIND.discover(Settings(grpc="x:1", descriptors="/nowhere.binpb"))


@pytest.mark.real
@pytest.mark.timeout(60)
async def test_a_real_server_describes_itself(lnd: Server) -> None:
    """All 162 methods of LND come out of npm's reflection as they do of its descriptor set.

    That reflection merges files by package, which changes their order; it leaves out imports and
    marks messages wrongly as map entries, which is repaired; and it forgets that one enum value is
    deprecated, which nobody can know.
    """
    described = FileDescriptorSet.FromString(corpora.spec("proto/lnd.binpb").read_bytes())
    expected = translate(described)

    catalog = await KIND.discover(Settings(grpc=lnd.address))

    assert len(catalog.functions) == 162
    assert set(catalog.functions) == set(expected.functions)
    assert _types(catalog) == _types(expected)
    assert catalog.skipped == ()


def _types(catalog: Catalog) -> dict[str, object]:
    """The types by their keys; enums without what is said beside their values."""
    return {
        each.key: [value.name for value in each.values] if isinstance(each, EnumType) else each
        for each in catalog.types
    }
