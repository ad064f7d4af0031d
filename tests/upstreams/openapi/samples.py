"""Values that fit the schemas of a description, and requests made of them by hand.

Nothing here is shared with what is tested: references, styles and bodies are done once more, in
the plainest way, for whoever wants to compare.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

DEEPEST = 6
_ALL_UNTIL = 2
"""Down to here optional properties are filled in too."""

TEXTS = {
    "base64": "AAEC",
    "binary": "abc",
    "byte": "AAEC",
    "date": "2020-01-31",
    "date-time": "2020-01-31T10:20:30Z",
    "duration": "P1D",
    "email": "ann@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "time": "10:20:30Z",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
}
_TRIED = (
    *("abc", "ABC", "a1", "1", "12", "123", "A1", "abc-def", "a.b", "a_b", "/a", "a/b", "a@b.co"),
    *("2020", "2020-01", "2020-01-31", "10:20", "10:20:30", "1.2.3", "#ffffff", "ffffff", "+1"),
    *("00000000-0000-0000-0000-000000000000", "0" * 24, "0" * 32, "0" * 40, "a" * 40, "A" * 8),
    *("01-31-2020", "http://abc"),
)


NOT_PARAMETERS = ("accept", "authorization", "content-type")
"""Header parameters that the specification says are ignored."""


class NoSample(Exception):  # noqa: N818 - a state of the description, not an error of ours
    """No value could be made that fits a schema."""


@dataclass(frozen=True, slots=True)
class Described:
    """A description in one file."""

    root: Mapping[str, Any]

    def resolved(self, node: Any) -> Mapping[str, Any]:
        """The node, or what it refers to; what stands beside a reference is added."""
        beside: dict[str, Any] = {}
        for _ in range(20):
            if not isinstance(node, dict):
                return beside
            ref = node.get("$ref")
            if not isinstance(ref, str):
                return {**node, **beside}
            beside = {**{key: one for key, one in node.items() if key != "$ref"}, **beside}
            node = self._at(ref)
        raise NoSample("references in a circle")

    def _at(self, ref: str) -> Any:
        if not ref.startswith("#"):
            raise NoSample("a reference to another file")
        here: Any = self.root
        for token in unquote(ref).split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            try:
                here = here[int(key)] if isinstance(here, list) else here[key]
            except (LookupError, TypeError, ValueError) as error:
                raise NoSample(f"{ref} leads nowhere") from error
        return here

    def sample(self, schema: Any, depth: int = 0) -> Any:
        """A value that fits: an example where there is one, else as little as will do."""
        found = self._merged(self.resolved(schema))
        for value in _given(found):
            return value
        for key in ("oneOf", "anyOf"):
            if found.get(key):
                rest = {name: one for name, one in found.items() if name != key}
                chosen: Any = next((o for o in found[key] if not _is_null(o)), {})
                return self.sample({"allOf": [rest, chosen]}, depth)
        return self._typed(found, depth)

    def _merged(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in (*schema.get("allOf", ()), {**schema, "allOf": []}):
            one = self.resolved(part)
            one = self._merged(one) if one.get("allOf") else one
            properties = {**found.get("properties", {}), **(one.get("properties") or {})}
            required = [*found.get("required", ()), *_listed(one.get("required"))]
            found = {**found, **one, "properties": properties, "required": required}
        return found

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        if depth > DEEPEST:
            raise NoSample("a schema without an end")
        match _kind(schema):
            case "object":
                return dict(self._members(schema, depth))
            case "array":
                count = max(1 if depth <= _ALL_UNTIL else 0, schema.get("minItems", 0))
                return [self.sample(schema.get("items", {}), depth + 1) for _ in range(count)]
            case "string" | "file":
                return _text(schema)
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return "x"

    def _members(self, schema: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        for name, one in schema["properties"].items():
            if self.resolved(one).get("readOnly"):
                continue
            if name in schema["required"]:
                yield name, self.sample(one, depth + 1)
            elif depth < _ALL_UNTIL:
                try:
                    yield name, self.sample(one, depth + 1)
                except NoSample:
                    continue


def _given(schema: Mapping[str, Any]) -> Iterator[Any]:
    """The values that the description itself gives, best first, none of another type."""
    listed = schema.get("examples")
    enum = [one for one in _listed(schema.get("enum")) if one is not None]
    if "const" in schema:
        yield schema["const"]
    for value in (schema.get("example"), *_listed(listed)):
        if _fits(value, schema) and (not enum or value in enum):
            yield value
    yield from enum
    if _fits(schema.get("default"), schema):
        yield schema["default"]


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    if isinstance(value, dict | list) or value is None or (schema.get("properties")):
        return False
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    wanted = kinds.get(_kind(schema), ())
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        return False
    return not isinstance(value, str) or _text_fits(value, schema)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _kind(schema: Mapping[str, Any]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        return next((one for one in named if one != "null"), "null")
    if isinstance(named, str):
        return named
    if schema.get("properties"):
        return "object"
    return "array" if "items" in schema else ""


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _text(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    for value in (TEXTS.get(schema.get("format", ""), "abc"), *_TRIED):
        sized = value.ljust(least, "a")[:most]
        if _text_fits(sized, schema):
            return sized
    raise NoSample("a pattern that no usual text fits")


def _text_fits(value: str, schema: Mapping[str, Any]) -> bool:
    pattern = schema.get("pattern")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10_000):
        return False
    try:
        return pattern is None or re.search(pattern, value) is not None
    except re.error:
        return False


def _number(schema: Mapping[str, Any]) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    beyond = schema.get("exclusiveMinimum")
    value = low if low is not None else (high if high is not None and high < 1 else 1)
    if beyond is True:
        value += 1
    elif beyond is not None and beyond is not False:
        value = max(value, beyond + 1)
    step = schema.get("multipleOf") or 1
    value = value if isinstance(value, int) else float(value)
    return step * -(-value // step) if step != 1 and not isinstance(step, float) else value


@dataclass(frozen=True, slots=True)
class Sampled:
    """One operation with a value for everything that can be sent."""

    method: str
    path: str
    parameters: list[tuple[Mapping[str, Any], Any]]
    """Descriptions of parameters and their values."""
    media_type: str = ""
    body: Any = None
    encoding: Mapping[str, Any] = field(default_factory=dict)
    security: list[Mapping[str, Any]] = field(default_factory=list)


def sampled(document: Described, path: str, method: str) -> Sampled:
    """The operation of a path with values. Raises `NoSample`."""
    item = document.resolved(document.root["paths"][path])
    operation = item[method]
    declared = {}
    for place in (*_listed(item.get("parameters")), *_listed(operation.get("parameters"))):
        one = document.resolved(place)
        declared[one.get("name"), one.get("in")] = one
    given = [(one, _of_parameter(document, one)) for one in declared.values()]
    parameters = [(one, value) for one, value in given if one.get("in") != "body"]
    security = operation.get("security", document.root.get("security", []))
    body = next(((one, value) for one, value in given if one.get("in") == "body"), None)
    if body is not None:
        consumed = operation.get("consumes", document.root.get("consumes")) or ["application/json"]
        chosen = next((one for one in consumed if "json" in one), consumed[0])
        return Sampled(method, path, parameters, chosen, body[1], {}, security)
    media_type, content = _content(document.resolved(operation.get("requestBody")))
    value = document.sample(content.get("schema", {})) if media_type else None
    encoding = content.get("encoding", {})
    return Sampled(method, path, parameters, media_type, value, encoding, security)


def _content(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    offered = body.get("content", {})
    for wanted in ("json", "*/*", "urlencoded", "form-data", ""):
        for media_type, content in offered.items():
            if wanted in media_type:
                return media_type, content
    return "", {}


def _of_parameter(document: Described, parameter: Mapping[str, Any]) -> Any:
    content = parameter.get("content")
    schema = next(iter(content.values())).get("schema", {}) if content else parameter.get("schema")
    schema = parameter if schema is None else schema
    example = parameter.get("example", parameter.get("x-example"))
    found = document.resolved(schema)
    if _fits(example, found) and example in (found.get("enum") or [example]):
        return example
    return document.sample(schema)


def target(one: Sampled) -> str:
    """Path and query, by the tables of the specification."""
    path = one.path.partition("#")[0]
    pairs: list[str] = []
    for parameter, value in one.parameters:
        name = parameter["name"]
        if parameter.get("in") == "path":
            path = path.replace(f"{{{name}}}", _in_path(parameter, value))
        elif parameter.get("in") == "query":
            pairs += in_query(parameter, value)
    mark = "&" if "?" in path else "?"
    return path + (mark + "&".join(pairs) if pairs else "")


def _in_path(parameter: Mapping[str, Any], value: Any) -> str:
    style, explode = parameter.get("style", "simple"), parameter.get("explode", False)
    if "content" in parameter:
        return _quoted(json.dumps(value))
    name = parameter["name"]
    if isinstance(value, list):
        texts = [_quoted(text(item)) for item in value]
    elif isinstance(value, dict):
        pairs = [(_quoted(key), _quoted(text(item))) for key, item in value.items()]
        texts = [f"{k}={v}" for k, v in pairs] if explode else [t for pair in pairs for t in pair]
    else:
        texts = [_quoted(text(value))]
    if style == "label":
        return "." + ("." if explode else ",").join(texts)
    if style == "matrix":
        if explode:
            return "".join(
                f";{one}" if isinstance(value, dict) else f";{name}={one}" for one in texts
            )
        return f";{name}={','.join(texts)}"
    return ",".join(texts)


def in_query(parameter: Mapping[str, Any], value: Any) -> list[str]:
    """The `key=value` texts of a query parameter or of a form's field."""
    name = _quoted(parameter["name"])
    old = parameter.get("collectionFormat", "csv") if "schema" not in parameter else None
    style = parameter.get("style", "form")
    explode = parameter.get("explode", style in ("form", "deepObject"))
    if "type" in parameter and "schema" not in parameter:
        explode = old == "multi"
    if "content" in parameter:
        return [f"{name}={_quoted(json.dumps(value))}"]
    if isinstance(value, list):
        texts = [_quoted(text(item)) for item in value if item is not None]
        if explode:
            return [f"{name}={one}" for one in texts]
        olds = {"ssv": "%20", "tsv": "%09", "pipes": "%7C"}
        delimiters = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
        delimiter = delimiters.get(style) or olds.get(old or "", ",")
        return [f"{name}={delimiter.join(texts)}"] if texts else []
    if isinstance(value, dict):
        if style == "deepObject":
            return list(_deep(name, value))
        pairs = [(_quoted(key), _quoted(text(item))) for key, item in value.items()]
        if explode:
            return [f"{key}={one}" for key, one in pairs]
        return [f"{name}={','.join(one for pair in pairs for one in pair)}"] if pairs else []
    return [] if value is None else [f"{name}={_quoted(text(value))}"]


