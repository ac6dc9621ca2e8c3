"""What the pages cost at one size of the company, as a multiple of what they cost at another.

`python -m bench.growth 100000 1000000` compares the last runs of `make bench` at both sizes. It
measures nothing and judges nothing: it prints.
"""

from __future__ import annotations

import sys

from bench.figures import Figures, Run, columns


def table(small: Run, large: Run) -> str:
    """Page by page, the dearest growth first: processor time of web server and database.

    A page with more kB shows more rows: it was not full at the smaller size.
    """
    before = {(figure.person, figure.page): figure for figure in small.figures}
    after = {(figure.person, figure.page): figure for figure in large.figures}
    pairs = [(before[key], after[key]) for key in before if key in after]
    pairs.sort(key=lambda pair: -_ratio(*pair))
    head = ["who", "page", f"ms at {small.jobs}", f"{large.jobs}", "×", "db", "db", "kB", "kB"]
    lines = [
        [
            *(one.person, one.page),
            *(f"{_cost(figure):.2f}" for figure in (one, two)),
            f"{_ratio(one, two):.2f}",
            *(f"{figure.database:.2f}" for figure in (one, two)),
            *(f"{figure.size:.0f}" for figure in (one, two)),
        ]
        for one, two in pairs
    ]
    return columns([head, *lines])


def _cost(figure: Figures) -> float:
    return figure.web + figure.database


def _ratio(small: Figures, large: Figures) -> float:
    return _cost(large) / _cost(small)


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]] or [100_000, 1_000_000]
    sys.stdout.write(table(*(Run.read(size) for size in sizes)) + "\n")
