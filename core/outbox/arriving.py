"""What became of a message after it was sent, as a provider tells it: sooner or later, in any
order, and more than once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.declarations import OnBounce, collected
from core.ledger import Message, State
from core.notice_preferences import NoticePreferences
from core.outbox.posting import is_optional

# From where a message comes to each: the news may be here before the answer to its sending is.
_FROM = {
    State.DELIVERED: (State.SENDING, State.IN_DOUBT, State.SENT, State.FAILED),
    State.FAILED: (State.SENDING, State.IN_DOUBT, State.SENT),
    State.BOUNCED: (State.SENDING, State.IN_DOUBT, State.SENT, State.FAILED, State.DELIVERED),
    State.COMPLAINED: (State.SENDING, State.IN_DOUBT, State.SENT, State.DELIVERED),
}


@dataclass(frozen=True)
class Event:
    """What is told of a message: where it stands now, and why. It is known by its key, or else by
    the name that the provider has for it; `address` is empty where that is not told."""

    state: State
    why: str = ""
    key: str = ""
    reference: str = ""
    address: str = ""


@transaction.atomic
def note(event: Event, *, at: datetime) -> bool:
    """Write down what became of a message, once; False for what is known, or no message of ours."""
    message = _find(event)
    if message is None:
        return False
    row = Message.objects.filter(pk=message.pk)
    why = _complaint(message) if event.state is State.COMPLAINED else event.why
    if not row.move(*_FROM[event.state], to=event.state, settled_at=at, problem=why):
        return False
    message.problem = why
    if event.state is State.COMPLAINED and message.person_id:
        NoticePreferences.objects.stop(message.person_id, _stopped(message))
    if event.state is State.BOUNCED:
        for each in collected(OnBounce):
            import_string(each.done)(message)
    return True


def _find(event: Event) -> Message | None:
    if event.key.isdecimal() and len(event.key) < 19:
        found = Message.objects.filter(pk=int(event.key))
    elif event.reference and not event.key:
        found = Message.objects.filter(reference=event.reference)
    else:
        return None
    message = found.defer("text", "html").first()
    # Another installation may send by the same provider, and have a message of that key.
    if message and event.address and event.address.casefold() != message.address.casefold():
        return None
    return message


def _stopped(message: Message) -> list[str]:
    """The kinds that whoever complained gets no more: those that the link in the mail stops."""
    return [name for name in message.kinds.split() if is_optional(name)]


def _complaint(message: Message) -> str:
    if _stopped(message):
        return _("The recipient marked it as unwanted, and will get no more mail of this kind.")
    return _("The recipient marked it as unwanted.")
