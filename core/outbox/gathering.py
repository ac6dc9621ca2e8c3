"""Notices become messages: of what is due to one recipient, one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from core.ledger import Message, Notice, State
from core.notice_preferences import Choice, NoticePreferences, next_digest
from core.outbox.posting import is_optional, kinds

# How many recipients in one transaction.
BATCH = 100
# Somebody on whose days there is no end of changes gets a mail after so long all the same.
LONGEST = timedelta(minutes=10)


def gather(*, at: datetime) -> int:
    """Make messages of the notices that are due by now; how many.

    Of one recipient and channel they become one, together with one that still waits to be sent.
    """
    due = Notice.objects.waiting().filter(due_at__lte=at)
    recipients = sorted(set(due.order_by().values_list("recipient", flat=True)))
    batches = (recipients[start : start + BATCH] for start in range(0, len(recipients), BATCH))
    return sum(_gather(batch, at=at) for batch in batches)


@transaction.atomic
def _gather(recipients: list[str], *, at: datetime) -> int:
    notices = _held_notices(recipients)
    before = {notice: _kept(notice) for notice in notices}
    messages = _held_messages(recipients)
    made = []
    for group in _due_groups(notices, at=at):
        message = messages.get(_key(group[0])) if is_optional(group[0].kind) else None
        if message is None:
            message = _message(group[0], at=at)
            made.append(message)
        message.kinds = _names({*message.kinds.split(), *(notice.kind for notice in group)})
        for notice in group:
            notice.message = message
    Message.objects.bulk_create(made)
    Message.objects.bulk_update(messages.values(), ["kinds"])
    for notice in notices:
        notice.message = notice.message  # Its key, now that there is one.
    changed = [notice for notice, kept in before.items() if _kept(notice) != kept]
    Notice.objects.bulk_update(changed, ["message", "due_at", "held", "dropped"])
    return len(made)


def _held_notices(recipients: list[str]) -> list[Notice]:
    """Held, so that of two who do this at once the second finds nothing left of it."""
    rows = Notice.objects.waiting().filter(recipient__in=recipients)
    return list(rows.select_for_update(no_key=True).order_by("pk"))


def _held_messages(recipients: list[str]) -> dict[tuple[str, str], Message]:
    """Those that wait to be sent, to which more can be added."""
    rows = Message.objects.filter(recipient__in=recipients, state=State.WAITING)
    held = rows.select_for_update(no_key=True).order_by("pk")
    return {_key(row): row for row in held if is_optional(row.kinds)}


def _kept(notice: Notice) -> tuple[object, ...]:
    return notice.message_id, notice.due_at, notice.held, notice.dropped


def _key(row: Notice | Message) -> tuple[str, str]:
    return row.channel, row.recipient


def _message(notice: Notice, *, at: datetime) -> Message:
    return Message(
        channel=notice.channel,
        recipient=notice.recipient,
        person_id=notice.person_id,
        at=at,
        try_at=at,
    )


def _names(names: set[str]) -> str:
    """Names of kinds, in their order."""
    return " ".join(name for name in kinds() if name in names)


def _due_groups(notices: list[Notice], *, at: datetime) -> Iterator[list[Notice]]:
    """The notices to send now, those of one message together."""
    preferences = NoticePreferences.objects.of(n.person_id for n in notices if n.person_id)
    groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.kind not in kinds():
            notice.dropped = True  # Nobody is left who could say anything of it.
        elif not kinds()[notice.kind].is_optional:
            yield [notice]
        else:
            _choose(notice, preferences.get(notice.person_id or 0) or NoticePreferences(), at=at)
            groups[_key(notice)].append(notice)
    yield from filter(None, (_due(group, at=at) for group in groups.values()))


def _choose(notice: Notice, preferences: NoticePreferences, *, at: datetime) -> None:
    """Have it wait, or be dropped, as its recipient wants."""
    is_asked_for = kinds()[notice.kind].is_asked_for
    choice = preferences.choice(notice.kind, is_asked_for=is_asked_for)
    quiet_end = preferences.quiet_end(at)
    notice.dropped = choice is Choice.OFF
    if choice is Choice.DIGEST and not notice.held:
        notice.held, notice.due_at = True, next_digest(notice.at)
    if quiet_end and notice.due_at <= at:
        notice.held, notice.due_at = True, quiet_end


def _due(notices: Iterable[Notice], *, at: datetime) -> list[Notice]:
    """Those that are due; what waits for more when all of it is, or after it waited for long."""
    wanted = [notice for notice in notices if not notice.dropped]
    unripe = [n for n in wanted if kinds()[n.kind].wait_for_more and not n.held]
    is_over = (
        all(notice.due_at <= at for notice in unripe)
        or min(notice.due_at for notice in unripe) + LONGEST <= at
    )
    return [n for n in wanted if (is_over if n in unripe else n.due_at <= at)]
