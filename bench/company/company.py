"""The big company: how big, and all that happens there, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bench.company.days import Days
from bench.company.dice import Dice
from bench.company.places import Customers, Stock
from bench.company.plot import Plot
from bench.company.staff import Staff
from bench.company.tables import Book

_SEED = 20_260
# How many rows of the others, or jobs, are told before they are written.
_BATCH = 500


@dataclass(frozen=True)
class Size:
    """How many of what. Customers grow with the jobs, up to what 300 technicians can know."""

    jobs: int
    technicians: int = 300
    agents: int = 40
    admins: int = 4
    equipment: int = 5000
    days: int = 3 * 365

    @property
    def customers(self) -> int:
        """One for 25 jobs, 20,000 at most; each second one has two sites."""
        return min(max(self.jobs // 25, 10), 20_000)


class Company:
    """All that happened there up to a day. Its rows go into the book, part by part."""

    def __init__(self, size: Size, *, today: date, password: str = "") -> None:
        """`password` is the hash of what the known people sign in with; empty: nobody can."""
        self.size = size
        self.book = Book()
        self._days = Days(today, size.days)
        self._dice = Dice(_SEED)
        world = (self.book, self._days, self._dice)
        self._staff = Staff(*world, password=password)
        self._customers = Customers(*world, self._staff)
        self._stock = Stock(*world, self._staff)
        self._plot = Plot(*world, staff=self._staff, customers=self._customers, stock=self._stock)

    def tell(self) -> Iterator[int]:
        """After each part, with the jobs told so far, the book can be written and emptied."""
        size = self.size
        self._staff.hire(admins=size.admins, agents=size.agents, technicians=size.technicians)
        for number in range(size.customers):
            self._customers.add()
            if number % _BATCH == 0:
                yield 0
        for _number in range(size.equipment):
            self._stock.add()
        for number in range(size.jobs):
            self._plot.tell(self._days.entry((number + self._dice.share()) / size.jobs))
            if (number + 1) % _BATCH == 0 or number + 1 == size.jobs:
                yield number + 1
