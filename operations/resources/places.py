"""Customers and sites as rows of a file."""

from __future__ import annotations

from typing import ClassVar

from import_export.fields import Field

from core.record.cells import NamedWidget
from core.record.resources import RecordedResource
from operations.models import Customer, Site
from operations.resources import words


class CustomerResource(RecordedResource):
    """Customers by name, whatever the case."""

    required: ClassVar = frozenset({"name"})
    synonyms: ClassVar = {
        "name": (*words.OF_CUSTOMER, "customer"),
        "contact_name": (
            "contact",
            "contact person",
            "kontakt",
            "ansprechpartner",
            "kontaktperson",
        ),
        "email": words.MAILS,
        "phone": words.PHONES,
        "notes": words.NOTES,
        "is_active": words.ACTIVE,
    }
    examples: ClassVar = {
        "name": "Hotel Seeblick",
        "contact_name": "Anna Berger",
        "email": "office@seeblick.example",
        "phone": "+43 1 555 0100",
        "notes": "Ring twice.",
        "is_active": "yes",
    }

    class Meta:
        model = Customer
        import_id_fields = ("name",)
        fields = ("name", "contact_name", "email", "phone", "notes", "is_active")


class SiteResource(RecordedResource):
    """Sites by customer and name."""

    required: ClassVar = frozenset({"customer", "name"})
    related: ClassVar = ("customer",)
    synonyms: ClassVar = {
        "customer": words.OF_CUSTOMER,
        "name": (*words.NAMES, "site", "site name", "einsatzort", "standort", "location", "objekt"),
        "address": ("adresse", "anschrift", "street", "straße"),
        "access_notes": ("access", "zugang", "zutritt", "how to get in", *words.NOTES),
    }
    examples: ClassVar = {
        "customer": "Hotel Seeblick",
        "name": "Main house",
        "address": "Seestraße 1, 5020 Salzburg",
        "access_notes": "Gate code at reception.",
    }

    customer = Field(
        attribute="customer", column_name="customer", widget=NamedWidget(Customer, "name")
    )

    class Meta:
        model = Site
        import_id_fields = ("customer", "name")
        fields = ("customer", "name", "address", "access_notes")
