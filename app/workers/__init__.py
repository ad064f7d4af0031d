"""Several processes that serve one snapshot: discovered and built once, then shared by forking.

Read in this order: `parent` (what happens when), `scouts` (who discovers), `fleet` (who serves),
`family` (forking, and being told), `scout` and `worker` (what runs in the forked processes),
`channel` and `messages` (what is said between them).

The parent has no event loop, no thread and no connection, and so can fork at any time. Whatever
needs one is done by a process that was forked for it.
"""

from app.workers.parent import NO_FORK, can_fork, serve

__all__ = ["NO_FORK", "can_fork", "serve"]
