"""Everybody's own profile."""

from __future__ import annotations

from functools import partial

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.access import require
from core.backoffice.forms import RecordedForm
from core.backoffice.kept_forms import typed_into
from core.backoffice.writing import tell_warnings
from core.record.transactions import atomic
from core.text import languages
from people import accounts
from people.models import User


class ProfileForm(RecordedForm):
    """What everybody may change of themselves; the password has a page of its own."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "phone", "language")
        widgets = {
            **dict.fromkeys(("first_name", "last_name", "phone"), UnfoldAdminTextInputWidget),
            "language": UnfoldAdminSelectWidget,
        }


def page(request: HttpRequest) -> HttpResponse:
    """The page *My profile*."""
    user = User.objects.get(pk=request.user.pk)
    require(request.user, "change_profile", user)
    if request.method != "POST":
        form = typed_into(partial(ProfileForm, instance=user), request)
    else:
        with atomic():
            # Held first: of two alike that come at once, the second finds nothing to change.
            form = ProfileForm(request.POST, instance=user.lock())
            if form.is_valid():
                outcome = accounts.save_profile(form.instance, by=request.user)  # type: ignore[arg-type]
                languages.speak_to(form.instance)
                messages.success(request, _("Your profile was saved."))
                tell_warnings(request, outcome)
                return redirect("admin:profile")
    context = {**admin.site.each_context(request), "title": _("My profile"), "form": form}
    return TemplateResponse(request, "people/profile.html", context)
