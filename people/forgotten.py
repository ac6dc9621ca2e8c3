"""Who has forgotten their password asks for a link by mail.

A stranger learns nothing by it: what is answered, and what is done until then, is the same for
everybody.
"""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from core.queues import enqueue
from people.throttle import SignInThrottle


class ForgottenForm(forms.Form):
    """Whose password."""

    account = forms.CharField(
        label=gettext_lazy("User name or e-mail address"),
        max_length=320,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "username"}),
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """The page: it asks who, and says what happens now."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    is_asked = form.is_valid()
    if is_asked:
        SignInThrottle().count_token(request)
        if not request.axes_locked_out:  # type: ignore[attr-defined]
            # Who it is, is looked up later: here, that would take its time.
            enqueue("people.tasks.send_link", form.cleaned_data["account"])
    context = {
        **admin.site.each_context(request),
        "title": _("Forgotten password"),
        "form": form,
        "is_asked": is_asked,
    }
    return render(request, "people/forgotten.html", context)


urlpatterns = [path("", forgotten, name="forgotten-password")]
