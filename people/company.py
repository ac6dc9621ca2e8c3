"""The company whose installation this is: one row, with a logo beside it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.granted import extra_permissions
from core.record import acts, audit
from core.record.acts import Outcome
from core.record.records import AuditRecords, Recorded
from core.record.transactions import atomic
from core.text.typed import LineField, TextField

if TYPE_CHECKING:
    from PIL.Image import Image

# The one row.
KEY = 1
# What is sent at most, in bytes and in pixels, and what is kept of it at most, in bytes.
LARGEST, PIXELS, KEPT = 5_000_000, 40_000_000, 200_000
# As wide and high as a logo is kept, the first that is small enough.
_SIZES = ((600, 240), (400, 160), (200, 80))
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}


class Logo(models.Model):
    """A picture, by what it is; not on record itself, where only its mark stands."""

    mark = models.CharField(max_length=64, primary_key=True)
    content_type = models.CharField(max_length=20)
    picture = models.BinaryField()

    def __str__(self) -> str:
        return self.mark


class Company(Recorded):
    """Name, address and logo, as they stand on the sign-in page and on papers."""

    # Which steps of the way to the first job were skipped is no fact of the company.
    unversioned: ClassVar[frozenset[str]] = frozenset({"skipped_steps"})

    name = LineField(gettext_lazy("name"), max_length=200, blank=True)
    address = TextField(gettext_lazy("address"), blank=True)
    logo_mark = models.CharField(gettext_lazy("logo"), max_length=64, blank=True, editable=False)
    skipped_steps = models.CharField(max_length=400, blank=True, editable=False)

    history = AuditRecords(excluded_fields=["skipped_steps"])

    class Meta:
        verbose_name = gettext_lazy("company")
        verbose_name_plural = gettext_lazy("company")
        permissions = extra_permissions("people.company")
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=KEY), name="people_company_is_one"),
        )

    def __str__(self) -> str:
        return self.name or _("The company")

    @property
    def logo_url(self) -> str:
        """Where its logo is; empty where it has none."""
        return reverse("company-logo", args=[self.logo_mark]) if self.logo_mark else ""

    @property
    def skipped(self) -> list[str]:
        """The steps that somebody skipped, by name."""
        return self.skipped_steps.split()


def company() -> Company:
    """The company as it is; a new row while nobody has said anything of it."""
    return Company._base_manager.filter(pk=KEY).first() or Company(pk=KEY)


def held() -> Company:
    """The same for who is about to change it: held until the end of the transaction."""
    return Company.held_row(KEY) or Company(pk=KEY)


def describe(
    row: Company, *, by: Any, logo: Picture | None = None, no_logo: bool = False
) -> Outcome[Company]:
    """Save what somebody's form has put on the row, with another logo, or without one.

    Raises PermissionDenied, `Stale` or `ValidationError`.
    """
    with atomic(), audit.act(by=by):
        if logo or no_logo:
            row.logo_mark = logo.mark if logo else ""
        outcome = acts.save(row, by=by)
        if logo:
            values = {"content_type": logo.content_type, "picture": logo.content}
            Logo.objects.get_or_create(mark=logo.mark, defaults=values)
        Logo.objects.exclude(mark=row.logo_mark).delete()
        return outcome


def skip(step: str, *, by: Any) -> Outcome[Company]:
    """Leave a step of the way to the first job for later. Raises PermissionDenied."""
    with atomic(), audit.act(by=by):
        row = held()
        row.skipped_steps = " ".join(dict.fromkeys([*row.skipped, step]))
        return acts.save(row, by=by)


# Its logo


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: drawn anew, so that nothing else that its file held is kept."""

    content: bytes
    content_type: str

    @property
    def mark(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def picture(file: IO[bytes]) -> Picture:
    """The picture in a file, small enough to be shown above a sign-in and on paper.

    Raises `ValidationError` for what is none, or too large to be looked at.
    """
    # Wanted by nobody else, and slow to be read.
    import PIL.Image
    import PIL.ImageOps

    try:
        # Read by what it holds, whatever its name says.
        with PIL.Image.open(file, formats=("PNG", "JPEG", "WEBP")) as found:
            if found.width * found.height > PIXELS:
                raise ValidationError(_("This picture has too many pixels. Make it smaller."))
            drawn = PIL.ImageOps.exif_transpose(found)
            drawn = drawn.convert("RGBA" if drawn.has_transparency_data else "RGB")
    except ValidationError:
        raise
    except Exception as error:
        # Of a file that is broken on purpose, Pillow raises whatever its parts come upon.
        raise ValidationError(
            _("This is not a picture. Choose a PNG, JPEG or WebP file.")
        ) from error
    kind = "PNG" if drawn.mode == "RGBA" else "JPEG"
    files = (_file(drawn, size, kind) for size in _SIZES)
    return Picture(next(file for file in files if len(file) <= KEPT), _TYPES[kind])


def _file(drawn: Image, size: tuple[int, int], kind: str) -> bytes:
    """The file of a picture that fits into a size."""
    drawn.thumbnail(size)
    kept = io.BytesIO()
    drawn.save(kept, kind, optimize=True)
    return kept.getvalue()
