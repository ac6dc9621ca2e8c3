"""Equipment as rows of a file."""

from __future__ import annotations

from typing import ClassVar

from core.record.resources import RecordedResource
from operations.models import Equipment
from operations.resources import words


class EquipmentResource(RecordedResource):
    """Equipment by serial number."""

    required: ClassVar = frozenset({"serial_number", "name", "kind"})
    synonyms: ClassVar = {
        "serial_number": (
            "serial",
            "serial no",
            "serial no.",
            "s/n",
            "sn",
            "seriennummer",
            "seriennr",
            "geräte-nr",
        ),
        "name": (*words.NAMES, "equipment", "gerät", "ausrüstung"),
        "kind": ("type", "art", "typ", "category", "kategorie"),
        "description": ("beschreibung", "details", *words.NOTES),
        "is_active": words.ACTIVE,
    }
    words: ClassVar = {
        "kind": {
            "tool": ("werkzeug", "tools", "handwerkzeug"),
            "machine": ("maschine", "machines"),
            "vehicle": ("fahrzeug", "car", "van", "auto", "vehicles"),
            "accessory": ("zubehör", "accessories"),
        }
    }
    examples: ClassVar = {
        "serial_number": "SN-0815",
        "name": "Core drill",
        "kind": "tool",
        "description": "Wet, 230 V",
        "is_active": "yes",
    }

    class Meta:
        model = Equipment
        import_id_fields = ("serial_number",)
        fields = ("serial_number", "name", "kind", "description", "is_active")
