"""One operation run in one of the ways there are, and everything that came of it."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, NamedTuple

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import experimental_execute_incrementally

from app.graphql.body import encode
from app.graphql.schema import beside
from schema.failures import presentable
from schema.plan.model import Unplannable
from schema.plan.plans import Plans
from schema.plan.run import run
from schema.request import Asked, Origin, Request
from tests.schema.plan.answers import Source
from tests.upstreams.json_shape.reading import answer
from upstreams import json_shape
from upstreams.errors import CallError
from upstreams.model import Effect, Function
from upstreams.shape import Answer, Shape, Steps, Wanted

_SAYING = ("get0", "oneT0", "byT0", "writeT0")
"""What comes with something beside its answers that clients are shown."""


class Backend:
    """Answers as its source says, and notes every call."""

    def __init__(self, source: Source, *, shaped: bool = False) -> None:
        """`shaped`: whether its answers are read by shapes of JSON."""
        self._source = source
        self._shaped = shaped
        self._writes = 0
        self.calls: Counter[str] = Counter()
        """Those for one, with how many writes there were before."""
        self.batches: Counter[str] = Counter()
        """Those for many keys."""
        self.keys: set[str] = set()
        """What was asked for in batches."""

    async def fetch(self, asked: Asked, request: Request) -> Answer:
        """The answer, yet to be read."""
        function = asked.origin.function
        self._note(function, asked)
        body = self._source.answer(function, asked.arguments)
        if isinstance(body, CallError):
            raise body
        asked.aside.status = 200
        asked.aside.headers = {"x": "k1"}
        asked.aside.extensions = {"by": function.name} if function.name in _SAYING else {}
        return answer(body)

    def _note(self, function: Function, asked: Asked) -> None:
        call = f"{self._writes} {function.name}{asked.selection}"
        keys = asked.arguments.get("ids")
        if keys is None:
            self.calls[f"{call}{asked.arguments!r}"] += 1
        else:
            self.batches[f"{call}{asked.arguments!r}"] += 1
            others = {name: one for name, one in asked.arguments.items() if name != "ids"}
            tags = others.pop("tags", None) or [None] * len(keys)
            self.keys.update(f"{call}{others!r}{one}" for one in zip(keys, tags, strict=True))
        self._writes += function.effect is Effect.WRITE

    def shape(self, origin: Origin, wanted: Wanted, inside: Steps) -> Shape | None:
        """The shape for JSON, if it is to be used and there is one."""
        return json_shape.shape(wanted, inside) if self._shaped else None

    def stream(self, asked: Asked, request: Request) -> AsyncGenerator[Any, None]:
        """Nothing streams here."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Asking:
    """An operation, ready to be run."""

    schema: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]


class Ran(NamedTuple):
    """A response, and what it took."""

    data: bytes
    errors: list[str]
    beside: list[str]
    calls: Counter[str]
    batches: Counter[str]
    keys: set[str]
    """As its backend noted them."""
    unplanned: str = ""
    """Why the exact path gave the response; empty where a plan did."""


async def exactly(asking: Asking, backend: Backend) -> Ran:
    """By graphql-core alone."""
    return await _exactly(asking, backend, _request(backend))


async def by_plan(asking: Asking, backend: Backend, plans: Plans) -> Ran:
    """By a plan; where that cannot be, by graphql-core over what the plan fetched already."""
    request = _request(backend)
    try:
        plan, coerced = plans.operation(None).plan(asking.variables)
        outcome = await run(plan, request, coerced)
    except Unplannable as error:
        return await _exactly(asking, backend, request, error.reason)
    return _ran(encode(outcome.data), outcome.errors, request, backend)


async def _exactly(asking: Asking, backend: Backend, request: Request, unplanned: str = "") -> Ran:
    result = experimental_execute_incrementally(
        asking.schema,
        asking.document,
        context_value=request,
        variable_values=dict(asking.variables),
    )
    whole = await result if isawaitable(result) else result
    assert isinstance(whole, ExecutionResult)
    return _ran(encode(whole.data), whole.errors or (), request, backend, unplanned)


def _request(backend: Backend) -> Request:
    return Request(backend, "r", float("inf"))


def _ran(
    data: bytes,
    errors: Iterable[GraphQLError],
    request: Request,
    backend: Backend,
    unplanned: str = "",
) -> Ran:
    told = [presentable(error, request).formatted for error in errors]
    answers = beside(request).get("answers", ())
    texts = sorted(map(_text, told)), sorted(map(_text, answers))
    return Ran(data, *texts, backend.calls, backend.batches, backend.keys, unplanned)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
