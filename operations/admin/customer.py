"""Customers, with their sites."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.access import visible_to
from core.admin import RecordedAdmin, RecordedStackedInline
from core.forms import RecordedFormSet, RelationFilter, save_each
from operations.models import Customer, Site
from operations.models.customer import SITE_NAME_TAKEN

FEW = 1000


class SiteForms(RecordedFormSet):
    """The places of a customer, each with a name of its own."""

    def clean(self) -> None:
        """Two forms can name the same, and Django checks no constraint on the parent's key."""
        super().clean()
        staying = [form for form in self.forms if not self._should_delete_form(form)]
        leaving = [form.instance.pk for form in self.forms if form not in staying]
        names: set[str] = set()
        # Who changed nothing is not told that somebody else's name is taken.
        for form in sorted(staying, key=lambda form: form.has_changed()):
            name = form.cleaned_data.get("name")
            if name and (name.lower() in names or self._is_taken(form.instance, name, leaving)):
                form.add_error("name", SITE_NAME_TAKEN)
            names.add((name or "").lower())

    def _is_taken(self, site: Site, name: str, leaving: list[int | None]) -> bool:
        others = Site.objects.filter(customer=self.instance.pk, name__iexact=name)
        return others.exclude(pk__in=[*leaving, site.pk]).exists()


class SiteInline(RecordedStackedInline):
    """The places of a customer."""

    model = Site
    formset = SiteForms
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
        # Counted are the sites that the person sees: a technician, those of their jobs.
        seen = visible_to(request.user, Site.objects.filter(customer=OuterRef("pk"))).order_by()
        number = seen.values("customer").annotate(number=Count("pk")).values("number")
        # For the rows that are read alone.
        count = Coalesce(Subquery(number), 0)
        return super().get_queryset(request).annotate(sites_count=count)

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
    list_filter = (("customer", RelationFilter),)
    search_fields = ("name", "address", "customer__name")
    fields = ("customer", "name", "address", "access_notes")
    autocomplete_fields = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        return super().get_queryset(request).select_related("customer")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Site], search_term: str
    ) -> tuple[QuerySet[Site], bool]:
        """Every word stands in name, address or customer."""
        for word in search_term.split():
            own = Q(name__icontains=word) | Q(address__icontains=word)
            queryset = queryset.filter(own | _of_customers_named(word))
        return queryset, False

    def choice_text(self, obj: Site) -> str:
        """With the customer: many have a site of the same name."""
        return f"{obj.customer.name} – {obj.name}"


def _of_customers_named(word: str) -> Q:
    """Sites of customers in whose name a word stands."""
    named = Customer.objects.filter(name__icontains=word).order_by().values_list("pk", flat=True)
    # Few are read first, so that the sites are found by an index on either side of an OR.
    few = list(named[: FEW + 1])
    return Q(customer__in=few) if len(few) <= FEW else Q(customer__name__icontains=word)
