"""The pages whose cost is watched: for whom, and at which address in the database at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from bench.api import READS
from bench.company.staff import KNOWN
from bench.company.words import LAST_NAMES
from core.access import can, visible_to
from core.record import audit
from operations.models import Customer, Equipment, Job
from operations.worklists import WORKLISTS
from people.models import User
from reports.period import PRESETS

PEOPLE = tuple(KNOWN.values())
_OFFICE = ("admin", "sales")


class Visitor:
    """One of the known people, and rows that they see."""

    def __init__(self, username: str) -> None:
        self.user = User.objects.get(username=username)

    @cached_property
    def jobs(self) -> Any:
        """The jobs that they see."""
        return visible_to(self.user, Job.objects.all())

    @cached_property
    def open_job(self) -> Job:
        """One of them to be done."""
        return self._latest(status=Job.Status.PENDING, tasks__isnull=False)

    @cached_property
    def done_job(self) -> Job:
        """One of them that is done."""
        return self._latest(status=Job.Status.COMPLETED, tasks__isnull=False)

    @cached_property
    def technician(self) -> User:
        """Somebody to whom jobs of theirs are assigned."""
        person: User = User.objects.get(username="tech")
        return person

    @cached_property
    def agent(self) -> User:
        """Somebody who owns jobs that they see."""
        person: User = User.objects.get(username="sales")
        return person

    @cached_property
    def customer(self) -> Customer:
        """Whom the latest of them is for: with as many jobs at any size of the company."""
        return self.open_job.customer

    @cached_property
    def rare_customer(self) -> Customer:
        """Whom the latest is for of those with a name of which a word stands nowhere else."""
        names = Customer.objects.values_list("pk", "name")
        rare = [key for key, name in names if name.split()[0] not in LAST_NAMES]
        job: Job = self.jobs.filter(customer__in=rare).latest("pk")
        return job.customer

    @cached_property
    def equipment(self) -> Equipment:
        """What a task of theirs uses."""
        jobs = self.jobs.filter(tasks__equipment__isnull=False)
        return Equipment.objects.filter(tasks__job=jobs.latest("pk"))[0]

    def place_of(self, column: str) -> str:
        """A column of the list of jobs, as the address names it; `-` in front: the last first."""
        model_admin = admin.site._registry[Job]
        # Who may change jobs has a column to choose rows by.
        columns = [*([""] if can(self.user, "change", Job) else []), *model_admin.list_display]
        name = column.removeprefix("-")
        return column.replace(name, str(columns.index(name)))

    def _latest(self, **conditions: Any) -> Job:
        rows = self.jobs.filter(**conditions).select_related("customer").order_by("-pk")
        job: Job = rows[0]
        return job


def cookie(user: User) -> dict[str, str]:
    """The cookie of a browser in which somebody is signed in."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={browser.cookies[name].value}"}


@dataclass(frozen=True)
class Page:
    """A page, for some of the known people."""

    name: str
    address: Callable[[Visitor], str]
    people: tuple[str, ...] = PEOPLE


def _jobs(name: str, query: str, *people: str) -> Page:
    url = "admin:operations_job_changelist"
    return Page(f"jobs, {name}", lambda _visitor: f"{reverse(url)}?{query}", people or PEOPLE)


def _jobs_with(name: str, query: Callable[[Visitor], str], *people: str) -> Page:
    url = "admin:operations_job_changelist"
    return Page(f"jobs, {name}", lambda v: f"{reverse(url)}?{query(v)}", people or PEOPLE)


def _ordered(name: str, column: str, query: str = "", *people: str) -> Page:
    return _jobs_with(name, lambda v: f"{query}&o={v.place_of(column)}", *people)


def _list(model: str, *people: str, query: str = "") -> Page:
    url = f"admin:{model}_changelist"
    name = f"{model.split('_')[1]} list" + (f", {query}" if query else "")
    return Page(name, lambda _visitor: f"{reverse(url)}?{query}", people or PEOPLE)


