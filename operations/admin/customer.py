"""Customers, with their sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.access import can, visible_to
from core.backoffice.admin import RecordedAdmin, RecordedStackedInline
from core.backoffice.chosen import RelationFilter, is_key
from core.backoffice.formsets import RecordedFormSet
from core.backoffice.panels import Link, Panel, Panels, Text, mail_link, phone_link
from core.text.typed import folded
from operations.models import Customer, Job, Site
from operations.models.customer import SITE_NAME_TAKEN
from operations.pages import job_panels


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
            name = folded(form.cleaned_data.get("name") or "")
            renamed = "name" in form.changed_data
            if renamed and (name in names or self._is_taken(form.instance, name, leaving)):
                form.add_error("name", SITE_NAME_TAKEN)
            names.add(name)

    def _is_taken(self, site: Site, name: str, leaving: list[int | None]) -> bool:
        others = Site.objects.filter(customer=self.instance.pk, name_folded=name)
        return others.exclude(pk__in=[*leaving, site.pk]).exists()


class SiteInline(RecordedStackedInline):
    """The places of a customer."""

    model = Site
    formset = SiteForms
    fields = ("stated_version", ("name", "address"), "access_notes")


@admin.register(Customer)
class CustomerAdmin(Panels, RecordedAdmin):
    """Who the work is for."""

    list_display = ("name", "contact_name", "phone_link", "sites_count", "open_jobs", "is_active")
    list_filter = ("is_active",)
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, contact, phone or e-mail")
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("contact_name", "phone"), "email", "notes")}),
    )
    inlines = (SiteInline,)

    def all_rows(self, request: HttpRequest) -> QuerySet[Customer]:
        """With what the person sees of each: a technician, the sites and jobs that are theirs."""
        sites = visible_to(request.user, Site.objects.all())
        return super().all_rows(request).annotate(sites_count=_number(sites))

    def fill(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        jobs = visible_to(request.user, Job.objects.open().filter(customer__in=rows))
        counts = jobs.order_by().values_list("customer").annotate(Count("pk"))
        number = dict(counts)
        for customer in rows:
            customer.open_jobs = number.get(customer.pk, 0)

    def panels(self, request: HttpRequest, obj: Customer) -> list[Panel]:
        jobs = visible_to(request.user, Job.objects.filter(customer=obj))
        named = {"customer__id__exact": obj.pk}
        new = Link(f"{reverse('admin:operations_job_add')}?customer={obj.pk}", _("New job"), "add")
        may_add = obj.is_active and can(request.user, "add", Job)
        return [
            _contact(obj),
            job_panels.open_jobs(
                jobs,
                of=obj,
                more=Link(job_panels.jobs_url(**named, attention="open"), _("All open jobs")),
                empty=_("%(name)s has no open jobs.") % {"name": obj},
                actions=[new] if may_add else [],
            ),
            job_panels.past_jobs(
                jobs,
                of=obj,
                more=Link(job_panels.jobs_url(**named), _("All jobs of %(name)s") % {"name": obj}),
            ),
        ]

    def found_text(self, obj: Customer) -> tuple[str, str]:
        message = [text for text in (obj.contact_name, obj.phone) if text]
        return obj.name, " · ".join(message) or _("Customer")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """A job is offered active customers."""
        if request.path.endswith("/autocomplete/") and "named" not in request.GET:
            queryset = queryset.filter(is_active=True)
        return queryset & Customer.objects.matching(search_term), False

    def history_sources(self, obj: Customer) -> list[QuerySet[Any]]:
        return [*super().history_sources(obj), Site.history.filter(customer_id=obj.pk)]

    @display(description=gettext_lazy("phone"), ordering="phone")
    def phone_link(self, obj: Customer) -> Text:
        return phone_link(obj.phone) or "–"

    @display(description=gettext_lazy("sites"), ordering="sites_count")
    def sites_count(self, obj: Any) -> int:
        return int(obj.sites_count)

    @display(description=gettext_lazy("open jobs"))
    def open_jobs(self, obj: Any) -> Text:
        url = job_panels.jobs_url(customer__id__exact=obj.pk, attention="open")
        return format_html('<a href="{}">{}</a>', url, obj.open_jobs) if obj.open_jobs else "0"


def _number(rows: QuerySet[Any]) -> Coalesce:
    # Counted for the customers that are read alone.
    of_customer = rows.filter(customer=OuterRef("pk")).order_by()
    number = of_customer.values("customer").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number), 0)


def _contact(customer: Customer) -> Panel:
    return Panel(
        _("Contact"),
        facts=[
            (_("name"), customer.contact_name),
            (_("phone"), phone_link(customer.phone)),
            (_("e-mail"), mail_link(customer.email)),
        ],
    )


@admin.register(Site)
class SiteAdmin(RecordedAdmin):
    """Where the work is."""

    list_display = ("name", "customer", "address")
    list_select_related = ("customer",)
    list_filter = (("customer", RelationFilter),)
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, address or customer")
    fields = ("customer", "name", "address", "access_notes")
    autocomplete_fields = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        return super().get_queryset(request).select_related("customer")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Site], search_term: str
    ) -> tuple[QuerySet[Site], bool]:
        """Every word stands in name, address or customer; a form that names a customer is offered
        theirs alone."""
        customer = request.GET.get("customer", "")
        if request.path.endswith("/autocomplete/") and customer:
            queryset = (
                queryset.filter(customer_id=int(customer)) if is_key(customer) else queryset.none()
            )
        return queryset & Site.objects.matching(search_term), False

    def found_rows(self) -> QuerySet[Site]:
        return Site.objects.select_related("customer")

    def found_text(self, obj: Site) -> tuple[str, str]:
        return obj.name, obj.customer.name

    def choice_text(self, obj: Site) -> str:
        """With the customer: many have a site of the same name."""
        return f"{obj.customer.name} – {obj.name}"
