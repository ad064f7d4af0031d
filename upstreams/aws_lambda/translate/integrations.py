"""What API Gateway does with an operation: the Lambda function behind it, if there is one.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from upstreams.aws_lambda.model import Form
from upstreams.json_schema import Documents, Place, Unresolved

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"

_INVOKED = re.compile(
    r"(?:.*:lambda:path/[0-9-]+/functions/)?(?P<function>.+?)"
    r"(?:/(?P<streamed>response-streaming-)?invocations)?",
    re.DOTALL,
)
_GREEDY = re.compile(r"\{([^{}]+)\+\}")
_FORMS = {"1.0": Form.PROXY_1, "2.0": Form.PROXY_2}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path, as API Gateway has it."""

    path: str
    method: str
    """In lower case; empty for any."""
    item: Place
    place: Place

    @property
    def title(self) -> str:
        """`GET /users/{id}`"""
        return f"{self.method.upper() or 'ANY'} {self.path}"

    @property
    def plain(self) -> str:
        """The path as OpenAPI writes it: `/files/{proxy+}` -> `/files/{proxy}`."""
        return _GREEDY.sub(r"{\1}", self.path)


@dataclass(frozen=True, slots=True)
class Integration:
    """The function behind an operation."""

    function: str
    """An ARN, or what the document writes in its place."""
    form: Form
    streamed: bool = False
    """Whether the function makes its answers bit by bit, as API Gateway passes them on."""


def routes(documents: Documents) -> Iterator[Route]:
    """Every operation of a document, in its order."""
    for path, written in documents.start.child("paths").children():
        item = _resolved(documents, written)
        for key in item.members:
            if key.lower() in METHODS or key == ANY:
                yield Route(path, "" if key == ANY else key.lower(), item, item.child(key))


def integration(documents: Documents, route: Route, *, http: bool) -> Integration | str:
    """The function that a route leads to, or why it leads to none."""
    found = _resolved(documents, route.place.child(INTEGRATION))
    if not found.members:
        return "it has no integration"
    kind = found.text("type").lower()
    if kind == "aws":
        return "its integration rewrites requests by templates; only a proxy can be called directly"
    if kind != "aws_proxy":
        return f"its integration is {kind or 'of no type'}, not a Lambda function"
    if found.text("integrationSubtype"):
        return f"its integration is {found.text('integrationSubtype')}, not a Lambda function"
    version = found.text("payloadFormatVersion") or ("2.0" if http else "1.0")
    if version not in _FORMS:
        return f"its payload format {version!r} is not known"
    return _invoked(said(found.child("uri").value), _FORMS[version])


def _invoked(uri: str, form: Form) -> Integration | str:
    if "stageVariables" in uri:
        return "a stage variable decides which function serves it"
    found = _INVOKED.fullmatch(uri)
    if found is None:
        return "its integration names no function"
    return Integration(found["function"], form, streamed=bool(found["streamed"]))


def said(value: object) -> str:
    """A text, also where CloudFormation makes it: `{"Fn::Sub": "…"}` -> `…`; else empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        joined = len(value) == 2 and isinstance(value[1], list)
        return "".join(map(said, value[1])) if joined else said(value[0]) if value else ""
    if isinstance(value, Mapping) and len(value) == 1:
        ((function, argument),) = value.items()
        if function == "Fn::Join" and isinstance(argument, list) and isinstance(argument[-1], list):
            return "".join(map(said, argument[-1]))
        if function in ("Fn::GetAtt", "Ref"):
            name = ".".join(map(str, argument)) if isinstance(argument, list) else argument
            return f"${{{name}}}"
        if function == "Fn::Sub":
            return said(argument)
    return ""


def _resolved(documents: Documents, place: Place) -> Place:
    try:
        return documents.resolve(place)
    except Unresolved:
        return Place(None)
