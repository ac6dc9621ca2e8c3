"""Somebody's address to which mail comes back, on their page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.backoffice.writing import tell_warnings
from people import accounts
from people.models import User


def problem(person: User) -> SafeString:
    """Why nothing is sent to them, with the button by which it is again."""
    return render_to_string("people/mail_problem.html", {"person": person})


@require_POST
def works_again(request: HttpRequest, pk: int) -> HttpResponse:
    """*It works again*: mail is sent to their address as before."""
    outcome = accounts.mail_works_again(pk, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Mail will be sent to them again."))
    tell_warnings(request, outcome)
    return redirect("admin:people_user_change", pk)
