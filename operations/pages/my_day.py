"""My day, the technician's phone page: a client of the API, which loads the day by one request.

The page itself reads no job. It says whose it is; its modules (static/operations/my_day) ask the
API for the day, and the worker keeps page and files, so that the last day is seen without signal.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.access import can
from core.backoffice import theme
from core.record import audit
from core.roles import Role
from core.text import languages
from core.text.typed import LONGEST
from operations.models import Job, Task
from operations.pages import job_head
from operations.pages.job_head import MAP, finish_first
from operations.states import (
    CLOSED,
    TRANSITIONS,
    JobStatus,
    Verb,
    can_progress,
    status_in_sentence,
)

FOLDER = Path(__file__).parents[1] / "static/operations/my_day"
WORKER = "worker.js"
# Where an address leads: to the navigation of the phone, or else to a map. iPhones know no geo:.
MAPS = {
    "Android": "geo:0,0?q=",
    "iPhone": "https://maps.apple.com/?daddr=",
    "iPad": "https://maps.apple.com/?daddr=",
    "Macintosh": "https://maps.apple.com/?daddr=",
    "": MAP,
}
# How many days can be looked ahead, today included; the first, if nothing else is chosen.
AHEAD = (7, 14, 31)
_SHARED = ("core/icon.svg", "core/message.css", "core/theme.js", theme.FONT)
# What the modules say. What the page can show by itself stands in its template.
WORDS = {
    "job_status": dict(Job.Status.choices),
    "task_status": dict(Task.Status.choices),
    "priority": dict(Job.Priority.choices),
    # Until the API has answered: where each verb leads.
    # A slip is taken back to where the job was: mostly, under way.
    "targets": {verb: transition.target for verb, transition in TRANSITIONS.items()}
    | {Verb.REOPEN: JobStatus.IN_PROGRESS},
    "tasks_go_on": {status: can_progress(status) for status in JobStatus},
    "closed": {status: status in CLOSED for status in JobStatus},
    "today": _("Today"),
    "tomorrow": _("Tomorrow"),
    "overdue": _("Overdue"),
    "finished": _("Done"),
    "any_time": _("Any time"),
    "until": _("to {time}"),
    "jobs": [_("1 job"), _("{n} jobs")],
    "tasks_left": [_("1 task left"), _("{n} tasks left")],
    "tasks_done": _("{done} of {all} tasks done"),
    "no_tasks": _("No tasks"),
    "updated": _("Updated {time}"),
    "no_signal": _("No signal. This is your day as of {time}."),
    "slow_signal": _("Weak signal. This is your day as of {time}; an update is on its way."),
    "nothing_kept": _("No signal, and no day is saved on this phone yet."),
    "refused_load": _("Your day could not be loaded: {reason}"),
    "not_saved": _("“{name}” was not saved. {reason}"),
    "not_sent": _(
        "Nothing was sent: there is no signal. “{name}” is unchanged. Try again when "
        "you have a signal."
    ),
    "not_known": _("It is not known whether “{name}” was saved. {reason}"),
    "gone": _("This job is no longer yours, or the task was deleted."),
    "quoted": _("What you typed on “{name}” was not saved. Copy it from here."),
    "sign_out_later": _("Signing out needs a signal. You are still signed in."),
    "try_again": _("There is no signal: try again when you have one."),
    "session_over": _("Your session has ended: sign in again."),
    "task_completed": _("“{name}” is done."),
    "task_in_progress": _("“{name}” is in progress."),
    "task_pending": _("“{name}” is not started."),
    "note_saved": _("Note on “{name}” saved."),
    "job_moved": _("“{name}” is now: {status}."),
    "note": _("Note on {name}"),
    "theirs_kept": _("“{name}” was left as it is. Your change was not saved."),
    "overtaken": _(
        "“{name}” is {status} now: somebody else changed it. Your change was not saved."
    ),
    "conflict": _("“{name}” has changed"),
    "not_changed": _("not changed"),
    "next_up": _("Next: {date}, {job}"),
    "unsent": [
        _("1 note is not saved yet. Sign out and discard it?"),
        _("{n} notes are not saved yet. Sign out and discard them?"),
    ],
    "signed_out": _(
        "Your session has ended. What you typed stays on this phone until you sign in again."
    ),
    "back_office": _("Open {number} in the back office"),
}
# What somebody else can have changed meanwhile, beside what is written as a line.
FIELDS = {
    "status": _("Status"),
    "note": _("Note"),
    "title": _("Title"),
    "description": _("Description"),
    "priority": _("Priority"),
    "scheduled_date": _("Day"),
    "start_time": _("From"),
    "end_time": _("Until"),
}


@require_safe
@staff_member_required(login_url="admin:login")  # type: ignore[untyped-decorator]
def my_day(request: HttpRequest) -> HttpResponse:
    """The page, for whoever enters the back office; technicians report here, others read."""
    person: Any = request.user
    plain = job_head.plain()
    initials = "".join(part[0] for part in person.name.split()[:2]).upper()
    context = {
        "person": person,
        "initials": initials,
        "reports": Role.TECHNICIAN in person.roles,
        "enters_jobs": can(person, "add", Job),
        # Longer than a session lasts unused, nothing is shown without signal either.
        "kept_for": settings.SESSION_IDLE,
        "map": next(
            way for name, way in MAPS.items() if name in request.headers.get("User-Agent", "")
        ),
        # As the back office writes a time: 08:00, or 8:00 AM.
        "words": WORDS
        | {
            "fields": {**FIELDS, **plain},
            "in_sentence": {status: status_in_sentence(status) for status in JobStatus},
            "finish_first": [finish_first(n).replace("%(count)d", "{n}") for n in (1, 2)],
            "locale": languages.for_scripts(),
            "hour": "numeric" if settings.REGION.has_half_days else "2-digit",
        },
        "plain": plain,
        "longest": {"note": LONGEST, "reason": audit.LONGEST_REASON},
        "ahead": AHEAD,
        "colors": theme.colors(),
        "font": theme.FONT,
        "modules": [f"operations/my_day/{name}" for name in _modules()],
    }
    return render(request, "operations/my_day.html", context)


def instead_of_home(request: HttpRequest) -> str:
    """Who reports comes here by signing in on a phone, whatever else they are: a phone is in the
    hand of whoever stands before the work. The menu leads on to the back office."""
    person: Any = request.user
    return reverse("my-day") if Role.TECHNICIAN in person.roles and _is_phone(request) else ""


def _is_phone(request: HttpRequest) -> bool:
    """By what the browser says of itself; "Mobi" is in the name of every other one on a phone. One
    that is told to ask for the pages of a computer says that it is none."""
    hint = request.headers.get("Sec-CH-UA-Mobile")
    return hint == "?1" if hint else "Mobi" in request.headers.get("User-Agent", "")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, for anybody: it holds nothing of a person. Any change of a file makes it
    another, which a browser then takes."""
    known = {
        "version": _version(),
        "files": [static(name) for name in _kept()],
        "no_signal": render_to_string("operations/no_signal.html"),
    }
    script = f"const KNOWN = {json.dumps(known)};\n{(FOLDER / WORKER).read_text()}"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def _kept() -> list[str]:
    """What page and modules need without signal."""
    ours = [f"operations/my_day/{name}" for name in ("my_day.css", *_modules())]
    return [*ours, *_SHARED]


@cache
def _modules() -> list[str]:
    return sorted(file.name for file in FOLDER.glob("*.js") if file.stem != "worker")


@cache
def _version() -> str:
    digest = hashlib.sha256()
    shared = [Path(found) for name in _SHARED if (found := finders.find(name))]
    for file in [*sorted(FOLDER.iterdir()), *shared]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


urlpatterns = [
    path("", my_day, name="my-day"),
    path(WORKER, worker, name="my-day-worker"),
]
