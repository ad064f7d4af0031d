"""What the scalars of an API mean, by what specifies them or else by their names."""

from collections.abc import Iterable, Mapping

from upstreams.model import ScalarKind

BUILT_IN = {
    kind.value: kind
    for kind in (
        ScalarKind.STRING,
        ScalarKind.INT,
        ScalarKind.FLOAT,
        ScalarKind.BOOLEAN,
        ScalarKind.ID,
    )
}
"""GraphQL's own (specification §3.5)."""

UPLOAD = "Upload"
"""The scalar of GraphQL multipart requests; nothing else says what a file is."""

_SPECIFIED = {
    "rfc3339": ScalarKind.DATE_TIME,
    "date-time": ScalarKind.DATE_TIME,
    "local-date-time": ScalarKind.LOCAL_DATE_TIME,
    "local-date": ScalarKind.DATE,
    "local-time": ScalarKind.TIME,
    "rfc4122": ScalarKind.UUID,
    "rfc9562": ScalarKind.UUID,
    "rfc3986": ScalarKind.URI,
    "rfc8259": ScalarKind.JSON,
    "rfc4648": ScalarKind.BYTES,
    "uuid": ScalarKind.UUID,
    "url": ScalarKind.URI,
    "long": ScalarKind.LONG,
    "json": ScalarKind.JSON,
}
"""By how the URL of a specification ends, without a fragment or `.html`."""


def _named(kind: ScalarKind, names: str) -> Iterable[tuple[str, ScalarKind]]:
    return ((name, kind) for name in names.split())


_NAMED: Mapping[str, ScalarKind] = dict(
    (
        *((kind.value.lower(), kind) for kind in ScalarKind if kind is not ScalarKind.UPLOAD),
        *_named(ScalarKind.DATE, "localdate iso8601date"),
        *_named(ScalarKind.TIME, "localtime naivetime timetz iso8601time"),
        *_named(ScalarKind.DATE_TIME, "offsetdatetime timestamptz iso8601datetime zoneddatetime"),
        *_named(ScalarKind.LOCAL_DATE_TIME, "naivedatetime"),
        *_named(ScalarKind.DURATION, "iso8601duration"),
        *_named(ScalarKind.UUID, "guid"),
        *_named(ScalarKind.URI, "url"),
        *_named(ScalarKind.EMAIL, "emailaddress"),
        *_named(ScalarKind.LONG, "int64 longint"),
        *_named(ScalarKind.BIG_INT, "biginteger"),
        *_named(ScalarKind.DECIMAL, "bigdecimal numeric"),
        *_named(ScalarKind.BYTES, "base64 base64string"),
        *_named(ScalarKind.JSON, "jsonb jsonobject jsonscalar any _any map object generic"),
        *_named(ScalarKind.INT, "positiveint nonnegativeint negativeint nonpositiveint int32"),
        *_named(ScalarKind.INT, "short byte int16 int8 smallint port"),
        *_named(ScalarKind.FLOAT, "positivefloat nonnegativefloat double float8"),
        *_named(ScalarKind.STRING, "nonemptystring html gitobjectid phonenumber cursor text"),
        *_named(ScalarKind.STRING, "citext varchar countrycode currency hexcolorcode timezone"),
        *_named(ScalarKind.STRING, "locale ipv4 ipv6 ip mac slug markdown _fieldset"),
    )
)
"""By their names in small letters."""


def meaning(name: str, specified_by: str | None) -> ScalarKind | None:
    """What a scalar of the API's own is; None where nobody knows."""
    end = (specified_by or "").partition("#")[0].rstrip("/").rpartition("/")[2].lower()
    return _SPECIFIED.get(end.removesuffix(".html")) or _NAMED.get(name.lower())
