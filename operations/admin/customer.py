"""Customers, with their sites."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from core.admin import RecordedAdmin, RecordedStackedInline, save_each
from operations.models import Customer, Site


class SiteInline(RecordedStackedInline):
    """The places of a customer."""

    model = Site
    fields = ("stated_version", ("name", "address"), "access_notes")


@admin.register(Customer)
class CustomerAdmin(RecordedAdmin):
    """Who the work is for."""

    list_display = ("name", "contact_name", "phone", "email", "sites_count", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "contact_name", "phone", "email")
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("contact_name", "phone"), "email", "notes")}),
    )
    inlines = (SiteInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).annotate(sites_count=Count("sites"))

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        save_each(formset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """A job is offered active customers."""
        if request.path.endswith("/autocomplete/"):
            queryset = queryset.filter(is_active=True)
        return super().get_search_results(request, queryset, search_term)

    def history_sources(self, obj: Customer) -> list[QuerySet[Any]]:
        return [*super().history_sources(obj), Site.history.filter(customer_id=obj.pk)]

    @display(description=_("sites"), ordering="sites_count")
    def sites_count(self, obj: Any) -> int:
        return int(obj.sites_count)


@admin.register(Site)
class SiteAdmin(RecordedAdmin):
    """Where the work is."""

    list_display = ("name", "customer", "address")
    list_select_related = ("customer",)
    list_filter = (("customer", AutocompleteSelectFilter),)
    search_fields = ("name", "address", "customer__name")
    fields = ("customer", "name", "address", "access_notes")
    autocomplete_fields = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        return super().get_queryset(request).select_related("customer")

    def choice_text(self, obj: Site) -> str:
        """With the customer: many have a site of the same name."""
        return f"{obj.customer.name} – {obj.name}"
