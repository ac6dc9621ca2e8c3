"""When jobs take place: in order, and in words."""

from __future__ import annotations

from datetime import date, time

import pytest

from operations.models import Job
from operations.schedule import NEXT_FIRST, next_first, week, when_text
from people.models import User
from tests.conftest import SetRegion
from tests.factories import make_job

DAY, NEXT_DAY = date(2026, 3, 9), date(2026, 3, 10)
NINE, TEN = time(9), time(10)


@pytest.mark.django_db
def test_what_is_sorted_here_stands_as_the_database_has_it(sales: User) -> None:
    plans = [(None, None), (NEXT_DAY, NINE), (DAY, None), (DAY, TEN), (DAY, NINE), (DAY, NINE)]
    for day, start in plans:
        end = time(11) if start else None
        make_job(owner=sales, scheduled_date=day, start_time=start, end_time=end)
    keys = Job.objects.order_by("pk").values_list("scheduled_date", "start_time", "pk")
    in_order = [key for _day, _start, key in sorted(keys, key=lambda key: next_first(*key))]
    assert in_order == list(Job.objects.order_by(*NEXT_FIRST).values_list("pk", flat=True))
    first = in_order[0]
    assert in_order == [first, first + 1, first - 1, first - 2, first - 3, first - 4]


@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 3, 12), date(2026, 3, 15)])
def test_a_week_goes_from_monday_to_sunday(day: date) -> None:
    assert week(day) == (date(2026, 3, 9), date(2026, 3, 15))


def test_a_week_begins_on_sunday_where_the_region_has_it_so(set_region: SetRegion) -> None:
    set_region("en-US")
    weeks = [week(date(2026, 3, day)) for day in (8, 9, 14)]
    assert weeks == [(date(2026, 3, 8), date(2026, 3, 14))] * 3


@pytest.mark.parametrize(
    ("day", "start", "end", "text"),
    [
        (None, None, None, "unscheduled"),
        (DAY, None, None, "Mon 9 Mar 2026"),
        (DAY, NINE, TEN, "Mon 9 Mar 2026, 09:00–10:00"),
    ],
)
def test_when_a_job_takes_place_is_said_in_a_few_letters(
    day: date | None, start: time | None, end: time | None, text: str
) -> None:
    assert when_text(day, start, end) == text
