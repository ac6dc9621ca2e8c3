"""Every table of the page as a file: page, API, CSV and XLSX say the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import number_format
from python_calamine import load_workbook

from core.record import audit
from operations.models import Job
from people.models import User
from reports import words
from reports.pages.tables import TABLES
from tests import acting
from tests.conftest import Sign
from tests.factories import make_equipment, make_job
from tests.reports import company
from tests.reports.company import Staff
from tests.reports.test_job_list import by_chance

pytestmark = pytest.mark.django_db
URL = "/admin/analytics/"
DAY = timedelta(days=1)
Rows = list[list[str]]


@pytest.fixture
def staff(db: None) -> Staff:
    """A company by chance."""
    staff, draw = company.make_staff(), Random(8)  # noqa: S311 (the same each time)
    by_draw = [by_chance(draw) for _ in range(20)]
    company.play([*company.CERTAIN, *by_draw], staff, now=timezone.now())
    for number, job in enumerate(Job.objects.exclude(scheduled_date=None)):
        start, end = f"{8 + number % 3:02}:00", f"{8 + number % 3:02}:30"
        Job.objects.filter(pk=job.pk).update(start_time=start, end_time=end)
    return staff


def queries(staff: Staff) -> Iterator[str]:
    """Periods by days, by weeks, and of a technician alone."""
    today = audit.today()
    yield f"from={today - 25 * DAY}&to={today}"
    yield f"from={today - 200 * DAY}&to={today}"
    yield f"from={today - 90 * DAY}&to={today}&technician={staff.technicians[0].pk}"


def content(browser: Client, table: str, form: str, query: str) -> bytes:
    answer: Any = browser.get(f"{URL}tables/{table}.{form}?{query}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def read_csv(browser: Client, table: str, query: str) -> Rows:
    """The rows of a table, its head first."""
    text = content(browser, table, "csv", query).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read_xlsx(browser: Client, table: str, query: str) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(content(browser, table, "xlsx", query)))
    return [list(row) for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]


def number(text: str) -> str:
    """A number of a file, as the page writes it."""
    return number_format(int(text), force_grouping=True)


def days(text: str) -> timedelta | None:
    return timedelta(days=float(text)) if text else None


def shown(picture: Any) -> Rows:
    return [[mark.text for mark in row.marks] for row in picture.rows]


def as_shown(table: str, rows: Rows) -> Rows:
    """What the page is to say of the rows of a file, without the names of its rows."""
    if table == "time_to_complete":
        return [[words.duration(days(each)) for each in row[-2:]] for row in rows]
    if table == "technicians":
        return [[*map(number, row[2:5]), share(*row[5:])] for row in rows]
    names = {"backlog_age": 1, "customers": 1, "hours": 1}.get(table, 2)
    return [list(map(number, row[names:])) for row in rows]


def share(kept: str, of: str, part: str) -> str:
    if not int(of):
        assert part == ""
        return "–"
    if int(of) < 5:
        assert part == "too few to say"
        return part
    assert float(part) == int(kept) / int(of)
    return words.percent(float(part))


def test_page_and_csv_say_the_same_in_every_table(staff: Staff, admin: User, sign_in: Sign) -> None:
    browser, compared = sign_in(admin), set()
    for query in queries(staff):
        pictures = browser.get(f"{URL}?{query}").context["pictures"]
        for picture in pictures:
            name = picture.chart.name
            head, *rows = read_csv(browser, name, query)
            assert {len(row) for row in rows} <= {len(head)}
            assert as_shown(name, rows) == shown(picture), name
            compared |= {name} if rows else set()
    assert compared == {*TABLES} - {"figures"}


def test_api_and_csv_say_the_same(staff: Staff, admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    for query in queries(staff):
        api = browser.get(f"/api/analytics?{query}").json()
        for column in ("by_status", "by_priority"):
            _head, *rows = read_csv(browser, column, query)
            totals = [sum(int(row[place]) for row in rows) for place in range(2, len(rows[0]))]
            assert totals == list(api[column].values())
        _head, *rows = read_csv(browser, "on_time", query)
        in_time, late = (sum(int(row[place]) for row in rows) for place in (2, 3))
        assert (in_time, in_time + late) == (api["on_time"]["on_time"], api["on_time"]["completed"])
        _head, *rows = read_csv(browser, "backlog_age", query)
        assert [int(row[1]) for row in rows] == [
            each["jobs"] for each in api["backlog_age"]["buckets"]
        ]
        _head, *rows = read_csv(browser, "technicians", query)
        assert [(row[1], *map(int, row[2:5])) for row in rows] == [
            (
                each["user"]["username"],
                each["jobs_completed"],
                each["tasks_completed"],
                each["open_jobs"],
            )
            for each in api["technicians"]
        ]
        _head, *rows = read_csv(browser, "equipment", query)
        assert [(row[1], int(row[2]), int(row[3])) for row in rows] == [
            (each["equipment"]["serial_number"], each["days_in_use"], each["tasks"])
            for each in api["equipment"]
        ]
        check_figures(read_csv(browser, "figures", query), api)


def check_figures(found: Rows, api: dict[str, Any]) -> None:
    """The figures that are one number, as the API has them."""
    head, *rows = found
    assert head[1:4] == ["Number", "Out of", "Share"]
    by_name = {row[0]: row[1:] for row in rows}
    counted = (
        "Jobs entered",
        "Jobs completed",
        "Jobs cancelled",
        "Reopened",
        "Open now",
        "Overdue now",
    )
    assert [int(by_name[name][0]) for name in counted] == list(api["jobs"].values())
    assert by_name["Open now"][6:] == [""] * 6
    for name, rate in (("Completed on time", api["on_time"]), ("Reopen rate", api["reopen_rate"])):
        of, counted_in, part = rate.values()
        assert by_name[name][:2] == [str(counted_in), str(of)]
        if of >= 5:
            assert float(by_name[name][2]) == part
    fixed = api["first_time_fix"]
    assert by_name["First-time fix"][:2] == [str(fixed["fixed"]), str(fixed["completed"])]
    for name, times in (
        ("Time to complete", api["time_to_complete"]),
        ("Time for a task", api["task_cycle_time"]),
    ):
        lines = [times[each] for each in ("mean_seconds", "median_seconds", "p90_seconds")]
        if times["completed"] >= 5:
            assert [float(each) * 86400 for each in by_name[name][3:6]] == pytest.approx(lines)
        assert by_name[name][0] == str(times["completed"])
    assert float(by_name["Age of open jobs"][4]) * 86400 == pytest.approx(
        api["backlog_age"]["median_seconds"], abs=60
    )


def test_a_workbook_holds_the_numbers_of_the_csv_as_numbers(
    staff: Staff, admin: User, sign_in: Sign
) -> None:
    browser, query = sign_in(admin), next(queries(staff))
    for table in TABLES:
        lines, rows = read_csv(browser, table, query), read_xlsx(browser, table, query)
        assert rows[0] == lines[0]
        for line, row in zip(lines[1:], rows[1:], strict=True):
            for text, value in zip(line, row, strict=True):
                if isinstance(value, float):
                    assert float(text) == pytest.approx(value, abs=0.001)
                else:
                    assert (text, type(value)) == (str(value), type(value))
                    assert not text.replace(".", "").isdecimal(), (table, text)


def test_figures_too_few_or_not_ripe_say_so_in_a_file(
    sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    today = audit.today()
    for _each in range(4):
        acting.complete(make_job(owner=sales, assigned_to=tech, scheduled_date=today), by=tech)
    browser, query = sign_in(admin), f"from={today}&to={today}"
    _head, *rows = read_csv(browser, "figures", query)
    by_name = {row[0]: row[1:7] for row in rows}
    few = "too few to say"
    assert by_name["Completed on time"] == ["4", "4", few, "", "", ""]
    assert by_name["Time to complete"] == ["4", "", "", "", few, ""]
    assert by_name["First-time fix"] == ["0", "0", "too recent", "", "", ""]


def test_nothing_of_a_name_is_calculated_in_a_file(tech: User, admin: User, sign_in: Sign) -> None:
    make_equipment(name="=1+1", serial_number="@X")
    query = f"from={audit.today()}&to={audit.today()}"
    browser = sign_in(admin)
    assert read_csv(browser, "equipment", query)[1][:2] == ["'=1+1", "'@X"]
    assert read_xlsx(browser, "equipment", query)[1][:2] == ["=1+1", "@X"]
    assert content(browser, "equipment", "csv", query).startswith(b"\xef\xbb\xbf")


def test_a_file_is_named_by_what_it_holds_and_by_its_days(admin: User, sign_in: Sign) -> None:
    answer = sign_in(admin).get(f"{URL}tables/by_status.xlsx?from=2030-03-01&to=2030-03-31")
    assert answer["Content-Disposition"] == (
        'attachment; filename="analytics-by-status-2030-03-01-to-2030-03-31.xlsx"'
    )
    assert answer["Content-Type"] == (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )


def test_the_page_leads_to_both_files_of_every_table_by_its_very_days(
    sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    when = {"scheduled_date": audit.today(), "start_time": "08:00", "end_time": "09:00"}
    make_job(owner=sales, assigned_to=tech, priority="high", **when)
    make_equipment()
    page = sign_in(admin).get(URL, {"period": "week", "priority": "high"})
    first, last = page.context["question"].period.days
    text = page.content.decode()
    for table in TABLES:
        for form in ("csv", "xlsx"):
            address = f"{URL}tables/{table}.{form}?from={first}&amp;to={last}&amp;priority=high"
            assert (table, f'href="{address}"' in text) == (table, True)


@pytest.mark.parametrize(
    ("address", "status"),
    [("nothing.csv", 404), ("hours.pdf", 404), ("hours.json", 404), ("hours.csv?from=soon", 400)],
)
def test_a_file_that_there_is_not_is_refused(
    address: str, status: int, admin: User, sign_in: Sign
) -> None:
    assert sign_in(admin).get(f"{URL}tables/{address}").status_code == status


def test_files_are_for_admins(sales: User, tech: User, sign_in: Sign) -> None:
    for user in (sales, tech):
        browser = sign_in(user)
        for table in TABLES:
            for form in ("csv", "xlsx"):
                assert browser.get(f"{URL}tables/{table}.{form}").status_code == 403
