"""What became overdue since somebody was last told: to Admins all of it, to agents their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.outbox.letters import Bundle, Part, part
from core.roles import Role
from operations import notices, schedule
from operations.letters.cards import Card, address, job_url, name_of, place
from operations.models import Job

# How many jobs a digest describes; of the others it says how many there are.
MOST = 50
_Since = tuple[datetime | None, datetime]


@dataclass(frozen=True)
class _Late:
    """What became overdue: how many jobs, and the first of them."""

    number: int
    jobs: Sequence[Job]


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """What to tell each; nothing of what has been completed or moved meanwhile."""
    by_time: dict[_Since, list[int]] = defaultdict(list)
    for place_, bundle in enumerate(bundles):
        by_time[_since(bundle)].append(place_)
    day = timezone.localtime(at, timezone.get_default_timezone()).date()
    nameless = list(notices.without_address(day))
    found: list[Part | None] = [None] * len(bundles)
    for since, places in by_time.items():
        people = [bundles[place_].person for place_ in places]
        for place_, person, late in zip(places, people, _read(people, since), strict=True):
            found[place_] = _part(late, nameless if _is_admin(person) else [])
    return found


def _since(bundle: Bundle) -> _Since:
    """Of several nights that somebody is told of at once, all of them."""
    details = [notice.details for notice in bundle.notices]
    begins = [each["since"] and datetime.fromisoformat(each["since"]) for each in details]
    until = max(datetime.fromisoformat(each["until"]) for each in details)
    return (None if None in begins else min(begins)), until


def _is_admin(person: Any) -> bool:
    return Role.ADMIN in person.roles


def _read(people: Sequence[Any], since: _Since) -> list[_Late]:
    """What became overdue between two moments and still is, for each of them."""
    begin, end = since
    jobs = Job.objects.flagged_overdue().filter(overdue_since__lte=end)
    if begin is not None:
        jobs = jobs.filter(overdue_since__gt=begin)
    agents = [person.pk for person in people if not _is_admin(person)]
    own = jobs.filter(owner__in=agents)
    numbers = dict(own.order_by().values_list("owner").annotate(Count("pk")))
    firsts: dict[int, list[Job]] = defaultdict(list)
    ranked = own.annotate(
        place=Window(RowNumber(), partition_by=F("owner"), order_by=schedule.NEXT_FIRST)
    )
    for job in _shown(ranked.filter(place__lte=MOST)) if agents else ():
        firsts[job.owner_id].append(job)
    everything = _Late(0, ())
    if len(agents) < len(people):
        everything = _Late(jobs.count(), list(_shown(jobs)[:MOST]))
    return [
        everything if _is_admin(each) else _Late(numbers.get(each.pk, 0), firsts[each.pk])
        for each in people
    ]


def _shown(jobs: Any) -> Any:
    named = jobs.select_related("customer", "site", "assigned_to", "owner")
    return named.order_by(*schedule.NEXT_FIRST)


def _part(late: _Late, nameless: Sequence[Any]) -> Part | None:
    if not late.number and not nameless:
        return None
    subject = _subject(late.number) if late.number else _without_address(len(nameless))
    context = {
        "heading": subject,
        "cards": [_card(job) for job in late.jobs],
        "others": late.number - len(late.jobs),
        "nameless": [person.name for person in nameless],
        "nameless_heading": _without_address(len(nameless)) if nameless else "",
        "list_url": f"{address('admin:operations_job_changelist')}?attention=overdue",
    }
    return part(frozenset({notices.OVERDUE}), subject, "operations/mail/overdue", context)


def _subject(number: int) -> str:
    subject = ngettext("%(count)d job became overdue", "%(count)d jobs became overdue", number)
    return subject % {"count": number}


def _without_address(number: int) -> str:
    subject = ngettext(
        "%(count)d technician gets no reminder: no working e-mail address",
        "%(count)d technicians get no reminder: no working e-mail address",
        number,
    )
    return subject % {"count": number}


def _card(job: Job) -> Card:
    people = _("Owner: %(owner)s. Technician: %(technician)s.") % {
        "owner": job.owner.name,
        "technician": job.assigned_to.name if job.assigned_to else _("nobody"),
    }
    return Card(name_of(job), [job.when_text, place(job), people], job_url(job), is_late=True)
