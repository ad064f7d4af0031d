"""What a Lambda upstream is told, and how one of its functions is named and called."""

import enum
import re
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from typing_extensions import Doc

from upstreams import kind
from upstreams.errors import DiscoveryError
from upstreams.kind import Key, Location
from upstreams.model import Catalog, Value

_ARN = re.compile(
    r"(?P<prefix>arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):[0-9]{12}:function:)"
    r"(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_NAME = re.compile(r"(?P<prefix>[0-9]{12}:function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?")
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """What a Lambda upstream may be told. `url` overrides the endpoint, for emulators."""

    functions: Annotated[
        tuple[str, ...],
        Key("lambda"),
        Doc("Names, globs such as `rates-*`, ARNs; each with `:alias` or `:version` if wanted."),
    ]
    region: Annotated[
        str | None, Doc("The AWS region; default: AWS_REGION, or the profile's own.")
    ] = None
    types: Annotated[
        Location | None,
        Doc("A GraphQL SDL file with one field per function; without it, JSON in and out."),
    ] = None
    profile: Annotated[str | None, Doc("The AWS profile whose credentials are used.")] = None
    sign: Annotated[
        bool, Doc("Sign requests with AWS credentials; off for emulators, with `url` only.")
    ] = True


class Reference(Value, frozen=True):
    """How the configuration names one function, or many by a glob.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, `FunctionName`.
    """

    name: str
    prefix: str = ""
    """What stands before the name: `arn:aws:lambda:…:function:`, `123456789012:function:`."""
    qualifier: str = ""
    """An alias or a version; empty for the latest, unpublished one."""
    region: str = ""
    """The region an ARN names; empty for the upstream's own."""

    @property
    def target(self) -> str:
        """What the API calls the function: its name or ARN, without the qualifier."""
        return self.prefix + self.name

    @property
    def text(self) -> str:
        """The reference as one writes it."""
        return f"{self.target}:{self.qualifier}" if self.qualifier else self.target

    @property
    def is_glob(self) -> bool:
        """`rates-*` -> True."""
        return _GLOB.search(self.name) is not None


def reference(text: str) -> Reference:
    """`"price-quote:live"` -> the function `price-quote` by its alias `live`."""
    pattern = _ARN if text.startswith("arn:") else _NAME
    found = pattern.fullmatch(text)
    if found is None:
        raise DiscoveryError(
            "not a function's name: write NAME, NAME:ALIAS, NAME:VERSION, a glob of names, or "
            "arn:aws:lambda:REGION:ACCOUNT:function:NAME",
            at=text,
        )
    parts = {key: value or "" for key, value in found.groupdict().items()}
    return Reference(**parts)


class Offer(Value, frozen=True):
    """One function there is, or is said to be."""

    reference: Reference
    description: str = ""
    unseen: str = ""
    """Why AWS did not confirm that it exists; empty when it did."""


class TypesFile(Value, frozen=True):
    """The text of the file that says what functions take and give."""

    location: str
    text: str


class Payload(enum.Enum):
    """How a call's arguments become the function's event."""

    ARGUMENTS = "arguments"
    """One JSON object, keyed by argument name."""
    INPUT = "input"
    """The value of the one argument `input`; when it is not given, no payload is sent."""


class Binding(Value, frozen=True):
    """How one function is invoked."""

    function: str
    """Its name or ARN, without qualifier."""
    payload: Payload
    qualifier: str = ""
    region: str = ""
    """Where an ARN says it runs; empty for the upstream's own region."""


LambdaCatalog: TypeAlias = Catalog[Binding, None]
