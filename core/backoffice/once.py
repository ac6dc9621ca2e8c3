"""A form of the back office saves once, however often it is sent, and all of its answers are alike.

Each form brings a mark (`once`, core/form_state.html). Whoever saves it claims the form in the
database, in the transaction of the save: of several that come at the same moment the first claims
it, the others wait for its end and are answered as it was.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.backoffice import kept_forms
from core.models import SentForm
from core.record.transactions import atomic, savepoint
from core.request_state import state


class _SentBefore(Exception):
    """This very form has been saved already."""


# For so long, a form of one mark that comes again is taken for the same, whatever is in it.
JUST_NOW = timedelta(minutes=2)


class SavesOnce:
    """For an admin class: its pages save a form once, and tell what no check foresaw."""

    admin_site: Any
    opts: Any
    get_queryset: Callable[[HttpRequest], QuerySet[Any]]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the form, save it, or answer as when it was saved."""
        if typed := kept_forms.take(request):
            request = kept_forms.as_sent(request, typed)
        known = state(request)
        known.form_key = key = _form_key(request)
        context = {
            "once": request.POST.get("once") or uuid.uuid4().hex,
            **(extra_context or {}),
        }
        view = super().changeform_view  # type: ignore[misc]  # A mixin.
        page = partial(view, request, object_id, form_url, context)
        try:
            answer = self._save_or_tell(request, page)
        except _SentBefore:
            return self._answer_again(request, object_id, key)
        if key and not known.is_saved and SentForm.objects.filter(key=key).exists():
            # What it has saved itself is in its own way by now: the name is taken, the row changed.
            return self._answer_again(request, object_id, key)
        return answer

    def _save_or_tell(
        self, request: HttpRequest, page: Callable[[], HttpResponseBase]
    ) -> HttpResponseBase:
        try:
            return _attempt(request, page)
        except (ValidationError, IntegrityError):
            # Somebody wrote between the check and the save. The check now sees it, and says so
            # at the field, with what was typed kept.
            return self._second_try(request, page)

    def _second_try(
        self, request: HttpRequest, page: Callable[[], HttpResponseBase]
    ) -> HttpResponseBase:
        """Save, or show why not: a rule that no check foresees is told above the form."""
        try:
            return _attempt(request, page)
        except ValidationError as refused:
            state(request).refused = ValidationError(refused.messages)
        except IntegrityError:
            message = _("Somebody else has just saved this as well. Check it and save again.")
            state(request).refused = ValidationError(message)
        return _attempt(request, page)

    def _answer_again(
        self, request: HttpRequest, object_id: str | None, key: str
    ) -> HttpResponseBase:
        """As the first was answered; where its row is gone since, the list says so."""
        saved = self.get_queryset(request).filter(pk=SentForm.objects.get(key=key).row).first()
        if saved is None:
            messages.warning(request, _("This was already saved, and has been deleted since."))
            name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
            return redirect(reverse(f"{name}_changelist"))
        answer = self.response_add if object_id is None else self.response_change
        again: HttpResponseBase = answer(request, saved)
        return again

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)  # type: ignore[misc]  # A mixin.
        form.refused = state(request).refused
        return form

    def save_model(self, request: HttpRequest, obj: Any, *args: Any) -> None:
        """Claim the form before anything of it is saved. A change holds its row already, so the
        second of two waits there; of two that make a row, the second waits here."""
        key = state(request).form_key
        claim = _claim(key, row=obj.pk) if key else None
        super().save_model(request, obj, *args)  # type: ignore[misc]  # A mixin.
        if claim and claim.row is None:
            claim.row = obj.pk
            claim.save(update_fields=["row"])

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        state(request).is_saved = True
        return super().response_add(request, obj, *args, **kwargs)  # type: ignore[misc]

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        state(request).is_saved = True
        return super().response_change(request, obj)  # type: ignore[misc]  # A mixin.


def _attempt(request: HttpRequest, page: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    state(request).is_saved = False
    with savepoint():
        return page()


def _claim(key: str, *, row: int | None) -> SentForm:
    try:
        with transaction.atomic():
            return SentForm.objects.create(key=key, row=row)
    except IntegrityError as taken:
        raise _SentBefore from taken


def row_made(request: HttpRequest, make: Callable[[], int], *, file: bytes = b"") -> int:
    """The key of the row that this form makes, or has made; `file`: what it sends beside."""
    key = _form_key(request, also=hashlib.sha256(file).hexdigest())
    if not key:
        return make()
    try:
        with atomic():
            claim = _claim(key, row=None)
            claim.row = make()
            claim.save(update_fields=["row"])
    except _SentBefore:
        claim = SentForm.objects.get(key=key)
    return int(claim.row or 0)


def claim_mark(request: HttpRequest) -> None:
    """Note that the form of this mark is saved, whatever is in it: nothing is kept of what it
    sends, as of a password."""
    if key := _mark_key(request):
        with suppress(_SentBefore):
            _claim(key, row=request.user.pk)


def is_mark_claimed(request: HttpRequest, *, by: Any = None) -> bool:
    """Has the form of this mark been saved just now, by this person or by anybody?"""
    key = _mark_key(request)
    saved = SentForm.objects.filter(key=key, at__gt=timezone.now() - JUST_NOW)
    return bool(key) and (saved if by is None else saved.filter(row=by.pk)).exists()


def _mark_key(request: HttpRequest) -> str:
    mark = request.POST.get("once", "")[:32]
    return hashlib.sha256(f"{request.path} {mark}".encode()).hexdigest() if mark else ""


def _form_key(request: HttpRequest, *, also: str = "") -> str:
    """What tells this form, with what is in it, from every other; empty if it does not say.

    Who goes back and sends it with something else means something else.
    """
    once = request.POST.get("once", "")[:32]
    if not once:
        return ""
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    details = f"{request.user.pk} {request.path} {once} {sent.urlencode()} {also}"
    return hashlib.sha256(details.encode()).hexdigest()
