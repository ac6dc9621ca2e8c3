"""What somebody typed into a form of the back office is not lost where it cannot be saved.

A form says for whom it was rendered (core/typed_by.html). Sent after its session ended, it comes
back with the sign-in, signed; signed in again, the same person finds it as it was, not saved yet.
Nobody else does, and nothing of it is ever carried out unseen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from django.apps import apps
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import CharField, Model, TextField
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.request_state import give_state, state

# How much is kept, in characters, and for how long, in seconds.
MOST, KEPT_FOR = 1_000_000, 24 * 3600
_SALT, _MARK = "jobops.kept_forms", "jobops.kept_forms.person"
# In the session: the last form that was kept.
_KEPT = "kept_form"
Form = TypeVar("Form", bound=BaseForm)
_NOT_KEPT = ("csrfmiddlewaretoken",)


@dataclass(frozen=True)
class KeptForm:
    """A form as it was sent: by whom it was typed, whereto, and what is in it."""

    person: int
    path: str
    sent: str
    # When, in seconds.
    at: int

    @classmethod
    def of(cls, request: HttpRequest) -> KeptForm | None:
        """The form that this request brings; None where it does not say who typed it."""
        try:
            person = signing.Signer(salt=_MARK).unsign(request.POST.get("typed_by", ""))
        except signing.BadSignature:
            return None
        sent = request.POST.copy()
        for name in list(sent):
            if name in _NOT_KEPT or "password" in name:
                del sent[name]
        return cls(int(person), request.get_full_path(), sent.urlencode(), int(time.time()))

    @classmethod
    def read(cls, signed: str) -> KeptForm | None:
        """The form that `signed` made this of; None for anything else, or after a day."""
        try:
            return cls(**signing.loads(signed, salt=_SALT, max_age=KEPT_FOR))
        except signing.BadSignature:
            return None

    @property
    def is_too_long(self) -> bool:
        """Is it more than can be kept?"""
        return len(self.sent) > MOST

    def signed(self) -> str:
        """As a text that nobody else can make."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)

    def give_back(self, request: HttpRequest) -> bool:
        """Keep it for the page it was sent to, if it is whoever typed it that is signed in."""
        if request.user.pk != self.person or self.is_too_long:
            return False
        request.session[_KEPT] = asdict(self)
        return True


def mark(person: Model) -> str:
    """What a form says of whom it was rendered for. Nobody can say it of somebody else."""
    return signing.Signer(salt=_MARK).sign(person.pk)


def is_kept_for(request: HttpRequest) -> bool:
    """Was something typed into the page that is asked for, and kept?"""
    kept = request.session.get(_KEPT)
    return bool(kept and kept["path"] == request.get_full_path())


def take(request: HttpRequest) -> QueryDict | None:
    """What was kept for the page that is asked for, once."""
    kept = request.session.get(_KEPT)
    if request.method != "GET" or kept is None:
        return None
    is_over = time.time() - kept["at"] > KEPT_FOR
    if is_over or kept["path"] == request.get_full_path():
        del request.session[_KEPT]
    if is_over or kept["path"] != request.get_full_path():
        return None
    state(request).typed = typed = QueryDict(kept["sent"])
    return typed


def as_sent(request: HttpRequest, typed: QueryDict) -> HttpRequest:
    """The request as if it sent what was typed: for a page that shows it, and saves nothing."""
    sent = copy(request)
    sent.method = "POST"
    sent.POST = typed  # type: ignore[assignment]  # Not fixed, as Django's is.
    # Django would read the body, which is empty, in place of what was typed.
    sent.__dict__["_files"] = MultiValueDict()
    give_state(sent, replace(state(request), refused=ValidationError(not_saved_yet())))
    return sent


def typed_into(make: Callable[..., Form], request: HttpRequest) -> Form:
    """A form with what was sent, or with what was kept, which says so; an empty one for nobody."""
    if typed := take(request):
        form = make(typed)
        form.add_error(None, not_saved_yet())
        return form
    return make(request.POST or None)


def not_saved_yet() -> str:
    """What a page says that shows what was kept."""
    return _(
        "Your sign-in has ended or changed. What you typed is below and not saved yet: "
        "check it and save."
    )


def texts(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person typed, to be copied: the texts among the fields, each with its label."""
    typed: Any = state(request).typed or request.POST
    labels = _labels()
    named = ((name.rpartition("-")[2], typed[name]) for name in typed)
    return [
        (capfirst(str(labels[field])), text)
        for field, text in named
        if field in labels and text.strip()
    ]


def _labels() -> dict[str, object]:
    """The fields that hold what people write, by name: those of all rows on record, and why."""
    fields = [
        field
        for model in apps.get_models()
        if hasattr(model, "audit_records")
        for field in model._meta.fields
        if isinstance(field, CharField | TextField) and not field.choices and field.editable
    ]
    known = {field.name: field.verbose_name for field in fields if field.name != "password"}
    return {**known, "reason": gettext_lazy("Reason")}
