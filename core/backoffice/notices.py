"""What somebody is told, and when: everybody chooses for themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleTimeWidget

from core.access import require
from core.backoffice.dates import ClockField
from core.declarations import NoticeKind
from core.notice_preferences import DIGEST, Choice, NoticePreferences
from core.outbox.posting import kinds

_QUIET = ("quiet_from", "quiet_until")


class PreferencesForm(forms.Form):
    """When to be told of each kind, and the hours in which not to be."""

    quiet_from = ClockField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=UnfoldAdminSingleTimeWidget,
        help_text=gettext_lazy(
            "Mail due in these hours is sent as one mail when they end. Leave both empty "
            "for no quiet hours."
        ),
    )
    quiet_until = ClockField(
        label=gettext_lazy("Quiet until"), required=False, widget=UnfoldAdminSingleTimeWidget
    )

    def __init__(
        self, data: Any = None, *, preferences: NoticePreferences, kinds: list[NoticeKind]
    ) -> None:
        initial = {name: getattr(preferences, name) for name in _QUIET}
        chosen = {k.name: preferences.choice(k.name, is_asked_for=k.is_asked_for) for k in kinds}
        super().__init__(data, initial={**initial, **chosen})
        self.kinds = kinds
        for kind in kinds:
            self.fields[kind.name] = forms.ChoiceField(
                label=str(kind.title), choices=Choice.choices, widget=UnfoldAdminSelectWidget
            )
        self.order_fields([kind.name for kind in kinds])

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a begin and an end."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        given = [name for name in _QUIET if data.get(name) is not None]
        if len(given) == 1 and not self.errors:
            (missing,) = {*_QUIET} - {*given}
            self.add_error(missing, _("Give both times or neither."))
        return data

    @property
    def choices(self) -> dict[str, str]:
        """What was chosen, by kind."""
        return {kind.name: self.cleaned_data[kind.name] for kind in self.kinds}


def kinds_for(person: Any) -> list[NoticeKind]:
    """The kinds that somebody can get, and choose about."""
    return [
        kind
        for kind in kinds().values()
        if kind.is_optional and (not kind.roles or {*kind.roles} & {*person.roles})
    ]


def page(request: HttpRequest) -> HttpResponse:
    """The page *Notifications*."""
    person: Any = get_user_model()._base_manager.get(pk=str(request.user.pk))
    require(request.user, "change_profile", person)
    preferences = NoticePreferences.objects.of([person.pk])[person.pk]
    data = request.POST if request.method == "POST" else None
    form = PreferencesForm(data, preferences=preferences, kinds=kinds_for(person))
    if data is not None and form.is_valid():
        quiet = {name: form.cleaned_data[name] for name in _QUIET}
        NoticePreferences.objects.choose(person.pk, form.choices, **quiet)
        messages.success(request, _("Your notifications were saved."))
        return redirect("admin:notices")
    context = {
        **admin.site.each_context(request),
        "title": _("Notifications"),
        "form": form,
        "digest": DIGEST,
        "address": person.email,
    }
    return TemplateResponse(request, "core/notices.html", context)
