"""How much memory a process has held, as Linux counts it."""

from pathlib import Path


def peak(pid: int | str = "self") -> int:
    """The most a process has held since it began its program, in bytes.

    `resource.getrusage` would count what its parent held before.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
