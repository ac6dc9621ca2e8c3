"""What changed on somebody's jobs: the difference between what was and what is now, told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access import can_by_columns, remembering_shares
from core.ledger import Notice
from core.outbox.letters import Bundle, Part, part
from core.text.typed import in_quotes
from operations import notices, schedule
from operations.letters.cards import Card, job_url, name_of, place
from operations.models import Job, JobShare
from operations.states import JobStatus, ShareLevel, status_in_sentence

# How many jobs a mail describes; of the others it says how many there are.
MOST = 50


@dataclass(frozen=True)
class Change:
    """One thing that is different now: in a few words for the subject, and in a sentence."""

    kind: str
    short: str
    sentence: str
    # Is the job still to be described and opened?
    is_theirs: bool = True


@dataclass
class _Known:
    """What is true now of all jobs that a batch of mails tells of."""

    jobs: dict[int, Job] = field(default_factory=dict)
    deleted: dict[int, Any] = field(default_factory=dict)
    # By job and version: who made it, and why.
    made: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    levels: dict[tuple[int, int], str] = field(default_factory=dict)


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """What to tell each of their jobs; nothing where all is as it was."""
    known = _read([notice for bundle in bundles for notice in bundle.notices])
    with remembering_shares():
        return [_part(bundle, known) for bundle in bundles]


def _read(noticed: Sequence[Notice]) -> _Known:
    keys = {notice.details["job"] for notice in noticed}
    rows = Job.objects.filter(pk__in=keys).select_related("customer", "site", "assigned_to")
    known = _Known({job.pk: job for job in rows.select_related("owner")})
    if gone := keys - known.jobs.keys():
        last = Job.history.filter(id__in=gone, history_type="-")
        known.deleted = {row.id: row for row in last}
    moved = [notice for notice in noticed if notice.kind == notices.STATUS]
    if moved:
        versions = {notice.details["version"] for notice in moved}
        made = Job.history.filter(id__in={n.details["job"] for n in moved}, version__in=versions)
        columns = ("id", "version", "person_name", "history_change_reason")
        for key, version, name, reason in made.order_by("history_id").values_list(*columns):
            known.made[key, version] = (name, reason or "")
    if any(notice.kind == notices.SHARE for notice in noticed):
        given = JobShare.objects.filter(content_object__in=keys)
        known.levels = {
            (key, person): level
            for key, person, level in given.values_list("content_object", "user", "level")
        }
    return known


def _part(bundle: Bundle, known: _Known) -> Part | None:
    by_job: dict[int, list[Notice]] = defaultdict(list)
    for notice in bundle.notices:
        by_job[notice.details["job"]].append(notice)
    listed = []
    for key, rows in by_job.items():
        changes = list(_changes(bundle.person, key, rows, known))
        if changes:
            listed.append((key, changes))
    if not listed:
        return None
    listed.sort(key=lambda each: _order(known.jobs.get(each[0]), each[0]))
    kinds = frozenset(change.kind for _key, changes in listed for change in changes)
    context = {
        "heading": _heading(len(listed)),
        "cards": [_card(key, changes, known) for key, changes in listed[:MOST]],
        "others": len(listed[MOST:]),
    }
    return part(kinds, _subject(listed, known), "operations/mail/changes", context)


def _order(job: Job | None, key: int) -> tuple[date, time, int]:
    if job is None:
        return date.max, time.max, key
    return schedule.next_first(job.scheduled_date, job.start_time, key)


def _heading(number: int) -> str:
    heading = ngettext("%(count)d job of yours changed", "%(count)d jobs of yours changed", number)
    return heading % {"count": number}


def _subject(listed: Sequence[tuple[int, Sequence[Change]]], known: _Known) -> str:
    if len(listed) == 1:
        key, changes = listed[0]
        job = known.jobs.get(key) or known.deleted[key]
        return f"{name_of(job)}: {', '.join(change.short for change in changes)}"
    shorts = {change.short for _key, changes in listed for change in changes}
    if len(shorts) > 1:
        return _heading(len(listed))
    jobs = ngettext("%(count)d job", "%(count)d jobs", len(listed)) % {"count": len(listed)}
    return f"{jobs}: {shorts.pop()}"


def _card(key: int, changes: Sequence[Change], known: _Known) -> Card:
    job = known.jobs.get(key)
    sentences = [change.sentence for change in changes]
    if job is None or not all(change.is_theirs for change in changes):
        return Card(name_of(job or known.deleted[key]), sentences)
    lines = [*sentences, place(job)]
    if not job.is_closed and notices.SCHEDULE not in {change.kind for change in changes}:
        lines.insert(-1, capfirst(job.when_text))
    return Card(name_of(job), lines, job_url(job), is_late=job.overdue)


# What is different


def _changes(person: Any, key: int, rows: Sequence[Notice], known: _Known) -> Iterator[Change]:
    """Of one job, to one person: what was before the first of these, and is not so now."""
    job = known.jobs.get(key)
    if job is None:
        if key in known.deleted and (was := _was_theirs(rows)):
            deleted = _("Deleted: %(name)s deleted this job.")
            name = known.deleted[key].person_name or _("Somebody")
            yield Change(was.kind, _("deleted"), deleted % {"name": name}, is_theirs=False)
        return
    if job.is_closed and _came(rows):
        return  # It was theirs for a moment, and there is nothing left to do.
    sees = _may_see(person, job)
    kinds: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for row in rows:
        kind = notices.ASSIGNMENT if row.kind == notices.CREATED else row.kind
        kinds[kind, row.details.get("role", "")].append(row)
    for (kind, role), some in kinds.items():
        first, last = some[0].details["was"], some[-1].details["now"]
        now = _now(kind, role, job, person, known)
        # What is otherwise than the last of these left it, they have done themselves.
        if now == _hashable(first) or now != _hashable(last):
            continue
        for change in _TELLS[kind](job, person, some, known):
            # Of what they do not see, they are told at most that it is no longer theirs.
            if sees or not change.is_theirs:
                yield replace(change, is_theirs=sees)


def _came(rows: Sequence[Notice]) -> bool:
    """Did the job become theirs by the first of what there is to tell?"""
    theirs = [row for row in rows if row.kind in {notices.ASSIGNMENT, notices.CREATED}]
    return bool(theirs) and not theirs[0].details["was"]


def _was_theirs(rows: Sequence[Notice]) -> Notice | None:
    """The notice by which somebody is told that a job of theirs is gone; None for one that came
    and went meanwhile."""
    theirs = [row for row in rows if row.kind in {notices.ASSIGNMENT, notices.CREATED}]
    return theirs[0] if theirs and theirs[0].details["was"] else None


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _now(kind: str, role: str, job: Job, person: Any, known: _Known) -> Any:
    """What is so now of what a notice says was otherwise."""
    if kind == notices.ASSIGNMENT:
        theirs = job.assigned_to_id if role == notices.TECHNICIAN else job.owner_id
        return theirs == person.pk
    if kind == notices.SCHEDULE:
        return tuple(notices.when_of(job))
    if kind == notices.STATUS:
        return str(job.status)
    return known.levels.get((job.pk, person.pk))


def _assigned(job: Job, person: Any, rows: Sequence[Notice], known: _Known) -> Iterator[Change]:
    role, kind = rows[-1].details["role"], rows[-1].kind
    is_technician = role == notices.TECHNICIAN
    holder = job.assigned_to if is_technician else job.owner
    if holder == person:
        is_new = rows[0].kind == notices.CREATED
        if is_technician:
            sentence = _("New for today: assigned to you.") if is_new else _("Assigned to you.")
        else:
            sentence = _("You are now the owner: you answer for this job.")
        yield Change(kind, _("assigned to you") if is_technician else _("yours now"), sentence)
        return
    if is_technician:
        sentence = _("Unassigned: you are no longer its technician.")
        if holder is not None:
            sentence += " " + _("It is now assigned to %(name)s.") % {"name": holder.name}
        short = _("unassigned")
    else:
        sentence = _("No longer yours: %(name)s is now the owner.") % {"name": holder}
        short = _("no longer yours")
    yield Change(kind, short, sentence, is_theirs=False)


def _rescheduled(job: Job, person: Any, rows: Sequence[Notice], known: _Known) -> Iterator[Change]:
    if job.assigned_to_id != person.pk:
        return
    day, start, end = rows[0].details["was"]
    before = schedule.when_text(
        date.fromisoformat(day) if day else None,
        time.fromisoformat(start) if start else None,
        time.fromisoformat(end) if end else None,
    )
    sentence = _("Moved from %(before)s to %(now)s.") % {"before": before, "now": job.when_text}
    yield Change(notices.SCHEDULE, _("moved"), sentence)


def _moved(job: Job, person: Any, rows: Sequence[Notice], known: _Known) -> Iterator[Change]:
    name, reason = known.made.get((job.pk, rows[-1].details["version"]), ("", ""))
    status = str(job.get_status_display())
    before = JobStatus(rows[0].details["was"]).label
    details = {"status": status, "before": before, "name": name or _("Somebody")}
    last = rows[-1].details
    if last.get("taken_back") and last["was"] == rows[0].details["was"]:
        sentence = _("Now %(status)s (was %(before)s), taken back by %(name)s.") % details
    else:
        sentence = _("Now %(status)s (was %(before)s), changed by %(name)s.") % details
    if reason:
        sentence += f" {in_quotes(reason)}"
    yield Change(notices.STATUS, status_in_sentence(job.status), sentence)


def _shared(job: Job, person: Any, rows: Sequence[Notice], known: _Known) -> Iterator[Change]:
    level = known.levels.get((job.pk, person.pk))
    if level is None:
        sentence = _("No longer shared with you.")
        yield Change(notices.SHARE, _("no longer shared"), sentence, is_theirs=False)
        return
    yield Change(notices.SHARE, _("shared with you"), str(_SHARED[ShareLevel(level)]))


_SHARED = {
    ShareLevel.VIEW: gettext_lazy("Shared with you, to view."),
    ShareLevel.PROGRESS: gettext_lazy("Shared with you, to view and progress."),
}


def _may_see(person: Any, job: Job) -> bool:
    row = {"id": job.pk, "owner_id": job.owner_id, "assigned_to_id": job.assigned_to_id}
    return can_by_columns(person, "view", Job)(row)


_TELLS = {
    notices.ASSIGNMENT: _assigned,
    notices.SCHEDULE: _rescheduled,
    notices.STATUS: _moved,
    notices.SHARE: _shared,
}
