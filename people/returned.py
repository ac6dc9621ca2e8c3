"""Mail to somebody comes back: their address is marked, and Admins are told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ledger import Message
from core.outbox.letters import Bundle, Part, part
from core.outbox.posting import News, post
from core.record import acts, audit
from core.record.transactions import atomic
from core.roles import Role
from people.models import User

RETURNED = "returned"


def came_back(message: Message) -> None:
    """Nobody has the address of a message: nothing more is sent there, until somebody says that it
    works again, or enters another one."""
    with atomic(), audit.change_set(audit.Kind.CALL, door=audit.Door.API, reason=message.problem):
        person = User.held_row(message.person_id) if message.person_id else None
        if person is None or person.email.casefold() != message.address.casefold():
            return  # They have another one by now.
        if person.email_problem:
            return  # It is known of an earlier one.
        person.email_problem = message.problem
        acts.save_checked(person)
        admins = User.objects.active().holding(Role.ADMIN).order_by("pk")
        occasion = f"message {message.pk} at {audit.now().isoformat()}"
        details = {"person": person.pk}
        keys = admins.values_list("pk", flat=True)
        post(News(key, RETURNED, occasion, details) for key in keys if key != person.pk)


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """Who is not reached any more, and why; nothing of whom mail reaches again."""
    keys = {notice.details["person"] for bundle in bundles for notice in bundle.notices}
    people = User.objects.in_bulk(keys)
    return [_part(bundle, people) for bundle in bundles]


def _part(bundle: Bundle, people: dict[int, User]) -> Part | None:
    keys = dict.fromkeys(notice.details["person"] for notice in bundle.notices)
    found = [people[key] for key in keys if key in people and people[key].email_problem]
    if not found:
        return None
    if len(found) == 1:
        heading = _("Mail no longer reaches %(name)s") % {"name": found[0].name}
    else:
        heading = _("Mail no longer reaches %(count)d people") % {"count": len(found)}
    return part(
        frozenset({RETURNED}),
        heading,
        "people/mail/returned",
        {"heading": heading, "lines": [_line(person) for person in found]},
    )


def _line(person: User) -> dict[str, str]:
    sentence = _("Mail to %(address)s came back: %(why)s")
    url = reverse("admin:people_user_change", args=[person.pk])
    return {
        "name": person.name,
        "text": sentence % {"address": person.email, "why": person.email_problem},
        "url": f"{settings.SITE_URL}{url}",
    }
