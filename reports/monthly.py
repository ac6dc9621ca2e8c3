"""The figures of a month, by mail, on the first morning of the next: to whoever asked for them.

What somebody reads is computed as the mail leaves, by what they may read then: figures of the
company, or of the jobs that they answer for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.ledger import Notice
from core.notice_preferences import NoticePreferences
from core.outbox.letters import Bundle, Part, part
from core.outbox.posting import News, post
from core.roles import Role
from people.models import User
from reports import figures, words
from reports.counts import jobs_url
from reports.figures import Rate, Times
from reports.pages.addresses import rows_url
from reports.period import Period
from reports.question import Filters, Question

KIND = "monthly_report"
# How many technicians are told of.
MOST = 12


def month_of(day: date) -> Period:
    """The month that a day is in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def month_before(period: Period) -> Period:
    """The month before one."""
    return month_of(period.start - timedelta(days=1))


def tell(*, at: datetime) -> int:
    """Tell whoever wants it of the month that is over at a moment, unless they have been told; how
    many."""
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    month = f"{month_before(month_of(today)).start:%Y-%m}"
    sent = Notice.objects.filter(kind=KIND, occasion=_occasion(month))
    wanting = User.objects.filter(pk__in=NoticePreferences.objects.wanting(KIND).values("person"))
    readers = wanting.filter(
        Q(pk__in=User.objects.active().holding(Role.ADMIN).values("pk"))
        | Q(pk__in=User.objects.active().holding(Role.SALES_AGENT).values("pk"))
    )
    people = readers.exclude(pk__in=sent.values("person")).order_by("pk")
    keys = list(people.values_list("pk", flat=True))
    post((News(key, KIND, _occasion(month), {"month": month}) for key in keys), at=at)
    return len(keys)


def _occasion(month: str) -> str:
    return f"month {month}"


# What the mail says


@dataclass(frozen=True)
class Cell:
    """A number as it is read, what it is counted from, and the page that shows it."""

    text: str
    url: str
    of: str = ""


@dataclass(frozen=True)
class Line:
    """A figure: of the month, and of the month before."""

    title: str | Promise
    now: Cell
    before: Cell


@dataclass(frozen=True)
class Technician:
    """What a technician's jobs came to."""

    name: str
    completed: Cell
    on_time: Cell


@dataclass(frozen=True)
class Month:
    """The figures of a month, of the company or of somebody's own jobs. It is `empty` where no job
    came in or was closed, and `empty_twice` where none did in the month before either."""

    name: str
    before: str
    empty: bool
    empty_twice: bool
    lines: Sequence[Line]
    technicians: Sequence[Technician]
    url: str


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """The figures of each: nothing for who may read none any more, or has none to read."""

    @cache
    def read(filters: Filters, months: tuple[str, ...]) -> Part | None:
        return _part(filters, months, at=at)

    found: list[Part | None] = []
    for bundle in bundles:
        filters = figures.whose(bundle.person)
        months = tuple(sorted({notice.details["month"] for notice in bundle.notices}))
        found.append(read(filters, months) if filters else None)
    return found


def _part(filters: Filters, months: Sequence[str], *, at: datetime) -> Part | None:
    """What is told of these months; None where no job is there to tell of."""
    periods = [month_of(date.fromisoformat(f"{month}-01")) for month in months]
    read = [_month(Question(period, filters, at)) for period in periods]
    now = Question(periods[-1], filters, at)
    opened = figures.jobs(now).open
    if not opened and all(month.empty_twice for month in read):
        return None
    subject = _("Your jobs in %(month)s") if filters.owner else _("%(month)s in figures")
    context = {
        "months": read,
        "open": _count("open", now),
        "overdue": _count("overdue", now),
        "is_own": bool(filters.owner),
    }
    names = {"month": read[-1].name}
    return part(frozenset({KIND}), subject % names, "reports/mail/monthly", context)