def _deep(name: str, value: Any) -> Iterator[str]:
    below = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in below:
        inner = f"{name}%5B{_quoted(str(key))}%5D"
        if isinstance(one, dict | list):
            yield from _deep(inner, one)
        else:
            yield f"{inner}={_quoted(text(one))}"


def _quoted(value: str) -> str:
    return quote(value, safe="")


def text(value: Any) -> str:
    """A value as it stands in a URL."""
    if isinstance(value, str):
        return value
    return json.dumps(value)


def headers(one: Sampled) -> dict[str, str]:
    """The headers that the parameters make, cookies among them."""
    found: dict[str, str] = {}
    cookies: list[str] = []
    for parameter, value in one.parameters:
        if parameter.get("in") == "header" and parameter["name"].lower() not in NOT_PARAMETERS:
            found[parameter["name"]] = _in_header(parameter, value)
        elif parameter.get("in") == "cookie":
            cookies += in_query(parameter, value)
    return found | ({"Cookie": "; ".join(cookies)} if cookies else {})


def _in_header(parameter: Mapping[str, Any], value: Any) -> str:
    if "content" in parameter:
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(text(item) for item in value)
    if isinstance(value, dict):
        pairs = [(key, text(item)) for key, item in value.items()]
        if parameter.get("explode"):
            return ",".join(f"{key}={item}" for key, item in pairs)
        return ",".join(one for pair in pairs for one in pair)
    return text(value)


