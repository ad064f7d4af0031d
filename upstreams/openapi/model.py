"""What an OpenAPI upstream is told, and what a call to one of its functions needs to know."""

import enum
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from typing_extensions import Doc

from upstreams import kind
from upstreams.model import Catalog, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(kind.Settings):
    """An upstream described by an OpenAPI document."""

    openapi: Annotated[kind.Location, Doc("The OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML).")]


class Where(enum.Enum):
    """Which part of a request a parameter is written into."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    FORM = "form"
    """The body, as `application/x-www-form-urlencoded`."""


class Style(enum.Enum):
    """How a list or an object is written as text (OpenAPI 3.1.1 section 4.8.12.3)."""

    SIMPLE = "simple"
    LABEL = "label"
    MATRIX = "matrix"
    FORM = "form"
    SPACE = "spaceDelimited"
    PIPE = "pipeDelimited"
    TAB = "tsv"
    """Swagger 2.0 only."""
    DEEP = "deepObject"
    JSON = "json"
    """The value as JSON text, for a parameter described by `content`."""


class Parameter(Value, frozen=True):
    """One value that is written as text."""

    name: str
    """As the backend knows it."""
    where: Where
    argument: str
    """The name of the argument, or of the form's field, it is taken from."""
    style: Style = Style.FORM
    explode: bool = False
    reserved: bool = False
    """Whether characters reserved in URLs stay as they are."""


class Form(enum.Enum):
    """How a body is written, or read."""

    NONE = "none"
    JSON = "json"
    URLENCODED = "urlencoded"
    TEXT = "text"
    BYTES = "bytes"


class Body(Value, frozen=True):
    """The request body, and the argument it is made of."""

    form: Form
    media_type: str
    argument: str = ""
    """Empty where the parameters themselves are the body's fields (Swagger 2.0 `formData`)."""
    fields: tuple[Parameter, ...] = ()
    """How the fields of a form are written, where it is not in the default way."""


class Binding(Value, frozen=True):
    """How a function is called over HTTP."""

    method: str
    path: str
    """A template as the description has it, e.g. `/users/{id}`."""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answer: Form = Form.JSON
    accept: str = "application/json"
    """The media types that are asked for."""
    server: str = ""
    """The URL this function is served under, where it is not the catalog's."""


class Wire(Value, frozen=True):
    """What the input types do not say about how their values are written."""

    texts: tuple[tuple[str, str], ...] = ()
    """Fields whose numbers are written as JSON text: pairs of a type's key and a field's name."""


OpenApiCatalog: TypeAlias = Catalog[Binding, Wire]
