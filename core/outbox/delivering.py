"""Messages are claimed, made and sent; whatever dies on the way, none is lost or doubled.

A message that is claimed is made anew by another process, should its own die. From the moment in
which it is handed over until its answer is written down, nobody can know: one that is left there is
named as in doubt, and not sent again in the dark.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.declarations import Channel, collected
from core.ledger import Message, State
from core.outbox.answers import (
    Away,
    Broken,
    Later,
    NeverSent,
    NotNeeded,
    NotSent,
    Prepared,
    Ready,
    Sender,
    Unknown,
)
from core.outbox.gathering import gather
from core.outbox.letters import Letter
from core.outbox.posting import is_optional

logger = logging.getLogger("jobops.outbox")
# How many messages are made together.
BATCH = 50
# After so long, whoever had a message in hand is taken for dead: no run takes longer.
LEASE = timedelta(minutes=5)
# How long a sweep goes on. The next one, a minute later, goes on from there.
SWEEP_SECONDS = 60.0
# After each try that fails, and then no more.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)


def sweep(*, at: datetime) -> Counter[str]:
    """Take up all that nobody has: what was left by the dead, what is due, what waits."""
    recover(at=at)
    gather(at=at)
    return deliver(at=at, seconds=SWEEP_SECONDS)


def send_due(*, at: datetime) -> dict[str, int]:
    """Send what is due by then, as long as a sweep does; what became of how many messages."""
    gather(at=at)
    return dict(deliver(at=at, seconds=SWEEP_SECONDS))


def recover(*, at: datetime) -> None:
    """Take messages out of the hands of processes that died with them."""
    left = Message.objects.filter(claimed_at__lt=at - LEASE)
    left.move(State.CLAIMED, to=State.WAITING, claim=None)
    doubt = _("The process sending it ended before it could record the answer.")
    number = left.move(State.SENDING, to=State.IN_DOUBT, settled_at=at, problem=doubt)
    if number:
        logger.warning("in doubt: %d messages may have been sent or not", number)


def deliver(*, at: datetime, seconds: float | None = None) -> Counter[str]:
    """Send what waits and is due by now, for so many seconds at most; what became of how many."""
    counts: Counter[str] = Counter()
    for channel in collected(Channel):
        until = None if seconds is None else time.monotonic() + seconds
        counts += _Run(channel, at=at, until=until).go()
    if counts:
        logger.info("sent: %s", ", ".join(f"{n} {state}" for state, n in sorted(counts.items())))
    return counts


class _Run:
    """One process that sends by one channel."""

    def __init__(self, channel: Channel, *, at: datetime, until: float | None) -> None:
        self.channel, self.at, self.until = channel.name, at, until
        self.sender: Sender = import_string(channel.sender)()
        self.claim = uuid.uuid4()
        self.is_away = False
        self.counts: Counter[str] = Counter()

    def go(self) -> Counter[str]:
        """Send until nothing is left, time is over, or there is nobody to send to."""
        try:
            while not self._is_over() and (batch := self._claimed()):
                for message, prepared in zip(batch, self._prepared(batch), strict=True):
                    if self._is_over():
                        break
                    self._do(message, prepared)
        finally:
            mine = Message.objects.filter(claim=self.claim)
            mine.move(State.CLAIMED, to=State.WAITING, claim=None)
            self.sender.close()
        return self.counts

    def _is_over(self) -> bool:
        return self.is_away or (self.until is not None and time.monotonic() > self.until)

    @transaction.atomic
    def _claimed(self) -> list[Message]:
        """The next messages, which nobody else gets."""
        due = Message.objects.due(at=self.at).filter(channel=self.channel)
        # What another one is about to claim is left to it; on SQLite, one alone is here at a time.
        rows = list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH])
        Message.objects.filter(pk__in=[row.pk for row in rows]).move(
            State.WAITING, to=State.CLAIMED, claim=self.claim, claimed_at=timezone.now()
        )
        return rows

    def _prepared(self, batch: list[Message]) -> list[Prepared]:
        """What each says; where one cannot be made, the others are."""
        try:
            return self.sender.prepare(batch, at=self.at)
        except Exception as error:
            if len(batch) > 1:
                return [each for message in batch for each in self._prepared([message])]
            logger.exception("message %d could not be made", batch[0].pk)
            return [Broken(_("The mail could not be created: %(error)r") % {"error": error})]

    def _do(self, message: Message, prepared: Prepared) -> None:
        if isinstance(prepared, Ready):
            self._send(message, prepared)
        elif isinstance(prepared, Later):
            self._record_result(message, State.WAITING, claim=None, try_at=prepared.until)
        else:
            state = State.DROPPED if isinstance(prepared, NotNeeded) else State.FAILED
            self._record_result(message, state, problem=prepared.why)

    def _send(self, message: Message, ready: Ready) -> None:
        if not self._hand_over(message, ready):
            return  # It took too long, and somebody else has it by now.
        try:
            reference = self.sender.send(message, ready)
        except NotSent as error:
            self.is_away = isinstance(error, Away)
            self._try_later(message, error)
        except NeverSent as error:
            self._record_result(message, State.FAILED, problem=str(error))
        except Unknown as error:
            self._record_result(message, State.IN_DOUBT, problem=str(error))
            self.is_away = True
        except BaseException as error:
            self._record_result(message, State.IN_DOUBT, problem=repr(error))
            raise
        else:
            self._record_result(message, State.SENT, problem="", reference=reference[:250])

    def _hand_over(self, message: Message, ready: Ready) -> bool:
        """Write down that it is being sent, and what; False where it is no longer ours to send."""
        letter = ready.letter if is_optional(message.kinds) else _secret(ready.letter)
        mine = Message.objects.filter(pk=message.pk, claim=self.claim)
        message.tries += 1
        return bool(
            mine.move(
                State.CLAIMED,
                to=State.SENDING,
                claimed_at=timezone.now(),
                tries=message.tries,
                address=ready.address,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
            )
        )

    def _try_later(self, message: Message, error: NotSent) -> None:
        if message.tries > len(PAUSES):
            self._record_result(message, State.FAILED, problem=str(error))
            return
        try_at = self.at + PAUSES[message.tries - 1]
        self._record_result(message, State.WAITING, claim=None, try_at=try_at, problem=str(error))

    def _record_result(self, message: Message, state: State, **values: object) -> None:
        self.counts[state.value] += 1
        # Whoever was taken for dead, and was not, still knows better.
        mine = Message.objects.filter(pk=message.pk, claim=self.claim)
        sources = (State.CLAIMED, State.SENDING, State.IN_DOUBT)
        mine.move(*sources, to=state, settled_at=timezone.now(), **values)


def _secret(letter: Letter) -> Letter:
    """Of a letter that may hold a link by which somebody gets in, nothing is kept but its subject:
    whoever reads the ledger is not to go through it."""
    return Letter(letter.subject, text="", html="")


# What an Admin decides


AGAIN = (State.FAILED, State.IN_DOUBT, State.BOUNCED)


def send_again(message: Message, *, at: datetime) -> bool:
    """Have a message that failed, came back or is in doubt be sent anew; False where it is none of
    these."""
    row = Message.objects.filter(pk=message.pk)
    again = {"claim": None, "tries": 0, "try_at": at}
    return bool(row.move(*AGAIN, to=State.WAITING, **again))


def dismiss(message: Message, *, at: datetime) -> bool:
    """Drop a message that failed: it is not needed any more. False where that was decided."""
    row = Message.objects.filter(pk=message.pk)
    return bool(row.move(State.FAILED, to=State.DROPPED, settled_at=at))


def was_sent(message: Message, *, at: datetime) -> bool:
    """Count a message that was in doubt as sent. False where it is not in doubt by now."""
    row = Message.objects.filter(pk=message.pk)
    return bool(row.move(State.IN_DOUBT, to=State.SENT, settled_at=at, problem=""))
