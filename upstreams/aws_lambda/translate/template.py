"""SAM and CloudFormation templates: which functions they make, and what HTTP APIs lead to them.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from upstreams.aws_lambda.described import Document, Found, Offer, Template
from upstreams.aws_lambda.model import Rest
from upstreams.aws_lambda.translate.integrations import ANY, INTEGRATION, METHODS, said
from upstreams.errors import DiscoveryError
from upstreams.json_schema import Place

LOGICAL_ID = "aws:cloudformation:logical-id"
"""The tag by which AWS says which resource of a template a function is."""

_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_REST = ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi")
_HTTP = ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api")
_EVENTS = {"Api": "RestApiId", "HttpApi": "ApiId"}
_IMPLICIT = {"Api": "ServerlessRestApi", "HttpApi": "ServerlessHttpApi"}
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_PARAMETER = re.compile(r"\{([^{}+]+)\+?\}")
_SENDING = ("post", "put", "patch")
_JSON: Mapping[str, object] = {"application/json": {"schema": {}}}


@dataclass(frozen=True, slots=True)
class Event:
    """A route by which a template says that a function is reached."""

    logical: str
    """The function's logical id."""
    http: bool
    api: str
    path: str
    method: str
    version: str
    """The payload format; empty for the API's usual one."""
    model: str
    """The model that a request's body is of; empty where none is named."""


def named_files(tree: object) -> Iterator[str]:
    """The files that a template's APIs are defined in."""
    for _, api in _resources(tree, (*_REST, *_HTTP)):
        if name := _file_of(api):
            yield name


def logical(tree: object, found: Found) -> Mapping[str, Sequence[Offer]]:
    """The functions offered that a template makes, by their logical ids."""
    return {
        name: [one for one in found.offers if _is(one, name, properties, found)]
        for name, properties in _resources(tree, _FUNCTIONS)
    }


def _is(offer: Offer, name: str, properties: Place, found: Found) -> bool:
    tagged = found.tags.get(offer.arn, {}).get(LOGICAL_ID)
    if offer.url or tagged:
        return tagged == name
    own = said(properties.child("FunctionName").value)
    if own:
        pattern = _VARIABLE.sub("*", own)
        return bool(pattern.strip("*")) and fnmatchcase(offer.reference.name, pattern)
    return offer.reference.name == name or f"-{name}-" in offer.reference.name


def documents(
    rest: Rest, template: Template, tree: object
) -> Iterator[tuple[Document, Mapping[str, object]]]:
    """The document of each API of a template, with the integrations that its events imply."""
    events = list(_events(tree))
    declared = dict(_resources(tree, (*_REST, *_HTTP)))
    names = dict.fromkeys((*declared, *(one.api for one in events)))
    https = {name for name, _ in _resources(tree, _HTTP)} | {one.api for one in events if one.http}
    for name in names:
        api = declared.get(name, Place(None))
        document = Document(name, f"{template.location} {name}", b"", http=name in https)
        body = _body(rest, template, api)
        yield document, _routed(body, api, [one for one in events if one.api == name])


def _resources(tree: object, types: Sequence[str]) -> Iterator[tuple[str, Place]]:
    for name, resource in Place(tree).child("Resources").children():
        if resource.text("Type") in types:
            yield name, resource.child("Properties")


def _events(tree: object) -> Iterator[Event]:
    for name, properties in _resources(tree, _FUNCTIONS):
        for _, event in properties.child("Events").children():
            kind, route = event.text("Type"), event.child("Properties")
            if kind in _EVENTS and route.text("Path"):
                yield Event(
                    name,
                    kind == "HttpApi",
                    _reference(route.child(_EVENTS[kind]).value) or _IMPLICIT[kind],
                    route.text("Path"),
                    route.text("Method").lower(),
                    route.text("PayloadFormatVersion"),
                    route.child("RequestModel").text("Model"),
                )


def _reference(value: object) -> str:
    """`{"Ref": "Shop"}` -> `Shop`, as is what YAML's `!Ref Shop` is read as."""
    return said(value).removeprefix("${").removesuffix("}")


def _body(rest: Rest, template: Template, api: Place) -> Mapping[str, object]:
    """The API's own definition; empty where it has none."""
    key = "DefinitionBody" if "DefinitionBody" in api.members else "Body"
    if name := _file_of(api):
        found = template.files.get(name)
        if found is None:
            raise DiscoveryError(f"names {name}, which is no file beside it", at=template.location)
        tree = rest.parse(found, name)
        return tree if isinstance(tree, dict) else {}
    return api.child(key).members


def _file_of(api: Place) -> str:
    """The file that defines an API: `DefinitionUri`, or one included by `Fn::Transform`."""
    uri = said(api.child("DefinitionUri").value)
    included = api.child("DefinitionBody", "Fn::Transform", "Parameters")
    return uri or said(included.child("Location").value)


def _routed(
    body: Mapping[str, object], api: Place, events: Sequence[Event]
) -> Mapping[str, object]:
    """The definition with an integration for every event, and an operation where it has none."""
    declared = body.get("paths")
    paths = dict(declared) if isinstance(declared, dict) else {}
    for event in events:
        key = event.method if event.method in METHODS else ANY
        item = paths.get(event.path)
        item = dict(item) if isinstance(item, dict) else {}
        operation = item.get(key)
        known = operation if isinstance(operation, dict) else _bare(event)
        item[key] = {INTEGRATION: _integration(event), **known}
        paths[event.path] = item
    if body:
        return {**body, "paths": paths}
    return {**_frame(api), "paths": paths}


def _integration(event: Event) -> Mapping[str, object]:
    version = event.version or ("2.0" if event.http else "1.0")
    uri = f"${{{event.logical}.Arn}}"
    return {"type": "aws_proxy", "uri": uri, "payloadFormatVersion": version}


def _frame(api: Place) -> Mapping[str, object]:
    """A document for an API that is nothing but events, with the models SAM lets it have."""
    models = api.child("Models").value
    return {
        "openapi": "3.0.1",
        "info": {"title": "", "version": ""},
        "components": {"schemas": models if isinstance(models, dict) else {}},
    }


def _bare(event: Event) -> Mapping[str, object]:
    """What an event alone says of an operation: its path, and maybe the model of its body."""
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(event.path)
    ]
    schema = {"$ref": f"#/components/schemas/{event.model}"} if event.model else {}
    sends = event.model or event.method in _SENDING
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}} if sends else {}
    answers = {"200": {"description": "", "content": _JSON}}
    return {"parameters": parameters, **body, "responses": answers}
