"""What was found of functions and what they take, before any of it is understood."""

from collections.abc import Mapping

from upstreams.aws_lambda.model import Reference, TypesFile
from upstreams.model import Remark, Value

NAMING_TAG = "splice:types"
"""The tag whose value is a function's schema, or where that is."""
NAMING_ENTRY = "SPLICE_TYPES"
"""The same in a function's environment; the tag goes before it."""


class Offer(Value, frozen=True):
    """One function there is, or is said to be."""

    reference: Reference
    description: str = ""
    unseen: str = ""
    """Why AWS did not confirm that it exists; empty when it did."""
    arn: str = ""
    """Without qualifier; empty where AWS did not say."""
    entry: str = ""
    """What its environment has under `NAMING_ENTRY`."""
    url: str = ""
    """Where it is called, if not through the Invoke API."""


class Told(Value, frozen=True):
    """A schema of one function's own."""

    function: str
    """The `Reference.text` of it."""
    location: str
    """Where it was found, in words."""
    text: bytes


class Document(Value, frozen=True):
    """The document of an HTTP API whose operations say which functions serve them."""

    name: str
    """Of the API: its id, or the file's name."""
    location: str
    text: bytes
    stage: str = ""
    http: bool = False
    """Whether it is an HTTP API, whose payload format is 2.0 where it does not say."""


class Template(Value, frozen=True):
    """A SAM or CloudFormation template, and the files beside it that it names."""

    location: str
    text: bytes
    files: Mapping[str, bytes] = {}
    """By the name the template gives them."""


class Found(Value, frozen=True):
    """Everything a discovery found."""

    offers: tuple[Offer, ...]
    types: TypesFile | None = None
    told: tuple[Told, ...] = ()
    documents: tuple[Document, ...] = ()
    templates: tuple[Template, ...] = ()
    registered: tuple[Told, ...] = ()
    """Events, of the EventBridge registry."""
    tags: Mapping[str, Mapping[str, str]] = {}
    """The tags of functions, by `Offer.arn`."""
    assumed: tuple[Remark, ...] = ()
    """What could not be found out, and why."""
