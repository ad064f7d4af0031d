"""Answers that arrive in several pieces because a client deferred or streamed parts of them."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, TypeAlias

from graphql import ExperimentalIncrementalExecutionResults as Pieces
from graphql import GraphQLError, IncrementalDeferResult, IncrementalStreamResult
from graphql.execution import CompletedResult, SubsequentIncrementalExecutionResult

from schema.failures import presentable
from schema.request import Request

_Later: TypeAlias = SubsequentIncrementalExecutionResult
_Failing: TypeAlias = IncrementalDeferResult | IncrementalStreamResult | CompletedResult

__all__ = ["Pieces", "presented", "taken_by", "without_empty"]

ACCEPTED = ("multipart/mixed", "text/event-stream")
"""The media types in which a client may take several pieces."""


def taken_by(accept: str) -> bool:
    """Whether a client with that `Accept` takes an answer in several pieces.

    Who names the older draft (`deferSpec=20220824`) could not read ours.
    """
    return any(one in accept for one in ACCEPTED) and "deferspec=2022" not in accept.lower()


def presented(pieces: Pieces, request: Request | None) -> Pieces:
    """The same pieces, their errors as clients are shown them."""
    initial = pieces.initial_result
    initial.errors = _presented(initial.errors, request)
    return Pieces(initial, _later(pieces.subsequent_results, request))


async def _later(
    results: AsyncGenerator[_Later, None], request: Request | None
) -> AsyncGenerator[_Later, None]:
    async with aclosing(results):
        async for result in results:
            failing: Iterable[_Failing] = (*(result.incremental or ()), *(result.completed or ()))
            for one in failing:
                one.errors = _presented(one.errors, request)
            yield result


def _presented(
    errors: list[GraphQLError] | None, request: Request | None
) -> list[GraphQLError] | None:
    return [presentable(error, request) for error in errors] if errors else None


def without_empty(response: dict[str, Any]) -> dict[str, Any]:
    """The piece without members that say nothing: `extensions` must not be null."""
    return {name: value for name, value in response.items() if value is not None or name == "data"}
