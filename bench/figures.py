"""What was measured, page by page: kept in a file, and printed as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.database import ROOT

CONSTANT, ROW, BARE = "floor: a constant", "floor: one row", "floor: a bare list of jobs"


@dataclass(frozen=True)
class Figures:
    """One page for one person: requests a second, quantiles and processor time a request in ms.

    The processor time is that of the best of some rounds; `size` is in kB, `rows` are the
    lines of its tables, or the results that a call brings.
    """

    person: str
    page: str
    rate: float
    p50: float
    p95: float
    p99: float
    web: float
    database: float
    size: float
    rows: int = 0

    @property
    def cost(self) -> float:
        """The processor time of a request, of web server and database together, in ms."""
        return self.web + self.database


@dataclass(frozen=True)
class Run:
    """All pages at one size of the company, and the peak memory of the web server in MB."""

    jobs: int
    memory: float
    figures: list[Figures]

    @classmethod
    def read(cls, jobs: int) -> Run:
        """The last run at this size."""
        kept = json.loads(_file(jobs).read_text())
        return cls(**kept | {"figures": [Figures(**row) for row in kept["figures"]]})

    def keep(self) -> None:
        """Keep it for a comparison."""
        _file(self.jobs).write_text(json.dumps(asdict(self), indent=1))

    def table(self) -> str:
        """Each page beside the floors: how many times the processor time of each it costs."""
        constant, row, bare = self.figures[:3]
        head = [
            "who",
            "page",
            "kB",
            "req/s",
            "p50",
            "p95",
            "p99",
            "web-ms",
            "db-ms",
            "×constant",
            "×row",
            "×bare list",
        ]
        lines = [
            [
                *(figure.person, figure.page, f"{figure.size:.0f}", f"{figure.rate:.1f}"),
                *(f"{ms:.1f}" for ms in (figure.p50, figure.p95, figure.p99)),
                *(f"{ms:.2f}" for ms in (figure.web, figure.database)),
                f"{figure.web / constant.web:.1f}",
                f"{figure.web / row.web:.1f}",
                f"{figure.web / bare.web:.2f}",
            ]
            for figure in self.figures
        ]
        return f"{columns([head, *lines])}\nPeak memory of the web server: {self.memory:.0f} MB"


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells as columns; the first two are words, the others numbers."""
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n < 2 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _file(jobs: int) -> Path:
    return ROOT / f"var/bench-{jobs}.json"
