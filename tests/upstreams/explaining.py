"""How a client would make a call."""

import asyncio
from typing import Any

from upstreams.kind import Call, Client, Explains, Explanation
from upstreams.model import Function

SECRET = "s3cr3t-never-shown"


async def explained(
    client: Client, function: Function, headers: dict[str, str] | None = None, **arguments: Any
) -> Explanation:
    """What it says; nobody listens anywhere."""
    assert isinstance(client, Explains)
    deadline = asyncio.get_running_loop().time() + 5.0
    told = await client.explain(Call(function, arguments, deadline, headers=headers or {}))
    assert SECRET not in repr(told)
    return told