def _list_with(model: str, name: str, words: Callable[[Visitor], str]) -> Page:
    address = f"admin:{model}_changelist"

    def url(visitor: Visitor) -> str:
        return f"{reverse(address)}?{urlencode({'q': words(visitor)})}"

    return Page(f"{model.split('_')[1]} list, {name}", url, _OFFICE)


def _job(name: str, which: str, view: str, **options: Any) -> Page:
    url = f"admin:operations_job_{view}"
    return Page(name, lambda v: reverse(url, args=[getattr(v, which).pk]), **options)


def _row(name: str, model: str, which: str, view: str = "change", **options: Any) -> Page:
    url = f"admin:{model}_{view}"
    return Page(name, lambda v: reverse(url, args=[getattr(v, which).pk]), **options)


def _choices(model: str, field: str, term: str, *, of: str = "job") -> Page:
    query = f"app_label=operations&model_name={of}&field_name={field}&term={term}"
    url = "admin:autocomplete"
    return Page(f"choices, {field} {term}", lambda _v: f"{reverse(url)}?{query}", _OFFICE)


def _find(words: Callable[[Visitor], str]) -> Callable[[Visitor], str]:
    return lambda v: f"{reverse('admin:search')}?{urlencode({'s': words(v), 'extended': 1})}"


def _log(name: str, query: Callable[[Visitor], str], *people: str) -> Page:
    address = "admin:audit_log"
    return Page(f"audit log, {name}", lambda v: f"{reverse(address)}?{query(v)}", people or PEOPLE)


def _analytics(name: str, query: str) -> Page:
    return _analytics_of(name, lambda _visitor: query)


def _analytics_of(name: str, query: Callable[[Visitor], str]) -> Page:
    address = "admin:analytics"
    return Page(f"analytics, {name}", lambda v: f"{reverse(address)}?{query(v)}", ("admin",))


def _around(*, days: int, ago: int = 0) -> str:
    day = audit.today() - timedelta(days=ago)
    ends = day - timedelta(days=days), day + timedelta(days=days)
    return "scheduled_date_from={}&scheduled_date_to={}".format(*ends)


