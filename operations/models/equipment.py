"""Tools, machines, vehicles and accessories that tasks need."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy, ngettext

from core.granted import extra_permissions
from core.record.records import AuditRecords, Recorded
from core.refusals import Refused
from core.text import search
from core.text.typed import LineField, TextField, searchable


class EquipmentQuerySet(models.QuerySet["Equipment"]):
    """Equipment, by what it can be used for."""

    def active(self) -> EquipmentQuerySet:
        """What a task can newly require."""
        return self.filter(is_active=True)

    def matching(self, text: str) -> EquipmentQuerySet:
        """Equipment in whose name or serial number every word stands."""
        return self.filter(search.standing(text))


class Equipment(Recorded):
    """One thing, known by its serial number."""

    class Kind(models.TextChoices):
        TOOL = "tool", gettext_lazy("Tool")
        MACHINE = "machine", gettext_lazy("Machine")
        VEHICLE = "vehicle", gettext_lazy("Vehicle")
        ACCESSORY = "accessory", gettext_lazy("Accessory")

    unversioned: ClassVar[frozenset[str]] = frozenset({"serial_folded", "search_text"})
    folded: ClassVar = {"serial_folded": "serial_number"}

    name = LineField(gettext_lazy("name"), max_length=200)
    kind = models.CharField(gettext_lazy("kind"), max_length=10, choices=Kind.choices)
    serial_number = LineField(gettext_lazy("serial number"), max_length=100)
    description = TextField(gettext_lazy("description"), blank=True)
    is_active = models.BooleanField(
        gettext_lazy("active"),
        default=True,
        help_text=gettext_lazy("A task can only add equipment that is active."),
    )

    # Derived, so not on record: by which serial numbers are the same, and what a search looks
    # through.
    serial_folded = models.CharField(max_length=300, editable=False)
    search_text = models.TextField(default="", editable=False)

    objects = EquipmentQuerySet.as_manager()
    history = AuditRecords(excluded_fields=["serial_folded", "search_text"])

    class Meta:
        verbose_name = gettext_lazy("equipment")
        verbose_name_plural = gettext_lazy("equipment")
        ordering = ("name", "serial_number")
        permissions = extra_permissions("operations.equipment")
        constraints = (
            models.UniqueConstraint(
                fields=["serial_folded"],
                name="operations_equipment_serial_unique",
                violation_error_code="serial_number",
                violation_error_message=gettext_lazy("Other equipment has this serial number."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["tool", "machine", "vehicle", "accessory"]),
                name="operations_equipment_kind_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.serial_number})"

    def words(self) -> str:
        """What it is found by."""
        return searchable(self.name, self.serial_number)

    def before_save(self) -> None:
        if self.changed() & {"name", "serial_number"}:
            self.search_text = self.words()

    def check_delete(self, *, is_named: bool = True) -> None:
        """Equipment that a task requires stays; it can be set inactive."""
        count = self.tasks.count() if is_named else 0
        if count:
            message = ngettext(
                "%(count)d task requires %(name)s. Set it inactive instead.",
                "%(count)d tasks require %(name)s. Set it inactive instead.",
                count,
            )
            raise Refused(message % {"count": count, "name": self})
