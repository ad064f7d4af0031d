"""Asking AWS while discovering: one answer of a known shape, and patience where it throttles."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from typing_extensions import TypeVar

from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.refusals import UNREADABLE, refusal
from upstreams.errors import CallError, DiscoveryError, Malformed, Refused
from upstreams.transport import Response

AT_ONCE = 4
"""How many questions AWS is asked at once."""
TRIES = 4
FIRST_PAUSE_SECONDS = 0.5
MOST_PAUSE_SECONDS = 10.0

AnswerT = TypeVar("AnswerT")


async def patient(api: Api, ask: Ask, deadline: float) -> Response:
    """The answer of status 200, asked for again while AWS throttles or fails in passing.

    The pauses double and are jittered, so that gateways do not ask in step. Raises `CallError`.
    """
    pause = FIRST_PAUSE_SECONDS
    for _ in range(TRIES - 1):
        try:
            return succeeded(await api.send(ask, deadline))
        except CallError as error:
            wait = random.uniform(pause / 2, pause)  # noqa: S311 - no secret
            if not error.retryable or asyncio.get_running_loop().time() + wait > deadline:
                raise
        await asyncio.sleep(wait)
        pause = min(2 * pause, MOST_PAUSE_SECONDS)
    return succeeded(await api.send(ask, deadline))


def succeeded(response: Response) -> Response:
    """The same answer, if it is one of status 200. Raises `Refused`."""
    if response.status != 200:
        raise refusal(response)
    return response


def read(response: Response, shape: type[AnswerT]) -> AnswerT:
    """What an answer says. Raises `Malformed`."""
    try:
        return msgspec.json.decode(response.body, type=shape)
    except UNREADABLE as error:
        raise Malformed("the answer is not what this AWS API answers") from error


@contextmanager
def our_errors(at: str, permission: str, otherwise: str) -> Iterator[None]:
    """Asking fails for reasons a person can act on: allow the permission, or do otherwise."""
    try:
        yield
    except Refused as error:
        advice = {
            401: f"allow {permission}, or {otherwise}",
            403: f"allow {permission}, or {otherwise}",
            404: f"an emulator that has none needs you to {otherwise}",
            429: "it is asked too often, and will be asked again later",
        }.get(error.details["httpStatus"], f"or {otherwise}")
        raise DiscoveryError(f"{error.message}; {advice}", at=at) from error
    except CallError as error:
        raise DiscoveryError(error.message, at=at) from error
