"""`python -m tests.bench.peers`: set up, measure, and print Markdown."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from tests import corpora
from tests.bench.peers import __doc__ as about
from tests.bench.peers.harness import GRAPHQL, PASS_THROUGH, PEERS, Harness, Load
from tests.bench.peers.records import Start, read, results, unanswered
from tests.bench.peers.table import markdown

USUAL = "splice,splice-exact,tailcall,hive,apollo,mercurius,envoy,nginx,caddy"


def main() -> None:
    """Progress goes to standard error, the tables to standard output."""
    asked = _arguments()
    file: Path | None = asked.report
    problems: list[str] = []
    if file is None:
        harness = Harness(Path(os.environ.get("PEERS_DIR", corpora.ROOT / ".peers")).resolve())
        file = harness.folder / f"results-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
        problems = [*_measured(harness, asked, file)]
    records = read(file)
    starts = [one for one in records if isinstance(one, Start)]
    problems += unanswered(records)
    lines = (*markdown(results(records), starts), "", *(f"* {one}" for one in problems))
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _arguments() -> argparse.Namespace:
    queries = (*GRAPHQL, *PASS_THROUGH)
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=about)
    parser.add_argument("--peers", type=_among(PEERS), default=USUAL, help=f"default: {USUAL}")
    parser.add_argument("--queries", type=_among(queries), default=",".join(queries))
    parser.add_argument("--secs", type=float, default=5.0, help="how long one run takes")
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts")
    parser.add_argument("--report", type=Path, metavar="FILE", help="only print these results")
    return parser.parse_args()


def _among(known: Iterable[str]) -> Callable[[str], Sequence[str]]:
    """Reads names with commas between them."""

    def names(text: str) -> Sequence[str]:
        given = text.split(",")
        if unknown := set(given).difference(known):
            raise argparse.ArgumentTypeError(
                f"{', '.join(sorted(unknown))}: not among {', '.join(known)}"
            )
        return given

    return names


def _measured(harness: Harness, asked: argparse.Namespace, file: Path) -> Iterator[str]:
    """Fill the file with results. Gives what went wrong on the way."""
    if not corpora.BENCH.is_dir():
        sys.exit("the harness is not here: it lies beside the repository, not in it")
    if not harness.is_set_up:
        harness.set_up()
    load = Load(runs=asked.runs, seconds=asked.secs)
    file.touch()
    with harness.fixtures():
        for peer in asked.peers:
            queries = [one for one in asked.queries if one in PEERS[peer]]
            said = harness.measure(peer, queries, load, file) if queries else ()
            for line in said:
                sys.stderr.write(f"{line}\n")
                if not line.startswith("{"):
                    yield f"{line} ({harness.log(peer)})"


if __name__ == "__main__":
    main()
