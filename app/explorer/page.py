"""Serving the explorer: one HTML page, and the assets it loads from this server alone."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

STATIC = Path(__file__).parent / "static"
SETTINGS = '<script type="application/json" id="splice">{}</script>'

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        # The editor measures and colours text with styles that it makes itself.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
ASSET_HEADERS = SECURITY_HEADERS | {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
}
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
JSON_ANSWERS = ("application/graphql-response+json", "application/json")

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Splice</title>
<body style="font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto">
<h1>Splice</h1>
<p>The explorer is not built. In the source checkout, run</p>
<pre>python -m app.explorer.build</pre>
<p>and restart the gateway. GraphQL is served without it.</p>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file and its gzip twin. Its name has a hash of its content, so it never changes."""

    file: Path
    media_type: str

    @property
    def compressed(self) -> Path:
        return self.file.with_name(f"{self.file.name}.gz")


class Explorer:
    """The page and its assets. Without `static` the page says how to build them.

    `endpoint` is where the page sends operations, as a link in the page would say it: `graphql` is
    beside the page, also where a proxy serves both under a prefix.
    `default_query` is what a first visit shows.
    """

    def __init__(self, endpoint: str, default_query: str, *, static: Path = STATIC) -> None:
        self._page = _page(static / "index.html", endpoint, default_query)
        self._assets = {asset.file.name: asset for asset in _assets(static / "explorer" / "assets")}

    def routes(self) -> list[Route]:
        """`/` and the assets below `/explorer`."""
        return [Route("/", self.page), Route("/explorer/assets/{name}", self.asset)]

    async def page(self, request: Request) -> Response:
        """The HTML; fit to answer a browser's GET of the endpoint too, beside which it works."""
        if self._page is None:
            return HTMLResponse(NOT_BUILT, status_code=503, headers=SECURITY_HEADERS)
        etag = f'"{hashlib.sha256(self._page).hexdigest()[:32]}"'
        headers = {"cache-control": "no-cache", "etag": etag, "vary": "accept"}
        if _is_held(request, etag):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(self._page, headers=SECURITY_HEADERS | headers)

    async def asset(self, request: Request) -> Response:
        """The asset of that name, compressed where the browser takes it; else 404."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404, headers=SECURITY_HEADERS)
        zipped = _quality(request.headers.get("accept-encoding", ""), "gzip", "*") > 0
        etag = f'"{asset.file.name}{".gz" if zipped else ""}"'
        headers = ASSET_HEADERS | {"etag": etag}
        if _is_held(request, etag):
            return Response(status_code=304, headers=headers)
        if zipped:
            headers |= {"content-encoding": "gzip"}
        file = asset.compressed if zipped else asset.file
        return FileResponse(file, media_type=asset.media_type, headers=headers)


def wants_html(headers: Mapping[str, str]) -> bool:
    """Whether a GET of the endpoint comes from a browser: it likes HTML better than any JSON.

    `headers` has lower-case names, or takes any case. RFC 9110 §12.5.1.
    """
    accept = headers.get("accept", "")
    json_quality = max(_media_quality(accept, media_type) for media_type in JSON_ANSWERS)
    return _media_quality(accept, "text/html") > json_quality


def _page(template: Path, endpoint: str, default_query: str) -> bytes | None:
    """The built page with our settings in it; None where nothing is built."""
    if not template.is_file():
        return None
    settings = json.dumps({"endpoint": endpoint, "defaultQuery": default_query})
    # Inside a script element only `<` can end it or open a comment (HTML §4.12.1.3).
    filled = SETTINGS.replace("{}", settings.replace("<", r"\u003c"))
    return template.read_text(encoding="utf-8").replace(SETTINGS, filled).encode()


def _assets(folder: Path) -> Iterator[Asset]:
    for twin in sorted(folder.glob("*.gz")):
        file = twin.with_suffix("")
        yield Asset(file, MEDIA_TYPES.get(file.suffix, "application/octet-stream"))


def _is_held(request: Request, etag: str) -> bool:
    """Whether the browser says that it has this version (RFC 9110 §13.1.2)."""
    held = request.headers.get("if-none-match", "").split(",")
    return etag in (tag.strip().removeprefix("W/") for tag in held)


def _media_quality(accept: str, media_type: str) -> float:
    return _quality(accept, media_type, f"{media_type.partition('/')[0]}/*", "*/*")


def _quality(accept: str, *names: str) -> float:
    """How welcome the first of `names` that the header mentions is, from 0 to 1; 0 if none is."""
    qualities = dict(_qualities(accept))
    return next((qualities[name] for name in names if name in qualities), 0.0)


def _qualities(accept: str) -> Iterator[tuple[str, float]]:
    """`text/html, */*;q=0.8` -> ("text/html", 1.0), ("*/*", 0.8)."""
    for entry in accept.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        told = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
        yield name, _number(told[0]) if told else 1.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
