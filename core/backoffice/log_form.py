"""Which records of the audit log somebody asks for, of those that they may read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from core.access import can, can_all, visible_to
from core.backoffice.chosen import ChosenRow, is_key
from core.backoffice.dates import DayField
from core.backoffice.palette import Findable
from core.database.cursors import Cursor
from core.declarations import Owned, collected
from core.owned import link_to_owned
from core.record import timeline
from core.record.audit import Door
from core.text import search
from core.text.days import check_day

# Rows of a kind that words can name.
_NAMED = 100

Sources = list[QuerySet[Any]]


@cache
def recorded() -> dict[str, type[Model]]:
    """The models whose rows are on record, by name."""
    models = [model for model in apps.get_models() if hasattr(model, "audit_records")]
    return {str(model._meta.model_name): model for model in models}


def kinds(user: Any) -> dict[str, type[Model]]:
    """The models of whose rows the person may read records, by name."""
    return {name: model for name, model in recorded().items() if can(user, "audit", model)}


def records_of(user: Any, model: Any) -> QuerySet[Any]:
    """The records of a kind that the person may read: those of deleted rows are for whoever reads
    all of them, and those of what belongs to another row, with that one."""
    records: QuerySet[Any] = model.history.all()
    if can_all(user, "audit", model):
        return records
    link = link_to_owned(model._meta.label_lower)
    rows = apps.get_model(link.owned.model) if link else model
    seen = visible_to(user, rows._base_manager.all(), "audit")
    return records.filter(**{f"{link.key if link else 'id'}__in": seen.values("pk")})


class LogForm(forms.Form):
    """Which records."""

    person = forms.ModelChoiceField(
        get_user_model()._default_manager.none(), required=False, label=gettext_lazy("Person")
    )
    since = DayField(
        required=False,
        label=gettext_lazy("From"),
        widget=UnfoldAdminSingleDateWidget,
        validators=[check_day],
    )
    until = DayField(
        required=False,
        label=gettext_lazy("To"),
        widget=UnfoldAdminSingleDateWidget,
        validators=[check_day],
    )
    door = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Door"),
        choices=[("", gettext_lazy("Any door")), *Door.choices],
        widget=UnfoldAdminSelectWidget,
    )
    kind = forms.ChoiceField(
        required=False, label=gettext_lazy("Kind"), widget=UnfoldAdminSelectWidget
    )
    words = forms.CharField(
        required=False,
        max_length=search.LONGEST,
        label=gettext_lazy("Object"),
        widget=UnfoldAdminTextInputWidget(
            {"placeholder": gettext_lazy("Number, name or serial number")}
        ),
    )
    # One object, deleted or not, by its kind and key: records lead to the others of theirs.
    object = forms.CharField(required=False, max_length=18, widget=forms.HiddenInput)
    # All that one act has written.
    act = forms.UUIDField(required=False, widget=forms.HiddenInput)
    cursor = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET)
        self.request = request
        self.kinds = kinds(request.user)
        model = get_user_model()
        person: Any = self.fields["person"]
        person.queryset = visible_to(request.user, model._default_manager.all())
        person.widget = ChosenRow(model.history.model._meta.get_field("history_user"), admin.site)
        person.widget.choices = person.choices
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("Any kind")),
            *((name, capfirst(model._meta.verbose_name)) for name, model in self.kinds.items()),
        ]

    def clean_object(self) -> str:
        """A key. Raises `ValidationError` where it is none."""
        key: str = self.cleaned_data["object"]
        if key and not is_key(key):
            raise ValidationError(_("Nothing has this number or name."))
        return key

    def clean_cursor(self) -> Cursor | None:
        """The place to go on from. Raises `ValidationError` where it is none."""
        text = self.cleaned_data["cursor"]
        try:
            # Its way leads to older ones alone.
            return Cursor(timeline.read(text).key) if text else None
        except ValidationError as error:
            raise ValidationError(error.messages) from error

    def clean(self) -> dict[str, Any]:
        """Days are in their order, and an object has its kind."""
        data = self.cleaned_data
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("This day is before the first day."))
        if data.get("object") and not data.get("kind"):
            self.add_error("kind", _("Choose the kind of object as well."))
        return data

    def sources(self) -> Sources:
        """The records asked for, by kind, always in the same order."""
        asked = self.cleaned_data
        chosen = self._of_object() if asked["object"] else self._of_kind()
        if asked["words"]:
            chosen = self._named(chosen)
        return [self._narrowed(records) for records in chosen.values()]

    def _of_kind(self) -> dict[str, QuerySet[Any]]:
        kind = self.cleaned_data["kind"]
        wanted = {kind: self.kinds[kind]} if kind else self.kinds
        return {name: records_of(self.request.user, model) for name, model in wanted.items()}

    def _of_object(self) -> dict[str, QuerySet[Any]]:
        """The records of one object, with those of what belongs to it."""
        kind, key = self.cleaned_data["kind"], int(self.cleaned_data["object"])
        link = link_to_owned(self.kinds[kind]._meta.label_lower)
        if link and not link.by:
            return self._of_owned(link.owned, [key])
        return {kind: self._of_kind()[kind].filter(id=key)}

    def _of_owned(self, owned: Owned, keys: list[int]) -> dict[str, QuerySet[Any]]:
        links = {name: link_to_owned(m._meta.label_lower) for name, m in self.kinds.items()}
        return {
            name: records_of(self.request.user, self.kinds[name]).filter(
                **{f"{link.key}__in": keys}
            )
            for name, link in links.items()
            if link and link.owned == owned
        }

    def _named(self, chosen: dict[str, QuerySet[Any]]) -> dict[str, QuerySet[Any]]:
        """The records of rows that the words find, and of the one whose number they are."""
        words = self.cleaned_data["words"]
        found = self._by_name(words)
        for owned in collected(Owned):
            found |= self._of_owned(owned, self._owned(owned, words))
        return {name: found[name] for name in chosen}

    def _owned(self, owned: Owned, words: str) -> list[int]:
        model = apps.get_model(owned.model)
        found = list(self._keys(model, words))
        if not can(self.request.user, "audit", model):
            return found
        # Deleted ones too.
        key = import_string(owned.numbered)(search.Asked.of(words).words)
        numbered = records_of(self.request.user, model).filter(id=key or 0)
        return [*found, *numbered.order_by().values_list("id", flat=True)[:1]]

    def _by_name(self, words: str) -> dict[str, QuerySet[Any]]:
        return {
            name: records_of(self.request.user, model).filter(id__in=list(self._keys(model, words)))
            for name, model in self.kinds.items()
            if link_to_owned(model._meta.label_lower) is None
        }

    def why_none_is_found(self) -> str:
        """Why the words find no row of a kind that is asked for; empty where they may."""
        asked = self.cleaned_data
        for name in [asked["kind"]] if asked["kind"] else self.kinds:
            link = link_to_owned(self.kinds[name]._meta.label_lower)
            model = apps.get_model(link.owned.model) if link else self.kinds[name]
            pages = admin.site._registry.get(model)
            if isinstance(pages, Findable) and (why := pages.why_none_is_found(asked["words"])):
                return why
        return ""

    def _keys(self, model: Any, words: str) -> Iterable[int]:
        """The rows that the person sees and that the words find; none of a kind that nobody looks
        through. Which of their records may be read is asked of the records."""
        pages = admin.site._registry.get(model)
        if not isinstance(pages, Findable):
            return []
        return pages.matching(self.request, words).values_list("pk", flat=True)[:_NAMED]

    def _narrowed(self, records: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.cleaned_data
        if asked["act"]:
            records = records.filter(change_set=asked["act"])
        if asked["person"]:
            records = records.filter(history_user=asked["person"])
        if asked["door"]:
            records = records.filter(door=asked["door"])
        if asked["since"]:
            records = records.filter(history_date__gte=_midnight(asked["since"]))
        if asked["until"]:
            records = records.filter(history_date__lt=_midnight(asked["until"] + timedelta(days=1)))
        return records


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())