def content(one: Sampled) -> tuple[bytes, str] | None:
    """The body and its media type; None when there is none."""
    form = [(p, value) for p, value in one.parameters if p.get("in") == "formData"]
    if form and not any(p.get("type") == "file" for p, _ in form):
        pairs = [pair for p, value in form for pair in in_query(p, value)]
        return "&".join(pairs).encode(), "application/x-www-form-urlencoded"
    if form:
        return _multipart([(p["name"], value) for p, value in form])
    if not one.media_type:
        return None
    if "urlencoded" in one.media_type and isinstance(one.body, dict):
        return "&".join(_fields(one)).encode(), one.media_type
    if "form-data" in one.media_type and isinstance(one.body, dict):
        return _multipart([pair for name in one.body for pair in _part(one, name)])
    if isinstance(one.body, str) and "json" not in one.media_type and "*" not in one.media_type:
        return one.body.encode(), one.media_type
    media_type = "application/json" if "*" in one.media_type else one.media_type
    return json.dumps(one.body).encode(), media_type


def _fields(one: Sampled) -> Iterator[str]:
    for name, value in one.body.items():
        said = {"name": name, "schema": {}, **one.encoding.get(name, {})}
        if isinstance(value, dict) and said.get("style") != "deepObject":
            yield f"{_quoted(name)}={_quoted(json.dumps(value))}"
        else:
            yield from in_query(said, value)


def _part(one: Sampled, name: str) -> Iterator[tuple[str, Any]]:
    """The parts that a field becomes: in its style where it has one, else as it is."""
    said = one.encoding.get(name, {})
    if "style" not in said:
        yield name, one.body[name]
        return
    for pair in in_query({"name": name, "schema": {}, **said}, one.body[name]):
        key, _, value = pair.partition("=")
        yield unquote(key), unquote(value)


def _multipart(fields: list[tuple[str, Any]]) -> tuple[bytes, str]:
    flat = [(n, item) for n, one in fields for item in (one if isinstance(one, list) else [one])]
    lines = "".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text(value)}\r\n'
        for name, value in flat
    )
    return f"{lines}--xyz--\r\n".encode(), "multipart/form-data; boundary=xyz"
