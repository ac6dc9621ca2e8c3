"""Links by which people set their password, by mail.

To who is new, to whom an Admin sends one, and to whoever has forgotten theirs. The link itself is
made as the mail is sent, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.outbox.letters import Bundle, Part, part
from core.outbox.posting import News, post
from core.record import audit
from core.text.typed import folded
from people.password_link import password_link

INVITATION, PASSWORD = "invitation", "password"
# Whoever asks again and again gets a mail in so long a time.
PAUSE = timedelta(minutes=5)
# Who was entered longer ago than this is invited no more.
RECENT = timedelta(days=1)
# Through these doors somebody is entered by a colleague.
_DOORS = (audit.Door.ADMIN, audit.Door.API, audit.Door.IMPORT)


def invite(person: Any) -> None:
    """Send somebody who is new, and has no password yet, the link by which they set one; not to
    whom a story of before brings in."""
    if audit.now() < timezone.now() - RECENT:
        return
    if audit.door() in _DOORS and person.email and not person.has_usable_password():
        post([News(person.pk, INVITATION, "account", about=f"user {person.pk}")])


def send_link(person: Any, *, at: datetime | None = None) -> None:
    """Send somebody a link by which they set a new password; of several within minutes, one.

    It asks nobody: it is for whoever has forgotten theirs. An Admin's way is in people/accounts.py.
    """
    window = int((at or timezone.now()).timestamp() // PAUSE.total_seconds())
    post([News(person.pk, PASSWORD, f"asked {window}")], at=at)


def find(typed: str) -> Any:
    """Who has this user name or e-mail address, may enter, and can be written to; or nobody."""
    from people.models import User

    people = User.objects.active().exclude(email="")
    by_name = people.filter(username_folded=folded(typed)).first()
    return by_name or people.filter(email_folded=folded(typed)).first()


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """The link, to each."""
    return [_part(bundle.person, bundle.notices[0].kind) for bundle in bundles]


def _part(person: Any, kind: str) -> Part | None:
    is_new = kind == INVITATION
    if is_new and person.has_usable_password():
        return None  # They have set one meanwhile.
    subject = _("Your account at JobOps") if is_new else _("Set a new password for JobOps")
    context = {
        "heading": subject,
        "is_new": is_new,
        "username": person.username,
        "link": password_link(person),
    }
    return part(frozenset({kind}), subject, "people/mail/link", context)
