"""How many calls a join makes for one answer, where each object has a call of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schema.join import Join
from schema.request import Request
from schema.taking import Arguments


@dataclass(slots=True)
class Tally:
    """The calls that one join makes for one answer, of which there is a limit."""

    _most: int
    _unread: list[Arguments] = field(default_factory=list)
    """Some of which may be equal: they are looked at once there could be too many."""
    _known: set[str] = field(default_factory=set)

    def takes_all(self, calls: Sequence[Arguments]) -> bool:
        """Whether all may be made, even if no two are equal; where not, none of them is counted."""
        fits = len(self._unread) + len(self._known) + len(calls) <= self._most
        if fits:
            self._unread += calls
        return fits

    def takes(self, arguments: Arguments) -> bool:
        """Whether the call may be made: there is room for it, or it is one of those made."""
        if self.takes_all((arguments,)):
            return True
        self._known.update(map(repr, self._unread))
        self._unread.clear()
        said = repr(arguments)
        if said not in self._known and len(self._known) >= self._most:
            return False
        self._known.add(said)
        return True


def tally_of(request: Request, join: Join, since: str) -> Tally:
    """The one tally of a request for a join; of a mutation, for each root field (`since`)."""
    identity = (Tally, id(join), since)
    tally: Tally | None = request.joining.get(identity)
    if tally is None:
        tally = request.joining[identity] = Tally(join.max_calls)
    return tally
