"""A customer, and the sites where work is done for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.granted import extra_permissions
from core.record.records import AuditRecords, Recorded
from core.record.transactions import atomic
from core.refusals import Refused
from core.text import search
from core.text.typed import AddressField, LineField, PhoneField, TextField, searchable

SITE_NAME_TAKEN = gettext_lazy("This customer has a site of this name already.")


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Customers, by what they are found by."""

    def matching(self, text: str) -> CustomerQuerySet:
        """Customers in whose name, contact, phone or e-mail every word stands."""
        return self.filter(search.standing(text))


class Customer(Recorded):
    """Who the work is for."""

    unversioned: ClassVar[frozenset[str]] = frozenset({"name_folded", "search_text"})
    folded: ClassVar = {"name_folded": "name"}

    name = LineField(gettext_lazy("name"), max_length=200)
    contact_name = LineField(gettext_lazy("contact name"), max_length=200, blank=True)
    email = AddressField(gettext_lazy("e-mail"), blank=True)
    phone = PhoneField(gettext_lazy("phone"), max_length=50, blank=True)
    notes = TextField(gettext_lazy("notes"), blank=True)
    is_active = models.BooleanField(gettext_lazy("active"), default=True)
    # Derived, so not on record: by which names are the same, and what a search looks through.
    name_folded = models.CharField(max_length=600, editable=False)
    search_text = models.TextField(default="", editable=False)

    objects = CustomerQuerySet.as_manager()
    history = AuditRecords(excluded_fields=["name_folded", "search_text"])

    class Meta:
        verbose_name = gettext_lazy("customer")
        verbose_name_plural = gettext_lazy("customers")
        ordering = ("name", "pk")
        permissions = extra_permissions("operations.customer")
        indexes = (models.Index(fields=["name", "id"], name="operations_customer_by_name"),)
        constraints = (
            models.UniqueConstraint(
                fields=["name_folded"],
                name="operations_customer_name_unique",
                violation_error_code="name",
                violation_error_message=gettext_lazy("There is a customer of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def words(self) -> str:
        """What the customer is found by."""
        phones = (self.phone, search.digits(self.phone))
        return searchable(self.name, self.contact_name, self.email, *phones)

    def before_save(self) -> None:
        if self.changed() & {"name", "contact_name", "email", "phone"}:
            self.search_text = self.words()

    def update_dependents(self, changed: Collection[str]) -> None:
        super().update_dependents(changed)
        if "name" in changed:
            self.sites.all().refresh_search()
            self.jobs.all().refresh_search()

    def check_delete(self, *, is_named: bool = True) -> None:
        """A customer with jobs stays; they can be set inactive."""
        if is_named:
            _refuse_while_jobs_name_it(self)


class SiteQuerySet(models.QuerySet["Site"]):
    """Sites, by what they are found by."""

    def matching(self, text: str) -> SiteQuerySet:
        """Sites in whose name or address, or in whose customer's name, every word stands."""
        return self.filter(search.standing(text))

    def refresh_search(self) -> None:
        """Write anew what these sites are found by: their customer was renamed."""
        with atomic():
            held = self.select_for_update(no_key=True, of=("self",)).select_related("customer")
            sites = list(held.order_by("pk"))
            for site in sites:
                site.search_text = site.words()
            Site._base_manager.bulk_update(sites, ["search_text"], batch_size=500)


class Site(Recorded):
    """A place of a customer's where work is done."""

    unversioned: ClassVar[frozenset[str]] = frozenset({"name_folded", "search_text"})
    folded: ClassVar = {"name_folded": "name"}

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="sites",
        verbose_name=gettext_lazy("customer"),
    )
    name = LineField(gettext_lazy("name"), max_length=200)
    address = TextField(gettext_lazy("address"), blank=True)
    access_notes = TextField(
        gettext_lazy("access notes"),
        blank=True,
        help_text=gettext_lazy("How to get in: gate code, reception, parking."),
    )
    # Derived, so not on record: as of a customer.
    name_folded = models.CharField(max_length=600, editable=False)
    search_text = models.TextField(default="", editable=False)

    objects = SiteQuerySet.as_manager()
    history = AuditRecords(excluded_fields=["name_folded", "search_text"])

    class Meta:
        verbose_name = gettext_lazy("site")
        verbose_name_plural = gettext_lazy("sites")
        ordering = ("customer__name", "name", "pk")
        permissions = extra_permissions("operations.site")
        constraints = (
            models.UniqueConstraint(
                fields=["customer", "name_folded"],
                name="operations_site_name_unique",
                violation_error_code="name",
                violation_error_message=SITE_NAME_TAKEN,
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def own_name(self) -> str:
        """Its name beside its address; nothing where it is called by that alone."""
        first = self.address.strip().partition("\n")[0].strip()
        address = {first, first.partition(",")[0], " ".join(self.address.split())}
        return "" if self.name in address else self.name

    def clean(self) -> None:
        """A site that jobs name stays with its customer: their site would be somebody else's."""
        moved = not self._state.adding and self.customer_id != self.loaded("customer_id")
        if moved and self.jobs.exists():
            raise Refused(_("Jobs take place at this site, so it must stay with its customer."))

    def words(self) -> str:
        """What the site is found by."""
        return searchable(self.name, self.address, self.customer.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean_once()
        super().save(*args, **kwargs)

    def before_save(self) -> None:
        if self.changed() & {"name", "address", "customer_id"}:
            self.search_text = self.words()

    def update_dependents(self, changed: Collection[str]) -> None:
        super().update_dependents(changed)
        if "name" in changed:
            self.jobs.all().refresh_search()

    def check_delete(self, *, is_named: bool = True) -> None:
        """A site that a job names stays."""
        if is_named:
            _refuse_while_jobs_name_it(self)


def _refuse_while_jobs_name_it(row: Customer | Site) -> None:
    count = row.jobs.count()
    if count:
        message = ngettext(
            "%(count)d job refers to %(name)s, so it cannot be deleted.",
            "%(count)d jobs refer to %(name)s, so it cannot be deleted.",
            count,
        ) % {"count": count, "name": row}
        message += " " + (
            _("Set the customer inactive instead.")
            if isinstance(row, Customer)
            else _("Choose another site on them first, or none.")
        )
        raise Refused(message)
