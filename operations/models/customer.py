"""A customer, and the sites where work is done for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.problems import Refused
from core.records import AuditRecords, Recorded
from core.roles import extra_permissions

SITE_NAME_TAKEN = gettext_lazy("This customer has a site of this name already.")


class Customer(Recorded):
    """Who the work is for."""

    name = models.CharField(gettext_lazy("name"), max_length=200)
    contact_name = models.CharField(gettext_lazy("contact name"), max_length=200, blank=True)
    email = models.EmailField(gettext_lazy("e-mail"), blank=True)
    phone = models.CharField(gettext_lazy("phone"), max_length=50, blank=True)
    notes = models.TextField(gettext_lazy("notes"), blank=True)
    is_active = models.BooleanField(gettext_lazy("active"), default=True)

    history = AuditRecords()

    class Meta:
        verbose_name = gettext_lazy("customer")
        verbose_name_plural = gettext_lazy("customers")
        ordering = ("name", "pk")
        permissions = extra_permissions("operations.customer")
        indexes = (models.Index(fields=["name", "id"], name="operations_customer_by_name"),)
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="operations_customer_name_unique",
                violation_error_code="name",
                violation_error_message=gettext_lazy("There is a customer of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        _save_and_refresh_search(self, super().save, *args, **kwargs)

    def check_delete(self) -> None:
        """A customer with jobs stays; they can be set inactive."""
        _refuse_while_jobs_name_it(self)


class Site(Recorded):
    """A place of a customer's where work is done."""

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="sites",
        verbose_name=gettext_lazy("customer"),
    )
    name = models.CharField(gettext_lazy("name"), max_length=200)
    address = models.TextField(gettext_lazy("address"), blank=True)
    access_notes = models.TextField(
        gettext_lazy("access notes"),
        blank=True,
        help_text=gettext_lazy("How to get in: gate code, reception, parking."),
    )

    history = AuditRecords()

    class Meta:
        verbose_name = gettext_lazy("site")
        verbose_name_plural = gettext_lazy("sites")
        ordering = ("customer__name", "name", "pk")
        permissions = extra_permissions("operations.site")
        constraints = (
            models.UniqueConstraint(
                "customer",
                Lower("name"),
                name="operations_site_name_unique",
                violation_error_code="name",
                violation_error_message=SITE_NAME_TAKEN,
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A site that jobs name stays with its customer: their site would be somebody else's."""
        moved = not self._state.adding and self.customer_id != self.loaded("customer_id")
        if moved and self.jobs.exists():
            raise Refused(_("Jobs take place at this site: it stays with its customer."))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean()
        _save_and_refresh_search(self, super().save, *args, **kwargs)

    def check_delete(self) -> None:
        """A site that a job names stays."""
        _refuse_while_jobs_name_it(self)


def _save_and_refresh_search(
    row: Customer | Site, save: Callable[..., None], *args: Any, **kwargs: Any
) -> None:
    """Save; a new name is what the jobs there are found by from now on."""
    renamed = not row._state.adding and "name" in row.changed()
    with transaction.atomic():
        save(*args, **kwargs)
        if renamed:
            row.jobs.all().refresh_search()


def _refuse_while_jobs_name_it(row: Customer | Site) -> None:
    count = row.jobs.count()
    if count:
        message = ngettext(
            "%(count)d job names %(name)s, so it cannot be deleted.",
            "%(count)d jobs name %(name)s, so it cannot be deleted.",
            count,
        ) % {"count": count, "name": row}
        if isinstance(row, Customer):
            message += " " + _("Set the customer inactive instead.")
        raise Refused(message)
