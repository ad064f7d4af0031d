"""When upstreams are discovered again."""

import math

from hypothesis import given
from hypothesis import strategies as st

from app.discovery import BACKOFF_MOST_SECONDS, BACKOFF_SECONDS, Pace, backoff

times = st.floats(0, 1e6)


@given(every=st.floats(0.1, 1e5), begun=times, passed=times, later=times)
def test_all_are_due_at_a_time(every: float, begun: float, passed: float, later: float) -> None:
    """Whenever each was found: within a period from then, and at the ends of the same periods."""
    pace = Pace(every, begun)

    due, other = (pace.due(0, begun + seconds) for seconds in (passed, later))

    period = pace.due(0, begun) - begun
    assert every * 0.89 <= period <= every * 1.11
    assert due - (begun + passed) + 1e-6 > 0
    assert due - (begun + passed) <= period * 1.001 + 1e-6
    apart = (due - other) / period
    assert math.isclose(apart, round(apart), abs_tol=1e-2)


def test_never_is_never() -> None:
    """Where nothing is discovered again, but for what failed."""
    pace = Pace(0, 5.0)

    assert pace.due(0, 7.0) == math.inf
    assert 7.0 < pace.due(1, 7.0) <= 7.0 + BACKOFF_SECONDS


@given(failures=st.integers(1, 10_000))
def test_after_failures_it_takes_longer_and_longer(failures: int) -> None:
    """Up to a limit, and never at once."""
    longest = min(BACKOFF_SECONDS * 2.0 ** min(failures - 1, 9), BACKOFF_MOST_SECONDS)

    assert longest / 2 <= backoff(failures) <= longest
