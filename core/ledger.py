"""The ledger of what leaves the house: what there is to tell, and what was sent of it (rule R8).

A `Notice` is one thing to tell one recipient by one channel; it is written in the transaction of
the change that causes it, and there is one for each occasion, however often the act is repeated. A
`Message` is what is sent: one or more notices, made of what is true as it leaves. It is claimed
before it is sent and settled after; how, stands in core/outbox/.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MAIL = "mail"


class State(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", _("waiting")
    # Some process makes it: should that die, it is made again.
    CLAIMED = "claimed", _("being made")
    # Handed over, and the answer is not here yet: should the process die now, nobody knows.
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    # What a provider tells later.
    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("came back")
    COMPLAINED = "complained", _("marked as unwanted")
    IN_DOUBT = "in_doubt", _("in doubt")
    FAILED = "failed", _("failed")
    DROPPED = "dropped", _("not needed")


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices, by where they stand."""

    def waiting(self) -> NoticeQuerySet:
        """Those that no message tells yet."""
        return self.filter(message=None, dropped=False)


class Notice(models.Model):
    """One thing to tell a recipient: what happened, or which moment it is (`occasion`).

    `details` are ids and what was, never texts: what is told is what is true as it is sent.
    """

    channel = models.CharField(_("channel"), max_length=20, default=MAIL)
    # What the channel sends to, such as a person by their key, also where it is none.
    recipient = models.CharField(_("recipient"), max_length=100)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    occasion = models.CharField(_("occasion"), max_length=120)
    details = models.JSONField(_("details"), default=dict)
    # Which row it is about, as the app that tells it calls it; empty where it is about many.
    about = models.CharField(_("about"), max_length=60, default="")
    at = models.DateTimeField(_("at"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    # Held back on purpose: for a digest, or until somebody's quiet hours are over.
    held = models.BooleanField(_("held"), default=False)
    # Not wanted, by what the recipient has chosen.
    dropped = models.BooleanField(_("not wanted"), default=False)
    message = models.ForeignKey(
        "core.Message",
        on_delete=models.CASCADE,
        related_name="notices",
        null=True,
        verbose_name=_("message"),
    )

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = (
            models.UniqueConstraint(
                fields=["recipient", "channel", "kind", "occasion"], name="core_notice_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at", "recipient"],
                condition=Q(message=None, dropped=False),
                name="core_notice_waiting",
            ),
            models.Index(fields=["about"], condition=~Q(about=""), name="core_notice_about"),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, by where they stand; and the ways from one state to the next, each of which only
    one of those who try it gets."""

    def due(self, *, at: datetime) -> MessageQuerySet:
        """Those to be sent by now, the longest due first."""
        return self.filter(state=State.WAITING, try_at__lte=at).order_by("try_at", "pk")

    def in_doubt(self) -> MessageQuerySet:
        """Those of which nobody knows whether they arrived."""
        return self.filter(state=State.IN_DOUBT)

    def failed(self) -> MessageQuerySet:
        """Those that could not be sent, and are not tried again by themselves."""
        return self.filter(state=State.FAILED)

    def telling_of(self, about: str) -> MessageQuerySet:
        """Those that tell of a row."""
        return self.filter(pk__in=Notice.objects.filter(about=about).values("message"))

    def unsettled(self) -> dict[str, int]:
        """How many somebody has to see to, by state."""
        rows = self.filter(state__in=[State.FAILED, State.IN_DOUBT]).order_by()
        return dict(rows.values_list("state").annotate(models.Count("pk")))

    def move(self, *sources: State, to: State, **values: Any) -> int:
        """Have those that are in one of these states be in another; how many were."""
        return self.filter(state__in=sources).update(state=to, **values)


class Message(models.Model):
    """What is sent to a recipient by a channel, and what became of it."""

    channel = models.CharField(_("channel"), max_length=20, default=MAIL)
    recipient = models.CharField(_("recipient"), max_length=100)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        verbose_name=_("person"),
    )
    # What it tells of: the kinds of its notices, for filters.
    kinds = models.CharField(_("about"), max_length=250, default="")
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    try_at = models.DateTimeField(_("next try"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # Who has it in hand, and since when.
    claim = models.UUIDField(_("claim"), null=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    # What went wrong, in words; or why it was not needed.
    problem = models.TextField(_("problem"), default="")
    # As it was sent.
    address = models.CharField(_("address"), max_length=320, default="")
    subject = models.CharField(_("subject"), max_length=250, default="")
    text = models.TextField(_("text"), default="")
    html = models.TextField(_("HTML"), default="")
    # The provider's own name for it.
    reference = models.CharField(_("reference"), max_length=250, default="")

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["state", "try_at"], name="core_message_state"),
            models.Index(fields=["person", "id"], name="core_message_person"),
            models.Index(fields=["claim"], name="core_message_claim"),
            models.Index(
                fields=["reference"], condition=~Q(reference=""), name="core_message_reference"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]),
                name="core_message_state_known",
            ),
        )

    def __str__(self) -> str:
        return self.subject or f"{self._meta.verbose_name} {self.pk}"
