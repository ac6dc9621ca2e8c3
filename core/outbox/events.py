"""Where a mail provider tells what became of mail: anymail's page of it reads and checks what it is
sent, and is there only where a secret was agreed on."""

from __future__ import annotations

import re
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.module_loading import import_string

from core.ledger import State
from core.outbox import arriving
from core.text.typed import NO_TEXT, one_line

_STATES = {
    EventType.DELIVERED: State.DELIVERED,
    EventType.OPENED: State.DELIVERED,
    EventType.CLICKED: State.DELIVERED,
    EventType.COMPLAINED: State.COMPLAINED,
    EventType.BOUNCED: State.FAILED,
    EventType.REJECTED: State.FAILED,
    EventType.FAILED: State.FAILED,
}
# Nobody has such an address: what is blocked, too late or called spam may arrive another time.
_NOBODY = {RejectReason.BOUNCED, RejectReason.INVALID}
# As does what providers call so, each in its own place, and anymail does not tell apart.
_SOFT = re.compile(r"\b(soft|transient)", re.IGNORECASE)
_LONGEST = 250


def check() -> None:
    """Raise what anymail does where what the provider's page needs is not all there."""
    if settings.MAIL_EVENTS:
        view = import_string(settings.MAIL_EVENTS)
        view.as_view()
        view()


@receiver(tracking, dispatch_uid="core.outbox.events")
def note_tracking_event(event: AnymailTrackingEvent, **_details: Any) -> None:
    """A provider told something of a message."""
    state = _STATES.get(event.event_type)
    if state is None:
        return
    if state is State.FAILED and event.reject_reason in _NOBODY and not _is_soft(event):
        state = State.BOUNCED
    reported = arriving.Event(
        state,
        "" if state is State.DELIVERED else _why(event),
        key=str((event.metadata or {}).get("mail", "")),
        reference=NO_TEXT.sub("", str(event.message_id or "")),
        address=event.recipient or "",
    )
    arriving.note(reported, at=timezone.now())


def _is_soft(event: AnymailTrackingEvent) -> bool:
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    reply = (raw.get("Type"), raw.get("event"), raw.get("type"), event.description)
    return raw.get("hard_bounce") is False or any(_SOFT.search(str(each)) for each in reply)


def _why(event: AnymailTrackingEvent) -> str:
    """In the provider's words: they are for whoever looks after the server."""
    reply = event.mta_response or event.description or event.reject_reason or event.event_type
    return one_line(NO_TEXT.sub("", str(reply)))[:_LONGEST]


def addresses() -> list[URLPattern]:
    """The provider's page; none without a secret: anybody could tell what they like there."""
    if not settings.MAIL_EVENTS:
        return []
    theirs = import_string(settings.MAIL_EVENTS)
    view: Any = type(theirs.__name__, (_Reads, theirs), {})
    return [path("", view.as_view(), name="mail-events")]


class _Reads:
    """Refuses what is no event of the provider's, where anymail takes it for one and fails."""

    def parse_events(self, request: HttpRequest) -> list[AnymailTrackingEvent]:
        """What a request tells. Raises `SuspiciousOperation` where it tells nothing."""
        try:
            return super().parse_events(request)  # type: ignore[misc, no-any-return]  # A mixin.
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise SuspiciousOperation(f"no event of a mail provider: {error!r}") from error


urlpatterns = addresses()
