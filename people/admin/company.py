"""The company's own page, with what its installation has from its environment."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from core.access import require
from core.backoffice.forms import RecordedForm
from core.backoffice.kept_forms import typed_into
from core.backoffice.writing import tell_warnings
from core.record.transactions import atomic
from people import company
from people.company import LARGEST, Company


class CompanyForm(RecordedForm):
    """Name and address, and another logo, or none."""

    logo = forms.FileField(
        required=False,
        label=gettext_lazy("Logo"),
        widget=UnfoldAdminFileFieldWidget({"accept": "image/png,image/jpeg,image/webp"}),
        help_text=gettext_lazy(
            "A PNG, JPEG or WebP file of at most 5 MB. A large picture is scaled down."
        ),
    )
    no_logo = forms.BooleanField(
        required=False, label=gettext_lazy("Remove the logo"), widget=UnfoldBooleanWidget
    )

    class Meta:
        model = Company
        fields = ("name", "address")
        widgets = {
            "name": UnfoldAdminTextInputWidget,
            "address": UnfoldAdminTextareaWidget({"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.logo_mark:
            del self.fields["no_logo"]

    def clean_logo(self) -> company.Picture | None:
        """The picture as it is kept; nothing where none was sent."""
        file = self.cleaned_data["logo"]
        if not file:
            return None
        if file.size > LARGEST:
            raise ValidationError(_("This file is larger than 5 MB."))
        return company.picture(file)


def page(request: HttpRequest) -> HttpResponse:
    """The page *Company*."""
    require(request.user, "change", Company)
    if request.method != "POST":
        form = typed_into(partial(CompanyForm, instance=company.company()), request)
    else:
        with atomic():
            form = CompanyForm(request.POST, request.FILES, instance=company.held())
            if form.is_valid():
                logo, no_logo = form.cleaned_data["logo"], form.cleaned_data.get("no_logo", False)
                given = {"logo": logo, "no_logo": no_logo}
                outcome = company.describe(form.instance, by=request.user, **given)
                messages.success(request, _("The company was saved."))
                tell_warnings(request, outcome)
                return redirect("admin:company")
    context = {
        **admin.site.each_context(request),
        "title": _("Company"),
        "form": form,
        "logo": company.company().logo_url,
        "variables": _variables(),
    }
    return TemplateResponse(request, "people/company.html", context)


def _variables() -> list[tuple[str, str, str]]:
    """What the environment says: what it is, its value, and the variable that says it."""
    return [
        (_("Address of JobOps"), settings.SITE_URL, "SITE_URL"),
        (_("Time zone"), settings.TIME_ZONE, "TIME_ZONE"),
        (_("Region, for the format of dates and times"), settings.REGION.code, "REGION"),
    ]
