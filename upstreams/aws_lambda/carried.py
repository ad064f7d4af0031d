"""HTTP APIs called another way than over HTTP, by the kind that understands their documents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from upstreams import kind
from upstreams.aws_lambda.model import Rest
from upstreams.kind import Client
from upstreams.model import Catalog
from upstreams.shape import Shapes

if TYPE_CHECKING:
    from upstreams.transport import Line


class Way(Client, Shapes, Protocol):
    """A client whose answers may be read by shapes."""


class Carried(Shapes, Protocol):
    """A client of an HTTP API whose requests may go another way than over HTTP."""

    def over(self, line: "Line") -> Way:
        """The same client, whose requests are sent by `line`; made anew for each call."""


@dataclass(frozen=True, slots=True)
class Carrier(Rest):
    """The kind that understands documents of HTTP APIs, as the registry hands it to this one.

    A call to an operation is laid out, and its answer read, by that kind's own client. Its line
    makes an event of the `transport.Request`, invokes, and makes a `transport.Response` of the
    answer: of status 200 and type `application/json` where the form is none of a proxy.
    """

    connect: Callable[[str, kind.Settings, Catalog], Carried]
    """A client; `settings.url` is where it believes to call, its headers are sent along."""
