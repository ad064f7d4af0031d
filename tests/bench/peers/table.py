"""The results as Markdown: a table for each query, and how far the aims are reached."""

from collections.abc import Iterable, Iterator, Mapping

from tests.bench.peers.aims import AIMS
from tests.bench.peers.records import MANY, Answering, Figures, Results, Start

OURS = "splice"

TITLES: Mapping[str, str] = {
    "Q1": "a hundred posts, each with its user",
    "Q2": "the titles of a hundred posts",
    "Q3": "one post",
    "Q4": "a gRPC call",
    "Q5": "a SOAP call",
    "Q6": "pass-through of 196 bytes",
    "Q6L": "pass-through of 26 kB",
}

_COLUMNS = (
    *("req/s, 1 connection", f"req/s, {MANY}", f"p50 ms, {MANY}", f"p99 ms, {MANY}"),
    *("CPU s per 1,000", "memory MB", "upstream requests"),
    *("Splice's rate over it", "Splice's CPU over it"),
)


def markdown(results: Results, starts: Iterable[Start] = ()) -> Iterator[str]:
    """Line by line."""
    for query in (one for one in TITLES if any(cell[0] == one for cell in results)):
        yield from ("", f"### {query}: {TITLES[query]}", "")
        yield from _table(("peer", *_COLUMNS), _rows(query, results))
    yield from ("", "### From the start to the first answer", "")
    yield from _table(("peer", "seconds", "CPU s", "memory MB"), _starts(starts))
    yield from ("", "### Aims", "")
    yield from _table(("aim", "wanted", "measured", ""), _aims(results))


def _rows(query: str, results: Results) -> Iterator[list[str]]:
    """The fastest first."""
    rows = [(peer, one) for (asked, peer), one in results.items() if asked == query]
    ours = results.get((query, OURS))
    for peer, answering in sorted(rows, key=lambda row: -row[1].many.rate):
        yield [_named(peer, answering), *_figures(answering), *_beside(ours, answering)]


def _named(peer: str, answering: Answering) -> str:
    failed = f" ({answering.bad} answers failed)" if answering.bad else ""
    return f"**{peer}**{failed}" if peer == OURS else f"{peer}{failed}"


def _figures(answering: Answering) -> Iterator[str]:
    many = answering.many
    yield from (_rate(answering.one), _rate(many), number(many.p50), number(many.p99))
    yield from (f"{many.cpu:.3f}", number(answering.memory))
    yield "-" if answering.calls is None else str(answering.calls)


def _rate(figures: Figures) -> str:
    return f"{'~' if figures.disturbed else ''}{number(figures.rate)}"


def _beside(ours: Answering | None, other: Answering) -> tuple[str, str]:
    if ours is None or ours is other:
        return "", ""
    return (
        f"{number(ours.many.rate / other.many.rate)}x",
        f"{number(ours.many.cpu / other.many.cpu)}x",
    )


def _starts(starts: Iterable[Start]) -> Iterator[list[str]]:
    for one in sorted(starts, key=lambda start: start.first_query_s):
        yield [one.peer, *map(number, (one.first_query_s, one.cpu_s, one.rss_mb))]


def _aims(results: Results) -> Iterator[list[str]]:
    for aim in AIMS:
        measured = aim.measured(results)
        if measured is None:
            yield [aim.name, aim.wanted, "", "not measured"]
        else:
            reached = "reached" if aim.is_reached(measured) else "**behind**"
            yield [aim.name, aim.wanted, f"{number(measured)}{aim.unit}", reached]


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    header = tuple(header)
    yield _line(header)
    yield _line(("---", *("--:" for _ in header[1:])))
    yield from map(_line, rows)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def number(value: float) -> str:
    """With as many digits as mean something: `12,345`, `67.8`, `0.91`."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"
