"""The customers of the big company with their sites, and its equipment."""

from __future__ import annotations

from datetime import datetime, timedelta

from bench.company import words
from bench.company.days import Days
from bench.company.dice import Dice
from bench.company.staff import Staff
from bench.company.tables import Book
from operations.models import Customer, Equipment, Site

# Every so many customers one has a name with a word of its own; the others share theirs.
_OWN_WORDS = 5


class Customers:
    """Whom the work is for, and where."""

    def __init__(self, book: Book, days: Days, dice: Dice, staff: Staff) -> None:
        self._book, self._days, self._dice, self._staff = book, days, dice, staff
        self._begin = days.at(days.first, 7.2)
        self.all: list[tuple[Customer, list[Site]]] = []

    def add(self) -> None:
        """One more, with a site or two."""
        number = len(self.all)
        customer = self._customer(number)
        by = self._staff.importing(self._staff.admin)
        self._book.customers.record(customer, "+", at=self._begin, by=by)
        if self._dice.chance(0.1):
            self._change(customer)
        self._book.customers.keep(customer)
        sites = [self._site(customer, n) for n in range(1 + number % 2)]
        for site in sites:
            self._book.sites.record(site, "+", at=self._begin, by=by)
            self._book.sites.keep(site)
        self.all.append((customer, sites))

    def _customer(self, number: int) -> Customer:
        last, trades, forms = words.LAST_NAMES, words.TRADES, words.FORMS
        # The lengths have no common divisor, so each name comes once.
        name = [words_[number % len(words_)] for words_ in (last, trades, forms)]
        if number % _OWN_WORDS == 0:
            name[0] = _own_word(number)
        contact = f"{self._dice.pick(words.FIRST_NAMES)} {self._dice.pick(last)}"
        return Customer(
            pk=self._book.customers.table.next_id(),
            name=" ".join(name),
            contact_name=contact,
            email=f"office@{name[0].lower()}-{number}.example",
            phone=f"+43 5 {3_000_000 + number * 13}",
        )

    def _change(self, customer: Customer) -> None:
        day = self._days.first + timedelta(days=self._dice.number(1, self._days.count - 1))
        at = self._days.at(day, 9 + 8 * self._dice.share())
        customer.version += 1
        if self._dice.chance(0.2):
            customer.is_active = False
        else:
            customer.phone = f"+43 6 {4_000_000 + self._dice.number(0, 999_999)}"
        self._book.customers.record(customer, "~", at=at, by=self._staff.agent(at))

    def _site(self, customer: Customer, number: int) -> Site:
        street, town = self._dice.pick(words.STREETS), self._dice.pick(words.TOWNS)
        house, zip_code = self._dice.number(1, 120), self._dice.number(1000, 9999)
        return Site(
            pk=self._book.sites.table.next_id(),
            customer=customer,
            name=words.SITES[0] if number == 0 else self._dice.pick(words.SITES[1:]),
            address=f"{street} {house}\n{zip_code} {town}",
            access_notes=self._dice.pick(words.ACCESS) if self._dice.chance(0.3) else "",
        )


def _own_word(number: int) -> str:
    """A word that stands for a number up to 29,790, such as Dormarsal."""
    count = len(words.SYLLABLES)
    places = (number // count**2, number // count, number)
    return "".join(words.SYLLABLES[place % count] for place in places).capitalize()


class Stock:
    """What tasks need."""

    def __init__(self, book: Book, days: Days, dice: Dice, staff: Staff) -> None:
        self._book, self._days, self._dice, self._staff = book, days, dice, staff
        self._begin = days.at(days.first, 7.4)
        self._ids: list[int] = []
        self._retired: dict[int, datetime] = {}

    def add(self) -> None:
        """One more item; a few are retired later."""
        item = self._item(len(self._ids))
        by = self._staff.importing(self._staff.admin)
        self._book.equipment.record(item, "+", at=self._begin, by=by)
        if self._dice.chance(0.02):
            self._retire(item)
        self._book.equipment.keep(item)
        self._ids.append(item.pk)

    def draw(self, at: datetime) -> list[int]:
        """What a task entered at this moment requires: nothing, an item or two."""
        if self._dice.chance(0.45):
            return []
        wanted = {self._dice.pick(self._ids) for _ in range(1 + self._dice.chance(0.2))}
        return sorted(pk for pk in wanted if pk not in self._retired or at < self._retired[pk])

    def _item(self, number: int) -> Equipment:
        kinds = tuple(words.EQUIPMENT)
        kind = kinds[number % len(kinds)]
        return Equipment(
            pk=self._book.equipment.table.next_id(),
            name=self._dice.pick(words.EQUIPMENT[kind]),
            kind=kind,
            serial_number=f"{kind[:2].upper()}-{number + 10_001}",
        )

    def _retire(self, item: Equipment) -> None:
        day = self._days.first + timedelta(days=self._dice.number(1, self._days.count - 1))
        at = self._days.at(day, 9 + 8 * self._dice.share())
        self._retired[item.pk] = at
        item.is_active = False
        item.version += 1
        self._book.equipment.record(item, "~", at=at, by=self._staff.admin)
