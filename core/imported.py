"""What was imported: each file with who, when and what came of it, kept so that it can be undone.

The rows of `ImportRow` are what the preview showed, and against which the import is held: a row
that somebody changed since is refused. File and rows are kept as long as the import can be undone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.long_work.row import LongWork

# How long an import can be undone.
UNDONE_WITHIN = timedelta(days=30)
# How many characters a sender's own name for a row can have.
LONGEST_REFERENCE = 200


class ImportState(models.TextChoices):
    """Where an import stands."""

    UPLOADED = "uploaded", _("to be matched")
    # Waiting for the long queue, or in hand.
    PREVIEWING = "previewing", _("being checked")
    PREVIEWED = "previewed", _("to be confirmed")
    APPLYING = "applying", _("being imported")
    APPLIED = "applied", _("imported")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    # Nothing was written.
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


class Import(LongWork):
    """A file that somebody brings in, from the upload to its undo."""

    WORKING = (ImportState.PREVIEWING, ImportState.APPLYING, ImportState.UNDOING)
    # What can be matched and looked at: nothing was written.
    OPEN = (
        ImportState.UPLOADED,
        ImportState.PREVIEWED,
        ImportState.STOPPED,
        ImportState.FAILED,
    )

    kind = models.CharField(_("kind"), max_length=20)
    file_name = models.CharField(_("file"), max_length=200)
    # SHA-256, by which the same file is known again.
    digest = models.CharField(max_length=64)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    # Of whoever it was, should the account go; the command line may have none.
    person_name = models.CharField(max_length=310, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    # core/imports/options.py
    way = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    applied_at = models.DateTimeField(_("imported"), null=True)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by_name = models.CharField(max_length=310, blank=True)
    # How the file was read.
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=5, blank=True)
    sheet = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=list)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    # Those refused are left out, the others taken in.
    skip_refused = models.BooleanField(default=False)
    # The keys of those who are told of it; of what was taken in before this was kept, nothing.
    people_told = models.JSONField(null=True)
    change_set = models.UUIDField(null=True)
    undo_change_set = models.UUIDField(null=True)
    # Of the undo: rows that are gone, rows that are as they were, and lines of what stays.
    removed = models.PositiveIntegerField(default=0)
    put_back = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(fields=["digest"], name="core_import_by_digest"),
            models.Index(fields=["state"], name="core_import_by_state"),
        ]

    def __str__(self) -> str:
        return self.file_name

    def state_without_effect(self, to: ImportState, why: str) -> tuple[ImportState, str]:
        """Where it goes from work of which nothing stays, and that in words: what was to be undone
        is taken in still."""
        if self.state == ImportState.UNDOING:
            to, nothing = ImportState.APPLIED, _("Nothing was undone.")
        else:
            nothing = _("Nothing was imported.")
        return to, f"{why} {nothing}"


class ImportFile(models.Model):
    """The file itself."""

    load = models.OneToOneField(
        Import, on_delete=models.CASCADE, primary_key=True, related_name="file"
    )
    data = models.BinaryField()

    def __str__(self) -> str:
        return str(self.load)


class ImportRow(models.Model):
    """What the preview showed of one row (core/imports/results.py), and what then became of it."""

    load = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    label = models.CharField(max_length=400, blank=True)
    object_id = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)
    # [[column, old, new], …] and [[column, message, value in the file], …], with what that was read
    # as, where it is something else; of a row that is not refused, messages are what is to know.
    cells = models.JSONField(default=list)
    errors = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["load", "row"], name="core_import_row_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["load", "kind", "row"], name="core_import_row_by_kind")
        ]

    def __str__(self) -> str:
        return f"{self.row}: {self.label}"


class ImportKept(models.Model):
    """What an undo could not undo: a row or one of its fields that stays, or mail that went out."""

    load = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="kept_lines")
    # What it is the line of (core/record/undoing.py).
    what = models.CharField(max_length=10)
    # The model by its label, the row's key, and what people call it.
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=400)
    # A field by its name for people; empty for the row as a whole.
    field = models.CharField(max_length=100, blank=True)
    why = models.TextField()
    # Who changed it since and when, where it is that; or who got the mail.
    who = models.CharField(max_length=320, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.label}: {self.why}"


class ImportReference(models.Model):
    """A name of the sender's own for a row that an import made, by which another file names it; of
    a row that has neither such a name nor a key, what it says (core/imports/earlier.py)."""

    load = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="references")
    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=LONGEST_REFERENCE)
    object_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "reference"], name="core_import_reference")
        ]

    def __str__(self) -> str:
        return self.reference


class Matched(models.Model):
    """How a file with these headers was matched the last time."""

    kind = models.CharField(max_length=20)
    # SHA-256 of the headers, folded.
    headers = models.CharField(max_length=64)
    way = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "headers"], name="core_matched_unique")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.headers}"
