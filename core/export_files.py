"""Files that are written in the background, and lie here until somebody has taken them.

They lie in the database, in pieces: every web machine reads it, it knows whose each file is, and a
backup or a restore has nothing beside it to keep in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.long_work.row import LongWork
from core.long_work.worker import is_lost

# How long a file lies here once it is there.
KEPT = timedelta(days=1)
# Bytes of a piece.
PIECE = 512 * 1024


class ExportState(models.TextChoices):
    """Where a file stands."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being written")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class ExportFileQuerySet(models.QuerySet["ExportFile"]):
    """Files, by where they stand."""

    def of(self, person: Any) -> ExportFileQuerySet:
        """Those that somebody asked for: nobody else sees them."""
        return self.filter(person=person.pk)

    def over(self, *, at: datetime) -> ExportFileQuerySet:
        """Those that have lain for as long as they are kept."""
        return self.filter(
            Q(done_at__lt=at - KEPT)
            | Q(done_at=None, state=ExportState.WAITING, asked_at__lt=at - KEPT)
        )


class ExportFile(LongWork):
    """A file that somebody asked for: what is to be in it, and what became of it."""

    WORKING = (ExportState.WAITING, ExportState.RUNNING)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    # The word of a kind of row; empty for everything.
    kind = models.CharField(_("kind"), max_length=40, default="")
    # What the list was asked for, the keys that were ticked in it, and the columns.
    query = models.TextField(_("query"), default="")
    keys = models.JSONField(_("keys"), default=list)
    columns = models.JSONField(_("columns"), default=list)
    format = models.CharField(_("format"), max_length=10)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING
    )
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    done_at = models.DateTimeField(_("done"), null=True)

    objects: ClassVar[ExportFileQuerySet] = ExportFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)
        indexes = (models.Index(fields=["person", "id"], name="core_export_of_person"),)

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        """What the file is called where it is saved."""
        day = timezone.localtime(self.asked_at, timezone.get_default_timezone()).date()
        return f"{self.kind or 'everything'}-{day.isoformat()}.{self.format}"

    def state_at(self, at: datetime) -> ExportState:
        """Where it stands: a dead worker says nothing of itself."""
        return ExportState.FAILED if is_lost(self, at=at) else ExportState(self.state)

    @property
    def kept_until(self) -> datetime | None:
        """When it is removed."""
        return self.done_at and self.done_at + KEPT

    def content(self) -> Iterator[bytes]:
        """What it holds, a piece at a time."""
        for pk in list(self.pieces.order_by("place").values_list("pk", flat=True)):
            piece = self.pieces.filter(pk=pk).values_list("content", flat=True).first()
            if piece is not None:  # Removed meanwhile.
                yield bytes(piece)


class ExportPiece(models.Model):
    """A piece of a file."""

    file = models.ForeignKey(ExportFile, on_delete=models.CASCADE, related_name="pieces")
    place = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("piece of an export")
        verbose_name_plural = _("pieces of exports")
        constraints = (
            models.UniqueConstraint(fields=["file", "place"], name="core_export_piece_once"),
        )

    def __str__(self) -> str:
        return f"{self.file} {self.place}"


class ExportChoice(models.Model):
    """What somebody chose when they last took out rows of a kind."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    format = models.CharField(_("format"), max_length=10)
    columns = models.JSONField(_("columns"), default=list)

    class Meta:
        verbose_name = _("choice for exports")
        verbose_name_plural = _("choices for exports")
        constraints = (
            models.UniqueConstraint(fields=["person", "kind"], name="core_export_choice_once"),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"
