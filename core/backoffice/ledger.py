"""The ledger of what was sent, for Admins: to whom, when, about what, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from core.access import can, require
from core.backoffice.dates import DayField
from core.backoffice.navigation import Entry
from core.ledger import Message, State
from core.models import Heartbeat
from core.outbox import delivering
from core.outbox.posting import is_optional, kinds
from core.outbox.trying import mail_sent_text, send_test_mail
from core.queues import MAIN
from core.text import search
from core.text.days import check_day
from core.to_do import counts as to_do_counts

# Who may see and settle what runs in the background, by the table of roles.
RIGHTS = "django_q.schedule"
# How many stand on a page.
PAGE = 50


class LedgerForm(forms.Form):
    """Which messages."""

    words = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Person or address"),
        widget=UnfoldAdminTextInputWidget,
    )
    kind = forms.ChoiceField(
        required=False, label=gettext_lazy("About"), widget=UnfoldAdminSelectWidget
    )
    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("Any state")), *State.choices],
        widget=UnfoldAdminSelectWidget,
    )
    day = DayField(
        required=False,
        label=gettext_lazy("Day"),
        widget=UnfoldAdminSingleDateWidget,
        validators=[check_day],
    )
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Anything")), *((name, k.title) for name, k in kinds().items())]

    def rows(self) -> list[Message]:
        """Those of the page that is asked for, and one more where there are any."""
        if not self.is_valid():
            return []
        chosen = self.cleaned_data
        rows = Message.objects.select_related("person").defer("text", "html")
        if chosen["words"]:
            rows = rows.filter(_named(chosen["words"]))
        if chosen["kind"]:
            rows = rows.filter(kinds__contains=chosen["kind"])
        if chosen["state"]:
            rows = rows.filter(state=chosen["state"])
        if chosen["day"]:
            begin = timezone.make_aware(datetime.combine(chosen["day"], time()))
            rows = rows.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
        if chosen["before"]:
            rows = rows.filter(pk__lt=chosen["before"])
        return list(rows.order_by("-pk")[: PAGE + 1])

    @property
    def is_filtered(self) -> bool:
        """Is anything asked for but all of it?"""
        return self.is_valid() and any(
            self.cleaned_data[name] for name in ("words", "kind", "state", "day")
        )


def _named(words: str) -> Q:
    found = get_user_model()._default_manager.filter(search.standing(words, also=["email"]))
    return Q(person__in=found.values("pk")) | Q(address__icontains=words)


def titles(message: Message) -> str:
    """What a message is about, in words."""
    named = (kinds()[name].title for name in message.kinds.split() if name in kinds())
    return ", ".join(str(title) for title in named)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The page *Mail*."""
    require(request.user, "view", RIGHTS)
    form = LedgerForm(request.GET)
    rows = form.rows()
    older = ""
    if len(rows) > PAGE:
        kept = {name: value for name, value in request.GET.items() if name in form.fields and value}
        older = f"?{urlencode({**kept, 'before': rows[PAGE - 1].pk})}"
    context = {
        **admin.site.each_context(request),
        "title": _("Mail"),
        "form": form,
        "lines": [{"message": row, "about": row.subject or titles(row)} for row in rows[:PAGE]],
        "older": older,
        "may_settle": can(request.user, "change", RIGHTS),
        "stands_still": MAIN in Heartbeat.objects.late(at=timezone.now()),
    }
    return TemplateResponse(request, "core/ledger.html", context)


@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message, as it was sent."""
    require(request.user, "view", RIGHTS)
    row = get_object_or_404(Message.objects.select_related("person"), pk=pk)
    context = {
        **admin.site.each_context(request),
        "title": row.subject or _("Mail %(number)d") % {"number": row.pk},
        "message": row,
        "about": titles(row),
        "is_kept": is_optional(row.kinds),
        "may_settle": can(request.user, "change", RIGHTS),
        "can_be_sent_again": row.state in delivering.AGAIN,
        "has_failed": row.state == State.FAILED,
        "is_in_doubt": row.state == State.IN_DOUBT,
    }
    return TemplateResponse(request, "core/ledger_message.html", context)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """*Send again*: of a message that failed, came back, or is in doubt."""
    done = _("It will be sent again within a minute or two.")
    return _decide(request, pk, delivering.send_again, done)


@require_POST
def arrived(request: HttpRequest, pk: int) -> HttpResponse:
    """*Was sent*: of a message that is in doubt."""
    return _decide(request, pk, delivering.was_sent, _("It is now marked as sent."))


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """*Dismiss*: a message that failed."""
    return _decide(request, pk, delivering.dismiss, _("It will not be tried again."))


def _decide(request: HttpRequest, pk: int, decide: Callable[..., bool], done: str) -> HttpResponse:
    require(request.user, "change", RIGHTS)
    row = get_object_or_404(Message, pk=pk)
    if decide(row, at=timezone.now()):
        messages.success(request, done)
    else:
        messages.warning(
            request, _("Somebody else has already dealt with this. Nothing was changed.")
        )
    return redirect("admin:ledger_message", pk)


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """*Send a test mail*: to whoever asks for it."""
    require(request.user, "change", RIGHTS)
    person: Any = request.user
    if not person.email:
        messages.error(
            request, _("You have no e-mail address. Enter one on your page under People.")
        )
    elif problem := send_test_mail(person.email):
        messages.error(request, problem)
    else:
        messages.success(request, mail_sent_text(person.email))
    return redirect("admin:ledger")


# What there is to do

_UNSETTLED = (
    (State.IN_DOUBT, gettext_lazy("Mail in doubt"), "unknown_document"),
    (State.FAILED, gettext_lazy("Failed mail"), "unsubscribe"),
)


def count(user: Any) -> dict[str, int]:
    """How many messages an Admin has to settle, by name; nothing for anybody else."""
    if not can(user, "view", RIGHTS):
        return {}
    return {f"mail_{state}": number for state, number in Message.objects.unsettled().items()}


def to_do(request: HttpRequest) -> list[Entry]:
    """The lines of the sidebar that lead to them; none where there are none."""
    counts = to_do_counts(request)
    return [
        Entry(
            title,
            icon,
            f"{reverse('admin:ledger')}?state={state.value}",
            count=str(counts[f"mail_{state.value}"]),
            urgency="danger",
            active=_is_open(request, state),
        )
        for state, title, icon in _UNSETTLED
        if counts.get(f"mail_{state.value}")
    ]


def _is_open(request: HttpRequest, state: State) -> bool:
    match = request.resolver_match
    is_here = match is not None and match.url_name == "ledger"
    return is_here and request.GET.get("state") == state.value
