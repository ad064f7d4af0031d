"""`/metrics`: what the gateway knows of itself, read when it is asked for, as Prometheus wants it.

Requests pay nothing for it: whatever is told stands in the snapshot anyway.
"""

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.discovery import Finding
from app.snapshot import Snapshot
from app.status import State
from app.version import VERSION


def metrics(current: Callable[[], Snapshot]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint: the metrics of the snapshot served then, in the format that is asked for."""
    registry = CollectorRegistry()
    registry.register(_Snapshots(current))

    async def endpoint(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": media_type})

    return endpoint


class _Snapshots(Collector):
    """The snapshot of the moment as metrics."""

    def __init__(self, current: Callable[[], Snapshot]) -> None:
        self._current = current

    def collect(self) -> Iterator[Metric]:
        """All metrics there are."""
        snapshot = self._current()
        yield InfoMetricFamily("splice_build", "The gateway itself.", {"version": VERSION})
        yield from _upstreams(snapshot.findings)
        yield _operations(snapshot)


def _upstreams(findings: Mapping[str, Finding]) -> Iterator[Metric]:
    """How every upstream stands."""
    states = GaugeMetricFamily(
        "splice_upstream_state",
        "1 for the state that an upstream is in, 0 for the others.",
        labels=("upstream", "kind", "state"),
    )
    functions = GaugeMetricFamily(
        "splice_upstream_functions", "How many functions it offers.", labels=("upstream",)
    )
    refreshed = GaugeMetricFamily(
        "splice_upstream_refreshed_timestamp_seconds",
        "When the catalog that is served was last discovered.",
        labels=("upstream",),
    )
    held = GaugeMetricFamily(
        "splice_upstream_held_changes",
        "How many changes that would break clients are held back.",
        labels=("upstream",),
    )
    for name, finding in findings.items():
        for state in State:
            labels = (name, finding.upstream.kind, str(state.value))
            states.add_metric(labels, float(finding.state is state))
        functions.add_metric((name,), finding.functions)
        held.add_metric((name,), len(finding.held))
        if finding.refreshed_at is not None:
            refreshed.add_metric((name,), finding.refreshed_at.timestamp())
    return iter((states, functions, refreshed, held))


def _operations(snapshot: Snapshot) -> Metric:
    """How operations were answered, by this process."""
    counted = CounterMetricFamily(
        "splice_operations",
        "GraphQL operations by how they were answered: `planned`, or why by no plan.",
        labels=("path", "worker"),
    )
    for one in snapshot.paths():
        counted.add_metric((one.reason, str(os.getpid())), one.count)
    return counted
