"""What an edit of a job must keep, field by field; each error names its field and the mend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.database.compiled import Compiled
from core.text.days import check_day
from core.text.typed import searchable
from operations.models import job_words
from operations.models.customer import Customer, Site
from operations.schedule import END_BEFORE_START
from people.models import User

Errors = dict[str, Any]

# Work can be recorded afterwards, so such a day is taken, and pointed out before and after.
DAY_HAS_PASSED = gettext_lazy("That day has passed: the job is overdue at once.")


def schedule_errors(
    day: date | None, start: time | None, end: time | None, *, former: date | None
) -> Errors:
    """A valid day; both times or neither, in their order. The former day may stay as it is."""
    if day and day != former:
        try:
            check_day(day)
        except ValidationError as error:
            return {"scheduled_date": error}
    if (start is None) != (end is None):
        missing = "start_time" if start is None else "end_time"
        return {missing: _("Give both times or neither.")}
    if start and end and end <= start:
        return {"end_time": str(END_BEFORE_START)}
    return {}


def place_errors(customer: Customer | None, site: Site | None, *, customer_id: int) -> Errors:
    """Only an active customer can be newly named (rule R5), and only a site of theirs."""
    if customer and not customer.is_active:
        message = _("%(name)s is not active. Choose another customer.")
        return {"customer": message % {"name": customer}}
    if site and site.customer_id != customer_id:
        return {"site": _("This is not a site of the customer. Choose one of theirs, or none.")}
    return {}


class Eligible:
    """Who of these people can do what on jobs, by the name of the field: read for many at once."""

    def __init__(self, keys: Collection[int]) -> None:
        self.keys = {
            field: {pk for (pk,) in asked.rows(keys)} if keys else set()
            for field, asked in _ELIGIBLE_OF_THESE.items()
        }

    def are(self, field: str, pk: int) -> bool:
        """Can this person be named in the field?"""
        return pk in self.keys[field]


NAMING = ("assigned_to", "owner")


def eligible() -> dict[str, Any]:
    """Who can be named, by the field: one of `NAMING`."""
    return {"assigned_to": User.objects.technicians(), "owner": User.objects.owners()}


def _eligible_of_these(field: str) -> Compiled[User]:
    return Compiled(
        lambda keys: eligible()[field].filter(pk__among=keys).order_by().values_list("pk")
    )


_ELIGIBLE_OF_THESE = {field: _eligible_of_these(field) for field in NAMING}


def with_eligibility(people: Any, field: str) -> Any:
    """People, each with whether they can be named in a field of a job: no question of its own."""
    those = eligible()[field].filter(pk=OuterRef("pk")).order_by()
    return people.annotate(**{_READ_WITH % field: Exists(those)})


_READ_WITH = "eligible_as_%s"


def _is_eligible(field: str, pk: int, person: Any) -> bool:
    answer: bool | None = getattr(person, _READ_WITH % field, None)
    return eligible()[field].filter(pk=pk).exists() if answer is None else answer


def people_errors(
    named: Mapping[str, int], by: User | None, known: Eligible | None, people: Mapping[str, Any]
) -> Errors:
    """Only an active technician can be newly assigned, and only an owner named (rule R5).

    Whether `by` can own a job is known without a question, and so is what was read before, of many
    or with the `people` that are named, by field.
    """
    if by is not None and named.get("owner") == by.pk and by.is_owner:
        named = {field: pk for field, pk in named.items() if field != "owner"}
    return {
        field: _cannot(field)
        for field, pk in named.items()
        if not (known.are(field, pk) if known else _is_eligible(field, pk, people.get(field)))
    }


def _cannot(field: str) -> str:
    if field == "owner":
        return _("Only an active sales agent or Admin can own a job.")
    return _("A job can only be assigned to an active technician.")


def words(
    number: str, title: str, customer: Customer, site: Site | None, technician: User | None
) -> str:
    """What a job is found by."""
    people = [technician.name, technician.username] if technician else []
    texts = (number, title, customer.name, site.name if site else "", *people)
    return job_words.shortened(searchable(*texts))
