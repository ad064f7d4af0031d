"""One upstream that is a GraphQL API, asked over HTTP."""

import copy
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Self

from upstreams import json_shape, shell
from upstreams.graphql_api.call.answers import Reading
from upstreams.graphql_api.call.asking import Asking, Question
from upstreams.graphql_api.call.explained import subscription
from upstreams.graphql_api.call.subscribing import Subscribing
from upstreams.graphql_api.model import Binding, GraphqlCatalog, Operation, Settings
from upstreams.kind import Call, Explanation
from upstreams.model import Function
from upstreams.shape import Answer, Shape, Steps, Wanted
from upstreams.transport import Line, Transport


class GraphqlClient:
    """An open line to one GraphQL API."""

    def __init__(self, settings: Settings, catalog: GraphqlCatalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._asking = Asking(settings, catalog)
        self._line: Line = Transport.to(settings)
        self._subscribing = Subscribing(settings, self._asking)

    def over(self, line: Line) -> Self:
        """The same client, whose requests are sent by another line."""
        other = copy.copy(self)
        other._line = line  # noqa: SLF001 - its own kin
        return other

    async def call(self, call: Call) -> Any:
        """The function's value. Raises `CallError`.

        `Refused` has the API's own code in `details`, as `upstreamCode`.
        """
        return (await self.fetch(call)).value()

    async def fetch(self, call: Call) -> Answer:
        """What the API answered. Raises as `call`, but for what only reading it tells."""
        question = self._asking.question(call)
        request = self._asking.request(question, call)
        response = await self._line.send(request, call.deadline)
        aside = call.aside
        aside.url, aside.method, aside.status = request.url, request.method, response.status
        aside.headers = {name.lower(): value for name, value in reversed(response.headers)}
        return self._reading(question, call).answer(response, aside)

    def shape(self, _function: Function[Binding], wanted: Wanted, inside: Steps) -> Shape | None:
        """A reader of the function's answers."""
        return json_shape.shape(wanted, inside)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """The messages of a subscription as they come. Raises `CallError`."""
        question = self._asking.question(call)
        reading = self._reading(question, call)
        async with aclosing(self._subscribing.results(question, call)) as results:
            async for result in results:
                call.aside.extensions = {}
                yield reading.payload(result, call.aside, {}).value()

    async def explain(self, call: Call) -> Explanation:
        """As `upstreams.kind.Explains` says."""
        settings = shell.concealed(self._settings)
        told = GraphqlClient(settings, self._catalog)
        if call.function.binding.operation is Operation.SUBSCRIPTION:
            return await subscription(told._asking, settings, call)
        request = await shell.noted(lambda line: told.over(line).call(call))
        return Explanation(await shell.curl(request, settings))

    def _reading(self, question: Question, call: Call) -> Reading:
        binding: Binding = call.function.binding
        shows = self._settings.show_messages
        return Reading(binding.field, question.document.renamed, shows=shows)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._line.aclose()
        await self._subscribing.aclose()