PAGES = (
    Page("home", lambda _visitor: reverse("admin:index")),
    _jobs("first page", "attention=all"),
    _jobs("page 7", "p=7"),
    _jobs("page 100", "p=100", "admin"),
    _jobs("page 1000", "p=1000", "admin"),
    *(
        _jobs(name.replace("_", " "), f"attention={name}")
        for name in WORKLISTS
        if name not in {"unassigned", "someone"}
    ),
    _jobs("unassigned", "attention=unassigned", *_OFFICE),
    _jobs("needs someone", "attention=someone", "admin"),
    _jobs("completed", "status__exact=completed"),
    _jobs("cancelled", "status__exact=cancelled"),
    _jobs("held", "status__exact=on_hold"),
    _jobs("urgent", "priority__exact=urgent"),
    _jobs("low", "priority__exact=low"),
    _jobs_with("of a technician", lambda v: f"assigned_to__id__exact={v.technician.pk}", *_OFFICE),
    _jobs_with("of an owner", lambda v: f"owner__id__exact={v.agent.pk}", "admin"),
    _jobs_with("of a customer", lambda v: f"customer__id__exact={v.customer.pk}"),
    _jobs_with("a week", lambda _v: _around(days=3)),
    _jobs_with("half a year", lambda _v: _around(days=90)),
    _jobs_with("half a year, before", lambda _v: _around(days=90, ago=700)),
    _jobs_with("open of a week", lambda _v: f"attention=open&{_around(days=3)}"),
    _jobs("completed and urgent", "status__exact=completed&priority__exact=urgent"),
    _jobs("search three letters", "q=pum"),
    _jobs("search two letters", "q=pu"),
    _jobs("search what is nowhere", "q=xyzzy"),
    _jobs_with("search number", lambda v: f"q={v.done_job.number}"),
    _jobs_with("search digits", lambda v: f"q={v.done_job.pk}"),
    _jobs_with("search customer", lambda v: urlencode({"q": v.customer.name})),
    _jobs_with("search rare customer", lambda v: urlencode({"q": v.rare_customer.name})),
    _jobs("search technician", "q=tech"),
    _jobs("search words", "q=boiler+basement"),
    _ordered("by number", "job_number"),
    _ordered("by day", "when"),
    _ordered("by day, last first", "-when"),
    _ordered("by status", "status_badge"),
    _ordered("by status, last first", "-status_badge"),
    _ordered("by priority", "priority_badge"),
    _ordered("by priority, last first", "-priority_badge"),
    _ordered("page 7 by day", "when", "p=7"),
    _ordered("page 100 by day", "when", "p=100", "admin"),
    _ordered("completed by day", "-when", "status__exact=completed"),
    Page("new job", lambda _visitor: reverse("admin:operations_job_add"), _OFFICE),
    _job("job form", "open_job", "change"),
    _job("job form, done", "done_job", "change"),
    _job("job history", "done_job", "history"),
    _list("operations_customer"),
    _list("operations_customer", *_OFFICE, query="q=bak"),
    _list_with("operations_customer", "name", lambda v: v.customer.name),
    _list_with("operations_customer", "phone", lambda v: v.customer.phone.replace(" ", "")),
    _list("operations_site"),
    _list("operations_site", *_OFFICE, query="q=bak"),
    _list("operations_equipment"),
    _list("people_user"),
    _row("customer", "operations_customer", "customer"),
    _row("equipment", "operations_equipment", "equipment"),
    _row("equipment use", "operations_equipment", "equipment", "use"),
    _row("technician", "people_user", "technician"),
    _row("person", "people_user", "user"),
    _choices("operations_job", "customer", ""),
    _choices("operations_job", "customer", "bak"),
    _choices("operations_job", "site", "bak"),
    _choices("operations_job", "assigned_to", "a"),
    _choices("operations_task", "equipment", "van", of="task"),
    Page("find three letters", _find(lambda _v: "pum")),
    Page("find number", _find(lambda v: v.done_job.number)),
    Page("find customer", _find(lambda v: v.customer.name)),
    Page("find what is nowhere", _find(lambda _v: "xyzzy")),
    _log("newest", lambda _v: ""),
    _log("a day long ago", lambda _v: f"until={audit.today() - timedelta(days=500)}"),
    _log("of a person", lambda v: f"person={v.user.pk}"),
    _log("a door", lambda _v: "door=import"),
    _log("tasks", lambda _v: "kind=task"),
    _log("of a job", lambda v: f"kind=job&object={v.done_job.pk}"),
    _log("words", lambda _v: "words=pump"),
)
# Of these, an answer reads as much as it is asked about, from however large a table.
FIGURES = (
    *(_analytics(each.name.replace("_", " "), f"period={each.name}") for each in PRESETS),
    _analytics_of("three years", lambda _v: f"from={audit.today() - timedelta(days=1095)}"),
    _analytics("year, urgent", "period=year&priority=urgent"),
    _analytics_of("year of a technician", lambda v: f"period=year&technician={v.technician.pk}"),
    _analytics_of("year of an owner", lambda v: f"period=year&owner={v.agent.pk}"),
    _analytics_of("year of a customer", lambda v: f"period=year&customer={v.customer.pk}"),
)


def watched() -> Iterator[tuple[str, Page]]:
    """Each page, for each of those who open it."""
    for person in PEOPLE:
        for page in (*PAGES, *(Page(r.name, r.address, r.people) for r in READS)):
            if person in page.people:
                yield person, page


def measured() -> Iterator[tuple[str, Page]]:
    """What is watched, and the figures."""
    yield from watched()
    for page in FIGURES:
        yield from ((person, page) for person in page.people)
