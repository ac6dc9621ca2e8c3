"""The form of a new job: the caller first, found or made in place; then what, when and who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.access import visible_to
from core.backoffice.chosen import FilledByBox, is_key
from core.backoffice.permissions import may
from core.text.typed import folded
from operations import acts
from operations.acts import Outcome
from operations.admin import job_form
from operations.admin.job_form import JobForm, WhenAndWho
from operations.models import Customer, Job, Site
from operations.models.customer import SITE_NAME_TAKEN
from operations.models.job import WRITTEN
from operations.pages import callers
from people.models import User

FIELDS = (
    *("customer", "site", *WRITTEN),
    *("schedule", "scheduled_date", "start_time", "end_time", "assigned_to"),
)
_OFF = {"autocomplete": "off"}


class NewCustomer(forms.ModelForm):  # type: ignore[type-arg]
    """A customer who is entered with their first job."""

    class Meta:
        model = Customer
        fields = ("name", "contact_name", "phone", "email")
        widgets = {
            "name": UnfoldAdminTextInputWidget(_OFF),
            "contact_name": UnfoldAdminTextInputWidget(_OFF),
            "phone": UnfoldAdminTextInputWidget(_OFF),
            "email": UnfoldAdminEmailInputWidget(_OFF),
        }

    title = gettext_lazy("New customer")
    # Who has the name already, to be chosen instead.
    same: Customer | None = None

    def find_same(self, user: Any) -> None:
        """Look for the customer of that name, where it is taken."""
        if "name" in self.errors:
            named = Customer.objects.filter(name_folded=folded(self.data.get("customer-name", "")))
            self.same = visible_to(user, named).first()


class NewSite(forms.ModelForm):  # type: ignore[type-arg]
    """A site that is entered with a job; without a name it has the first line of its address."""

    class Meta:
        model = Site
        fields = ("name", "address", "access_notes")
        widgets = {
            "name": UnfoldAdminTextInputWidget(_OFF),
            "address": UnfoldAdminTextareaWidget({**_OFF, "rows": 2}),
            "access_notes": UnfoldAdminTextInputWidget(_OFF),
        }
        help_texts = {"access_notes": ""}

    title = gettext_lazy("Site")
    customer: Customer | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["name"].help_text = _("If left empty, the first line of the address is used.")

    def clean_name(self) -> str:
        """The name, or one made of the address. Raises `ValidationError` where it is taken."""
        lines = self.data.get(self.add_prefix("address"), "").strip().splitlines()
        name = self.cleaned_data["name"] or (lines[0].strip()[:200] if lines else "")
        if not name:
            raise forms.ValidationError(_("Give the site a name or an address."))
        same = Site.objects.filter(customer=self.customer, name_folded=folded(name))
        if self.customer and same.exists():
            raise forms.ValidationError(SITE_NAME_TAKEN)
        return str(name)


class NewJobForm(WhenAndWho, JobForm):
    """A new job, for a customer and a site that there are, or that are made with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.new_customer = self._part(NewCustomer, "customer")
        self.caller = None if self.new_customer.is_bound else self._caller()
        self.new_site = self._part(NewSite, "site")
        self.new_site.customer = self.caller
        self.parts = {"customer": self.new_customer, "site": self.new_site}
        customer, site = self.fields["customer"], self.fields["site"]
        customer.widget = FilledByBox({"id": "chosen-customer"})
        customer.required = not self.new_customer.is_bound
        customer.error_messages["required"] = _(
            "Choose who the job is for: find a customer, or add one."
        )
        site.widget = UnfoldAdminSelectWidget({"id": "chosen-site"}, self._sites())
        self.fields["description"].widget.attrs["rows"] = 2

    def _part(self, form: type[Any], prefix: str) -> Any:
        """The form of what is new with the job: bound where something of it was typed, and no row
        was chosen in its stead."""
        data: Mapping[str, Any] = self.data if self.is_bound else {}
        names = [f"{prefix}-{name}" for name in form.base_fields]
        typed = any(data.get(name, "").strip() for name in names) and not data.get(prefix)
        return form(data if typed else None, prefix=prefix)

    def _caller(self) -> Customer | None:
        """The customer who is chosen, if the person sees them."""
        named = self.data.get("customer") if self.is_bound else self.initial.get("customer")
        if isinstance(named, Customer):
            return named
        key = str(named or "")
        if not is_key(key):
            return None
        return visible_to(self.request.user, Customer.objects.filter(pk=key)).first()

    def _sites(self) -> list[tuple[Any, str]]:
        sites = list(callers.sites_of(self.request, self.caller)) if self.caller else []
        if len(sites) == 1 and not self.is_bound:
            # The only one is chosen by itself.
            self.initial.setdefault("site", sites[0].pk)
        return [("", _("no site")), *((each.pk, callers.site_text(each)) for each in sites)]

    def _get_validation_exclusions(self) -> set[str]:
        excluded = super()._get_validation_exclusions()
        return excluded | {"customer"} if self.new_customer.is_bound else excluded

    def full_clean(self) -> None:
        """With what is new, whose errors stand at the fields of that."""
        super().full_clean()
        for part in (self.new_customer, self.new_site):
            if part.is_bound:
                errors = {part.add_prefix(name): found for name, found in part.errors.items()}
                self.errors.update(errors)
        if self.new_customer.is_bound:
            self.new_customer.find_same(self.request.user)

    def enter(self, *, by: User) -> Outcome[Job]:
        """Save the job with what is new: one act."""
        return acts.enter_for(
            self.instance,
            by=by,
            customer=self.new_customer.instance if self.new_customer.is_bound else None,
            site=self.new_site.instance if self.new_site.is_bound else None,
        )


def form_for(request: HttpRequest) -> type[NewJobForm]:
    """The form, for whoever opens the page."""
    return type("NewJobForm", (NewJobForm,), {"request": request})


def fieldsets(request: HttpRequest) -> tuple[Any, ...]:
    """The fields; the owner where that can be chosen. Where each stands, its page says."""
    owner = ("owner",) if may(request, "hand_over", Job) else ()
    return ((None, {"fields": (*FIELDS, *owner)}),)


def context(request: HttpRequest, form: NewJobForm, tasks: Sequence[Any]) -> dict[str, Any]:
    """What the page of a new job shows beside the fields; `tasks` are the forms of its tasks."""
    caller = callers.about(request, form.caller) if form.caller else {}
    return {
        **caller,
        **job_form.context(request, form, tasks),
        "may_add_customer": may(request, "add", Customer),
        "may_add_site": may(request, "add", Site),
    }
