"""What the pages cost at one size of the company, as a multiple of what they cost at another.

`python -m bench.growth 100000 1000000` compares the last runs of `make bench` at both sizes. It
measures nothing and judges nothing: it prints.
"""

from __future__ import annotations

import sys

from bench.figures import Figures, Run, columns

# A full page of a list, and one without a row: of the back office, and of the API.
_LISTS = {
    "jobs, ": ("jobs, first page", "jobs, search two letters"),
    "API jobs, ": ("API jobs, first page", "API jobs, search what is nowhere"),
}


def table(small: Run, large: Run) -> str:
    """Page by page, the dearest growth first: processor time of web server and database.

    What grows is compared at equal rows: where the larger company fills a page that the smaller
    one does not, the smaller one's cost is raised by what as many rows more cost there.
    """
    before = {(figure.person, figure.page): figure for figure in small.figures}
    after = {(figure.person, figure.page): figure for figure in large.figures}
    pairs = [
        (before[key], after[key], expected(before, before[key], after[key]))
        for key in before
        if key in after
    ]
    pairs.sort(key=lambda pair: -pair[1].cost / pair[2])
    head = ["who", "page", f"ms at {small.jobs}", "rows", f"ms at {large.jobs}", "rows"]
    lines = [
        [
            *(one.person, one.page),
            *(f"{one.cost:.1f}", str(one.rows), f"{two.cost:.1f}", str(two.rows)),
            *(f"{two.cost / one.cost:.2f}", f"{two.cost / wanted:.2f}"),
            *(f"{figure.database:.2f}" for figure in (one, two)),
        ]
        for one, two, wanted in pairs
    ]
    return columns([[*head, "×", "× at equal rows", "db", "db"], *lines])


def expected(before: dict[tuple[str, str], Figures], small: Figures, large: Figures) -> float:
    """What the page would cost at the smaller size, in ms, with the rows that it has now."""
    lists = next((lists for words, lists in _LISTS.items() if small.page.startswith(words)), None)
    if lists is None:
        return small.cost
    full, empty = (before.get((small.person, page)) for page in lists)
    if not full or not empty or full.rows == empty.rows:
        return small.cost
    a_row = (full.cost - empty.cost) / (full.rows - empty.rows)
    return small.cost + a_row * (large.rows - small.rows)


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]] or [100_000, 1_000_000]
    sys.stdout.write(table(*(Run.read(size) for size in sizes)) + "\n")
