"""Pure: whether a method reads or writes."""

import re

from google.protobuf.descriptor import MethodDescriptor

from upstreams.grpc.options import told_effect
from upstreams.model import Effect

_READS = re.compile(r"([Gg]et|[Ll]ist|[Ss]earch|[Bb]atchGet|[Ll]ookup)(?![a-z])")
"""The verbs of methods that read by AIP-131, 132, 231 and by custom."""
_WATCHES = re.compile(r"([Ss]ubscribe|[Ww]atch)(?![a-z])")
"""The verbs of streams that only tell what happens."""


def effect(method: MethodDescriptor) -> Effect:
    """What the description says, and where it says nothing, what the method's name does."""
    if told := told_effect(method):
        return told
    watches = method.server_streaming and _WATCHES.match(method.name)
    return Effect.READ if watches or _READS.match(method.name) else Effect.WRITE
