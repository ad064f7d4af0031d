"""Security schemes, what each function requires of them, and what the settings lack."""

from collections import Counter
from collections.abc import Iterator, Mapping

from upstreams.errors import DiscoveryError
from upstreams.json_schema import Place, Unresolved
from upstreams.model import Remark
from upstreams.openapi.model import (
    Binding,
    Guard,
    Need,
    OpenApiCatalog,
    Scheme,
    Settings,
    Where,
)
from upstreams.openapi.translate.operations import Operation, Scene

_HTTP = {"basic": Guard.BASIC, "bearer": Guard.BEARER}
_WHERE = {"header": Where.HEADER, "query": Where.QUERY, "cookie": Where.COOKIE}


def schemes(scene: Scene) -> Iterator[Scheme]:
    """The ways to prove who calls that the description knows."""
    root = scene.documents.start
    for place in (root.child("components", "securitySchemes"), root.child("securityDefinitions")):
        for name, one in place.children():
            try:
                yield _scheme(name, scene.documents.resolve(one))
            except Unresolved as error:
                scene.types.assume(error.at, error.reason)


def _scheme(name: str, place: Place) -> Scheme:
    match place.text("type"):
        case "apiKey":
            where = _WHERE.get(place.text("in"), Where.HEADER)
            return Scheme(name, Guard.API_KEY, where, place.text("name"))
        case "basic":
            return Scheme(name, Guard.BASIC)
        case "http":
            return Scheme(name, _HTTP.get(place.text("scheme").lower(), Guard.OTHER))
        case "oauth2":
            return Scheme(name, Guard.BEARER, token_url=_token_url(place))
        case "openIdConnect":
            return Scheme(name, Guard.BEARER)
        case "mutualTLS":
            return Scheme(name, Guard.MUTUAL_TLS)
        case _:
            return Scheme(name, Guard.OTHER)


def _token_url(place: Place) -> str:
    """Where client credentials are exchanged: in 2.0 that flow is called `application`."""
    if place.text("flow") == "application":
        return place.text("tokenUrl")
    return place.child("flows", "clientCredentials").text("tokenUrl")


def needs(scene: Scene, operation: Operation) -> tuple[tuple[Need, ...], ...]:
    """What an operation requires: its own say, or the document's."""
    owner = operation.place if "security" in operation.place.members else scene.documents.start
    return tuple(
        tuple(_need(name, scopes) for name, scopes in alternative.children())
        for alternative in owner.child("security").elements()
    )


def _need(name: str, scopes: Place) -> Need:
    return Need(name, tuple(one.value for one in scopes.elements() if isinstance(one.value, str)))


def remarks(catalog: OpenApiCatalog, settings: Settings) -> Iterator[Remark]:
    """What the settings lack, or have too much of, for the schemes of a catalog."""
    known = {one.name: one for one in catalog.wire.schemes}
    for name, credential in settings.auth.items():
        if name not in known:
            yield Remark("setting auth", f"no security scheme is called {name!r}; it is never sent")
        elif not known[name].takes(credential):
            yield Remark("setting auth", f"{name!r} is a scheme of another sort; it is never sent")
    for name, count in _lacking(catalog, known, settings).items():
        wanting = "1 function requires" if count == 1 else f"{count} functions require"
        yield Remark("auth", f"no credential for {name!r}, which {wanting}")


def check(catalog: OpenApiCatalog, settings: Settings) -> None:
    """Raises `DiscoveryError` where a client's secret would go to whatever host is described."""
    for scheme in catalog.wire.schemes:
        credential = settings.auth.get(scheme.name)
        if credential is None or credential.client_id is None or not scheme.takes(credential):
            continue
        try:
            scheme.endpoint(credential, settings.url or catalog.url)
        except ValueError as error:
            raise DiscoveryError(str(error), at=f"auth.{scheme.name}") from error


def _lacking(
    catalog: OpenApiCatalog, known: Mapping[str, Scheme], settings: Settings
) -> Counter[str]:
    """How many functions lack each scheme: those that have no alternative without it."""
    ready = {name for name, scheme in known.items() if _ready(scheme, settings)}
    found: Counter[str] = Counter()
    for function in catalog.functions:
        binding: Binding = function.binding
        wanted = [{need.scheme for need in one} - ready for one in binding.security]
        if wanted and all(wanted):
            found.update(sorted(wanted, key=len)[0])
    return found


def _ready(scheme: Scheme, settings: Settings) -> bool:
    credential = settings.auth.get(scheme.name)
    if credential is not None and scheme.takes(credential):
        return True
    carrier = {Where.HEADER: scheme.parameter.lower(), Where.COOKIE: "cookie"}.get(scheme.where)
    carried = {name.lower() for name in (*settings.headers, *settings.forward)}
    return scheme.guard is not Guard.MUTUAL_TLS and carrier in carried
