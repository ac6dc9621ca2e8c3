"""What processes have used, by /proc: the time they had a processor for, and their memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    parents = {int(path.name): _parent(path) for path in _PROC.iterdir() if path.name.isdecimal()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def processor_seconds(pids: Iterable[int]) -> float:
    """The time these processes have had a processor for until now, in seconds."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


def peak_megabytes(pids: Iterable[int]) -> float:
    """The most memory that each has had, together, in MB (10⁶ bytes)."""
    return sum(_peak_kilobytes(pid) for pid in pids) * 1024 / 1e6


def _fields(folder: Path) -> list[str]:
    # The name of the program, in brackets, can hold blanks.
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # It has ended.


def _parent(folder: Path) -> int:
    return int(fields[1]) if (fields := _fields(folder)) else 0


def _ticks(pid: int) -> int:
    fields = _fields(_PROC / str(pid))
    return int(fields[11]) + int(fields[12]) if fields else 0


def _peak_kilobytes(pid: int) -> int:
    lines = (_PROC / str(pid) / "status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
