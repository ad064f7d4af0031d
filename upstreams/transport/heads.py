"""The heads of answers, told apart from what follows them, within limits."""

from upstreams.errors import Malformed

MAX_HEAD = 256 * 1024
"""Bytes."""
MAX_LINE = 64 * 1024
"""Bytes."""
MAX_FIELDS = 512

_SMALL = 4 * MAX_FIELDS
"""Bytes up to which a head cannot be beyond any limit."""

_BEGIN = b"HTTP/1."
_END = b"\r\n\r\n"


class Heads:
    """The heads that come over one connection."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = bytearray()

    @property
    def have_begun(self) -> bool:
        """Whether some of a head has come."""
        return bool(self._begun)

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """The next head with the empty line that ends it, and what follows it.

        Both are empty as long as its end has not come. Raises `Malformed`.
        """
        end = data.find(_END) + len(_END)
        if self._begun or end < len(_END):
            return self._joined(data)
        head = data[:end]
        if end > _SMALL or not head.startswith(_BEGIN):
            _check(head)
        return head, data[end:]

    def _joined(self, data: bytes) -> tuple[bytes, bytes]:
        """The same where a head comes in pieces."""
        whole = self._begun
        searched = max(0, len(whole) - len(_END) + 1)
        whole += data
        end = whole.find(_END, searched)
        if end < 0:
            _check_begun(whole)
            return b"", b""
        end += len(_END)
        head = bytes(whole[:end])
        _check(head)
        self._begun = bytearray()
        return head, bytes(whole[end:])


def _check_begun(head: bytes | bytearray) -> None:
    if not head.startswith(_BEGIN[: len(head)]):
        raise Malformed("the answer is not HTTP as we know it")
    if len(head) > MAX_HEAD:
        raise Malformed(f"the head of the answer is larger than {MAX_HEAD} bytes")


def _check(head: bytes) -> None:
    _check_begun(head)
    if head.count(b"\r\n") > MAX_FIELDS + 2:
        raise Malformed(f"the answer has more than {MAX_FIELDS} headers")
    if len(head) > MAX_LINE and max(map(len, head.split(b"\r\n"))) > MAX_LINE:
        raise Malformed(f"a header of the answer is larger than {MAX_LINE} bytes")