def _month(question: Question) -> Month:
    before = question.compared(month_before(question.period))
    empty, empty_before = (_is_empty(each) for each in (question, before))
    is_own = bool(question.filters.owner)
    return Month(
        name=_name(question),
        before=_name(before),
        empty=empty,
        empty_twice=empty and empty_before,
        lines=[
            Line(title, cell(question), cell(before))
            for title, cell, of_company in _FIGURES
            if not (is_own and of_company)
        ],
        technicians=[] if is_own else _technicians(question),
        url=_page("completed", question),
    )


def _is_empty(question: Question) -> bool:
    found = figures.jobs(question)
    return not (found.created or found.completed or found.cancelled)


def _name(question: Question) -> str:
    return date_format(question.period.start, "YEAR_MONTH_FORMAT")


def _technicians(question: Question) -> list[Technician]:
    busy = [load for load in figures.technicians(question) if load.jobs_completed][:MOST]
    return [
        Technician(
            load.person.name,
            _number(load.jobs_completed, _of("completed", question, load.person.pk)),
            _rate(load.on_time, _of("on_time", question, load.person.pk)),
        )
        for load in busy
    ]


# Addresses


def _of(name: str, question: Question, technician: int) -> str:
    return _whole(jobs_url(name, question, assigned_to__id__exact=technician))


def _page(name: str, question: Question) -> str:
    """What shows a figure: the page of all of them, or, of somebody's own, the jobs it counts."""
    if question.filters.owner:
        return _whole(jobs_url(name, question))
    days = {"from": question.period.start, "to": question.period.end}
    return _whole(f"{reverse('admin:analytics')}?{urlencode(days)}")


def _whole(url: str) -> str:
    return f"{settings.SITE_URL}{url}"


# Cells


def _count(name: str, question: Question) -> Cell:
    url = rows_url(name, question) if name == "reopened" else jobs_url(name, question)
    return _number(getattr(figures.jobs(question), name), _whole(url))


def _number(number: int, url: str) -> Cell:
    return Cell(_grouped(number), url)


def _grouped(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def _rate(rate: Rate, url: str) -> Cell:
    names = {"number": _grouped(rate.number), "all": _grouped(rate.of)}
    of = _("%(number)s of %(all)s") % names
    return Cell(words.share(rate), url, of if rate.of else "")


def _first_time_fix(question: Question) -> Cell:
    """Of a month of which it is known: 30 days after its last one."""
    found, url = figures.first_time_fix(question), _page("ripe", question)
    if found.ripe_until >= question.period.end:
        return _rate(found, url)
    return Cell(_("too recent"), url)


def _median(times: Times, url: str) -> Cell:
    median = _("too few to say") if times.is_few else words.duration(times.median)
    of = _("median of %(number)s") % {"number": _grouped(times.completed)}
    return Cell(median, url, of) if times.completed else Cell("–", url)


# Each with whether it is told of the company alone: what it counts has no page for others.
_FIGURES: tuple[tuple[str | Promise, Callable[[Question], Cell], bool], ...] = (
    (gettext_lazy("Jobs entered"), partial(_count, "created"), False),
    (gettext_lazy("Jobs completed"), partial(_count, "completed"), False),
    (gettext_lazy("Jobs cancelled"), partial(_count, "cancelled"), False),
    (gettext_lazy("Reopened"), partial(_count, "reopened"), True),
    (
        gettext_lazy("Completed on time"),
        lambda q: _rate(figures.on_time(q), _page("on_time", q)),
        False,
    ),
    (
        gettext_lazy("Reopen rate"),
        lambda q: _rate(figures.reopen_rate(q), _page("completed", q)),
        True,
    ),
    (gettext_lazy("First-time fix"), _first_time_fix, True),
    (
        gettext_lazy("Time to complete"),
        lambda q: _median(figures.time_to_complete(q), _page("timed", q)),
        False,
    ),
    (
        gettext_lazy("Time for a task"),
        lambda q: _median(figures.task_cycle_time(q), _page("timed", q)),
        True,
    ),
)
