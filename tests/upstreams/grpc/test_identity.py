"""Messages as GraphQL's clients write them, through the whole gateway, are the same messages."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.status import own_schema
from schema.build import build
from tests.app.served import gateway
from tests.backends.grpc_server import Context, Reflection, serve
from tests.upstreams.grpc.drawing import Drawing
from tests.upstreams.grpc.protos import descriptors
from upstreams.grpc.descriptors import link
from upstreams.grpc.translate import translate

MESSAGES = {
    "everything": ("splice.test.v1.All", "splice.test.v1.Everything/Echo", "query"),
    "choices": ("splice.choices.v1.All", "splice.choices.v1.Choices/Echo", "mutation"),
    "editions": ("splice.editions.v1.Record", "splice.editions.v1.Editions/Echo", "mutation"),
    "legacy": ("splice.legacy.Record", "splice.legacy.Old/Echo", "mutation"),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", MESSAGES)
async def test_message_to_graphql_to_message_is_the_identity(name: str, tmp_path: Path) -> None:
    """What a client writes for a message is, at the backend, the same message."""
    full_name, function, operation = MESSAGES[name]
    arrived: list[bytes] = []
    loop = asyncio.get_running_loop()
    pool = link(descriptors(name)).pool
    ref = input_type(build({"a": translate(descriptors(name))}, own_schema())[0], operation)
    text = f"{operation} ($it: {ref}) {{ echo(input: $it) {{ __typename }} }}"

    async def note(request: Any, _: Context) -> Any:
        arrived.append(request.SerializeToString(deterministic=True))
        return request

    async with (
        serve(descriptors(name), {function: note}, Reflection()) as address,
        gateway(f"upstreams: {{a: {{grpc: '{address}'}}}}", tmp_path) as client,
    ):

        @settings(deadline=None, database=None, max_examples=100)
        @given(st.data())
        def survives(data: st.DataObject) -> None:
            message = Drawing(data, pool).message(full_name)
            canonical = in_json(message, pool)
            assume(canonical is not None)
            asked = client.query(text, {"it": written(ref, canonical)})
            answer = asyncio.run_coroutine_threadsafe(asked, loop).result()

            assert "errors" not in answer
            assert arrived[-1] == message.SerializeToString(deterministic=True)

        await asyncio.to_thread(survives)

    assert len(arrived) >= 100


def input_type(schema: GraphQLSchema, operation: str) -> GraphQLInputType:
    """The type of what the root field `echo` takes."""
    root = schema.query_type if operation == "query" else schema.mutation_type
    assert root is not None
    ref: GraphQLInputType = root.fields["echo"].args["input"].type
    return ref


def in_json(message: Any, pool: DescriptorPool) -> Any:
    """The message in protobuf's canonical JSON; None for one that has none.

    That has no number -0 in a Struct, and neither GraphQL nor JSON an infinite one.
    """
    canonical = json_format.MessageToDict(message, descriptor_pool=pool)
    again = json_format.ParseDict(canonical, type(message)(), descriptor_pool=pool)
    same = again.SerializeToString(deterministic=True) == message.SerializeToString(
        deterministic=True
    )
    return canonical if same and not _infinite(canonical) else None


def _infinite(canonical: Any) -> bool:
    match canonical:
        case dict():
            return any(map(_infinite, canonical.values()))
        case list():
            return any(map(_infinite, canonical))
        case _:
            return canonical in ("Infinity", "-Infinity")


def written(ref: GraphQLInputType, canonical: Any) -> Any:
    """Canonical JSON as GraphQL's clients write it: maps are lists, decimals numbers.

    A message of which one field is to be set cannot say that none is.
    """
    match ref:
        case GraphQLNonNull():
            return written(ref.of_type, canonical)
        case GraphQLList() if isinstance(canonical, dict):
            (value,) = (ref.of_type.of_type.fields["value"].type,)
            return [{"key": key, "value": written(value, one)} for key, one in canonical.items()]
        case GraphQLList():
            return [written(ref.of_type, one) for one in canonical]
        case GraphQLInputObjectType():
            assume(canonical or not ref.is_one_of)
            fields = {re.sub(r"\W", "_", key): one for key, one in canonical.items()}
            return {key: written(ref.fields[key].type, one) for key, one in fields.items()}
        case _ if ref.name == "Decimal":
            return canonical["value"]
        case _:
            return canonical
