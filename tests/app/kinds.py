"""A kind that breaks the rules of the seam, at the step its settings name."""

from dataclasses import dataclass
from typing import Annotated, Any, cast

import pytest
from typing_extensions import Doc

from upstreams.kind import AnyKind, Call, Client, Kind, Settings
from upstreams.model import Catalog, Effect, Function, Named, Scalar, ScalarKind
from upstreams.registry import KINDS

SECRET = "hunter2"
STEPS = ("discover", "schema", "connect", "call")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaking(Settings):
    """Settings of a kind that breaks."""

    breaking: Annotated[str, Doc("At which step.")]


class BreakingClient:
    """It raises what no client may."""

    async def call(self, call: Call) -> Any:
        """Never a value."""
        raise LookupError(SECRET)

    async def aclose(self) -> None:
        """There is nothing to close."""


async def _discover(settings: Breaking) -> Catalog:
    if settings.breaking == "discover":
        raise LookupError(SECRET)
    returns = Named("nowhere") if settings.breaking == "schema" else Scalar(ScalarKind.STRING)
    return Catalog("breaking", (Function("f", "f", Effect.READ, returns, None),), (), None)


def _connect(name: str, settings: Breaking, catalog: Catalog) -> Client:
    if settings.breaking == "connect":
        raise LookupError(SECRET)
    return BreakingClient()


KIND = Kind[Breaking, Any, Any](
    name="breaking", settings=Breaking, catalog=Catalog, discover=_discover, connect=_connect
)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it one of the kinds there are, for one test."""
    monkeypatch.setitem(cast(dict[str, AnyKind], KINDS), KIND.name, KIND)
