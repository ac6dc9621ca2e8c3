"""The page on which people change their own password.

It ends all of their sessions but the one that sent it, which gets another key. Sent twice, as by a
double click, the form comes the second time with the key of before, by which nobody is signed in
any more. It is then answered as the first time: with the page that says that it is done, which
shows itself to whoever is signed in, and to nobody else. A browser that gave up the first request
before its answer came never learns the new key: there, the sign-in says that the password was
changed.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.backoffice import once
from core.record.transactions import atomic
from core.refusals import Stale


class OwnPasswordView(PasswordChangeView):
    """Django's, which saves a form once."""

    template_name = "core/own_password.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the mark of the form."""
        mark = self.request.POST.get("once") or uuid.uuid4().hex
        return super().get_context_data(**kwargs, once=mark)

    def form_valid(self, form: Any) -> HttpResponse:
        """Change the password, unless somebody did meanwhile: this very form, or an Admin."""
        try:
            with atomic():
                once.claim_mark(self.request)
                return super().form_valid(form)
        except Stale as stale:
            if once.is_mark_claimed(self.request, by=self.request.user):
                return answer_again(self.request)
            messages.error(self.request, stale.message)
            return redirect(self.request.path)

    def form_invalid(self, form: Form) -> HttpResponse:
        """The old password is no longer that where this form has set the new one."""
        new = self.request.POST.get("new_password1", "")
        user = self.request.user
        if once.is_mark_claimed(self.request, by=user) and user.check_password(new):
            return redirect(self.get_success_url())
        return super().form_invalid(form)


def answer_again(request: HttpRequest) -> HttpResponse:
    """As the first was answered, to a session that the first has ended."""
    # By the first answer the browser may know the new session: this one is neither saved, nor does
    # this answer have the browser forget it. Django does so for a session that it does not find.
    request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
    request.session.modified = False
    return redirect("admin:password_change_done")
