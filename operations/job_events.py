"""What happened to a job, told as people tell it: somebody reopened the job, and why.

An act of the audit log is an event; what it wrote is told in sentences, in the order in which it
was written. A row of a kind that has no words of its own here is told by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.ledger import Message, State
from core.record.act_list import ActRecord
from core.record.entries import Change
from core.record.timeline import Entry
from core.text.typed import in_quotes
from operations.models import Job, JobShare, Task
from operations.schedule import day_text, times_text
from operations.states import TRANSITIONS, JobStatus, TaskStatus, Verb, verb_between

_WHEN = ("scheduled_date", "start_time", "end_time")
# What comes with a status and is told with it; and what has a sentence of its own.
_WITH_STATUS = {"started_at", "completed_at", "completed_by", "cancelled_at", "reopened_at"}
_OF_JOB = {"status", "overdue", "times_reopened", *_WITH_STATUS, *_WHEN, "assigned_to", "owner"}
_OF_TASK = {"status", "note", *_WITH_STATUS}


@dataclass(frozen=True)
class Event:
    """One act: when, through which door, its sentences, and the rows it wrote."""

    at: datetime
    door: str
    sentences: list[SafeString]
    entries: list[Entry]
    # The status that the job came to by it; empty where it stayed.
    status: str = ""
    # Rows that are not shown.
    more: int = 0


def event(act: ActRecord) -> Event:
    """An act, in sentences."""
    entries = act.entries[::-1]
    return Event(
        at=act.head.at,
        door=act.head.door_text,
        sentences=_as_sentences(entries, act.head.reason),
        entries=entries,
        status=next(filter(None, map(_moved_to, act.entries)), ""),
        more=act.more,
    )


# What became of a mail that left.
MAILED = (
    State.SENT,
    State.DELIVERED,
    State.COMPLAINED,
    State.BOUNCED,
    State.IN_DOUBT,
    State.FAILED,
)
_MAILED: dict[str, str | Promise] = {
    State.BOUNCED: gettext_lazy("The mail to {name} came back: “{subject}”"),
    State.IN_DOUBT: gettext_lazy("The mail to {name} may not have arrived: “{subject}”"),
    State.FAILED: gettext_lazy("The mail to {name} did not arrive: “{subject}”"),
}


def mail(message: Message) -> Event:
    """A mail that told somebody of the job, and where it is to be read."""
    url = reverse("admin:ledger_message", args=[message.pk])
    words = str(_MAILED.get(message.state, _("Mail to {name}: “{subject}”")))
    sentence = format_html(
        words,
        name=format_html("<strong>{}</strong>", message.person or message.address),
        subject=format_html('<a class="jobops-quiet" href="{}">{}</a>', url, message),
    )
    # There is a moment at which it left: these alone are asked for.
    at: Any = message.claimed_at
    return Event(at=at, door=str(message.get_state_display()), sentences=[sentence], entries=[])


def _moved_to(entry: Entry) -> str:
    if entry.kind != _name(Job) or entry.action != "changed":
        return ""
    return next((str(change.new) for change in entry.changes if change.field == "status"), "")


def came_to(record: Any) -> SafeString:
    """How a job came to the status that one of its records has, and why."""
    verb = next(verb for verb, row in TRANSITIONS.items() if row.target == record.status)
    sentence = _sentence(str(_DID_TO_JOB[verb]), record.person_name)
    return quoted(sentence, record.history_change_reason or "")


def completed(person: str) -> SafeString:
    """Who completed a job."""
    return _sentence(str(_DID_TO_JOB[Verb.COMPLETE]), person)


def quoted(sentence: SafeString, words: str) -> SafeString:
    """A sentence, with the words of whoever did it."""
    if not words:
        return sentence
    return format_html(_("{sentence}: “{words}”"), sentence=sentence, words=words)


def _as_sentences(entries: list[Entry], reason: str) -> list[SafeString]:
    """All that an act wrote; the reason stands in the first sentence."""
    person = entries[0].person
    sentences = list(_sentences(entries, person)) or [
        _sentence(_("{person} changed the job"), person)
    ]
    return [quoted(sentences[0], reason), *sentences[1:]]


def _sentences(entries: list[Entry], person: str) -> Iterator[SafeString]:
    """What these rows tell together: tasks that came or moved at once are told once."""
    added = [e for e in entries if e.kind == _name(Task) and e.action == "created"]
    moved = [e for e in entries if e.kind == _name(Task) and _fields(e) == {"position"}]
    entered = any(e.kind == _name(Job) and e.action == "created" for e in entries)
    if entered:
        yield _entered(person, len(added))
    for each in entries:
        if each not in added and each not in moved and not (entered and each.kind == _name(Job)):
            yield from _WORDS.get(each.kind, _of_any)(each)
    if added and not entered:
        yield _added(person, added)
    if moved:
        yield _sentence(_("{person} changed the order of the tasks"), person)


def _name(model: Any) -> str:
    return str(model._meta.model_name)


def _fields(entry: Entry) -> set[str]:
    return {change.field for change in entry.changes}


def _sentence(sentence: str, person: str, **details: Any) -> SafeString:
    """A sentence, with who did it."""
    who = person or _("Background run")
    return format_html(sentence, person=format_html("<strong>{}</strong>", who), **details)


def _entered(person: str, tasks: int) -> SafeString:
    if not tasks:
        return _sentence(_("{person} entered the job"), person)
    sentence = ngettext(
        "{person} entered the job with {number} task",
        "{person} entered the job with {number} tasks",
        tasks,
    )
    return _sentence(sentence, person, number=tasks)


def _added(person: str, added: list[Entry]) -> SafeString:
    names = ", ".join(in_quotes(entry.object_text) for entry in added)
    sentence = ngettext(
        "{person} added the task {names}", "{person} added the tasks {names}", len(added)
    )
    return _sentence(sentence, person, names=names)


# Jobs


def _of_job(entry: Entry) -> Iterator[SafeString]:
    """What became of the job itself."""
    changes = {change.field: change for change in entry.changes}
    if status := changes.get("status"):
        yield _moved(entry.person, status, is_reopened=_is_more(changes.get("times_reopened")))
    elif changes.keys() == {"overdue"}:
        # By the day that came: nobody did it.
        yield format_html("{}", _("The job became overdue"))
    if person := changes.get("assigned_to"):
        yield _assigned(entry.person, person)
    if owner := changes.get("owner"):
        sentence = _("{person} handed the job over to {name}")
        yield _sentence(sentence, entry.person, name=owner.new_text)
    if changes.keys() & set(_WHEN):
        yield _rescheduled(entry.person, changes)
    if fields := _labels(entry, but=_OF_JOB):
        yield _sentence(_("{person} changed the job: {fields}"), entry.person, fields=fields)


def _labels(entry: Entry, *, but: set[str]) -> str:
    """The names of the fields that changed and have no sentence of their own."""
    return ", ".join(change.label for change in entry.changes if change.field not in but)


_DID_TO_JOB: dict[Verb, str | Promise] = {
    Verb.START: gettext_lazy("{person} started the job"),
    Verb.HOLD: gettext_lazy("{person} put the job on hold"),
    Verb.RESUME: gettext_lazy("{person} resumed the job"),
    Verb.COMPLETE: gettext_lazy("{person} completed the job"),
    Verb.CANCEL: gettext_lazy("{person} cancelled the job"),
    Verb.REOPEN: gettext_lazy("{person} reopened the job"),
}
# What was taken back, by the status that the job had by it; anything else by where it is again.
_TOOK_BACK: dict[str, str | Promise] = {
    JobStatus.COMPLETED: gettext_lazy("{person} took back the completion"),
    JobStatus.CANCELLED: gettext_lazy("{person} took back the cancellation"),
}


def _moved(person: str, status: Change, *, is_reopened: bool) -> SafeString:
    verb = verb_between(status.old, status.new, is_reopened=is_reopened)
    if verb:
        return _sentence(str(_DID_TO_JOB[verb]), person)
    back = str(_TOOK_BACK.get(status.old, _("{person} put the job back to “{status}”")))
    return _sentence(back, person, status=status.new_text)


def _is_more(number: Change | None) -> bool:
    return number is not None and number.new > (number.old or 0)


def _assigned(person: str, change: Change) -> SafeString:
    if not change.new:
        return _sentence(_("{person} took the job from {name}"), person, name=change.old_text)
    if not change.old:
        return _sentence(_("{person} assigned the job to {name}"), person, name=change.new_text)
    sentence = _("{person} assigned the job to {name}, no longer to {former}")
    return _sentence(sentence, person, name=change.new_text, former=change.old_text)


def _rescheduled(person: str, changes: dict[str, Change]) -> SafeString:
    day, start, end = (changes.get(name) for name in _WHEN)
    times = times_text(start.new, end.new) if start and end else ""
    if day is None:
        if not times:
            return _sentence(_("{person} changed the times of the job"), person)
        return _sentence(_("{person} changed the time to {times}"), person, times=times)
    if day.new is None:
        return _sentence(_("{person} took the job off the schedule"), person)
    when = ", ".join(filter(None, [day_text(day.new), times]))
    if day.old is None:
        return _sentence(_("{person} scheduled the job for {when}"), person, when=when)
    return _sentence(_("{person} moved the job to {when}"), person, when=when)


# What belongs to jobs

_DID: dict[str, str | Promise] = {
    TaskStatus.PENDING: gettext_lazy("{person} put the task “{name}” back to pending"),
    TaskStatus.IN_PROGRESS: gettext_lazy("{person} began the task “{name}”"),
    TaskStatus.COMPLETED: gettext_lazy("{person} finished the task “{name}”"),
}


def _of_task(entry: Entry) -> Iterator[SafeString]:
    """How a task went on, with the note that was left; and what was edited of it."""
    person, name = entry.person, entry.object_text
    changes = {change.field: change for change in entry.changes}
    status, note = changes.get("status"), changes.get("note")
    words = note.new_shown if note else ""
    if entry.action == "deleted":
        yield _sentence(_("{person} deleted the task “{name}”"), person, name=name)
    elif status:
        yield quoted(_sentence(str(_DID[status.new]), person, name=name), words)
    elif note and not words:
        yield _sentence(_("{person} removed the note on “{name}”"), person, name=name)
    elif note:
        yield quoted(_sentence(_("{person} left a note on “{name}”"), person, name=name), words)
    if fields := _labels(entry, but=_OF_TASK):
        sentence = _("{person} changed the task “{name}”: {fields}")
        yield _sentence(sentence, person, name=name, fields=fields)


_SHARED: dict[str, str | Promise] = {
    "created": gettext_lazy("{person} shared the job with {name}"),
    "changed": gettext_lazy("{person} changed what {name} may do on the job"),
    "deleted": gettext_lazy("{person} stopped sharing the job with {name}"),
}


def _of_share(entry: Entry) -> Iterator[SafeString]:
    yield _sentence(str(_SHARED[entry.action]), entry.person, name=entry.object_text)


_ANY: dict[str, str | Promise] = {
    "created": gettext_lazy("{person} added {kind} “{name}”"),
    "changed": gettext_lazy("{person} changed {kind} “{name}”"),
    "deleted": gettext_lazy("{person} deleted {kind} “{name}”"),
}


def _of_any(entry: Entry) -> Iterator[SafeString]:
    details = {"kind": entry.kind_text, "name": entry.object_text}
    yield _sentence(str(_ANY[entry.action]), entry.person, **details)


_WORDS: dict[str, Callable[[Entry], Iterator[SafeString]]] = {
    _name(Job): _of_job,
    _name(Task): _of_task,
    _name(JobShare): _of_share,
}
