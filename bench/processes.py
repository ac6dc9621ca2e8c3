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
    return sum(_seconds(pid) for pid in pids)


def peak_megabytes(pids: Iterable[int]) -> float:
    """The most memory that each has had, together, in MB (10⁶ bytes)."""
    return sum(_kilobytes(pid, "status", "VmHWM:") for pid in pids) * 1024 / 1e6


def shared_megabytes(pids: Iterable[int]) -> float:
    """The memory they have now, together, in MB: what some of them share counts once (PSS)."""
    return sum(_kilobytes(pid, "smaps_rollup", "Pss:") for pid in pids) * 1024 / 1e6


def resident_megabytes(pids: Iterable[int]) -> float:
    """The memory that each has now, together, in MB: what they share counts for each (RSS)."""
    return sum(_kilobytes(pid, "smaps_rollup", "Rss:") for pid in pids) * 1024 / 1e6


def _fields(folder: Path) -> list[str]:
    # The name of the program, in brackets, can hold blanks.
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # It has ended.


def _parent(folder: Path) -> int:
    return int(fields[1]) if (fields := _fields(folder)) else 0


def _seconds(pid: int) -> float:
    folder = _PROC / str(pid)
    try:
        # To the nanosecond, but of one thread alone: as a backend of the database is.
        if len(list((folder / "task").iterdir())) == 1:
            return int((folder / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        pass  # It has ended, or this system does not say.
    fields = _fields(folder)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _kilobytes(pid: int, file: str, name: str) -> int:
    lines = (_PROC / str(pid) / file).read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
