"""Forms of the back office: each states the version it was made from, and loses nothing typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.chosen import STAYS, Rows
from core.refusals import Difference, Stale

# Whose value of a field is saved: the person's own, if nothing is said, or that of the database.
THEIRS = "theirs"


class _StatedVersion(forms.IntegerField):
    """The version a form was made from. What is none is older than any: nobody sees its error."""

    # What Django calls it where it shows a form to read.
    short_description = gettext_lazy("version")

    def clean(self, value: Any) -> int:
        try:
            return super().clean(value) or 0
        except ValidationError:
            return 0


class RefusableForm(forms.ModelForm):  # type: ignore[type-arg]  # The admin makes its Meta.
    """A form that tells above its fields what a rule refused and no check of it foresaw."""

    refused: ValidationError | None = None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refused:
            self.add_error(None, self.refused)
        return data


class RecordedForm(RefusableForm):
    """A form that states the version it was made from; a stale one keeps what was typed."""

    stated_version = _StatedVersion(
        required=False, label=gettext_lazy("version"), widget=forms.HiddenInput
    )
    is_stale = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.differences: list[Difference] = []
        if self.instance.pk:
            self.initial["stated_version"] = self.instance.version
        for name, field in self.fields.items():
            if isinstance(field, Rows):
                # The address of a new row names others by their keys alone.
                rows = [r for r in self.initial.get(name, ()) if isinstance(r, models.Model)]
                field.known = {str(row.pk): row for row in rows}
        if self.is_bound and self.instance.pk:
            self._take_theirs()

    def _clean_fields(self) -> None:
        """A row that a field named before, and still does, is left as it is."""
        super()._clean_fields()  # type: ignore[misc]
        for name in [name for name, value in self.cleaned_data.items() if value is STAYS]:
            del self.cleaned_data[name]

    def _take_theirs(self) -> None:
        """Where the person chose the value of the database over their own, the form holds it."""
        chosen = [n for n in self.fields if self.data.get(self.choice_name(n)) == THEIRS]
        if chosen:
            self.data = data = self.data.copy()  # type: ignore[attr-defined]  # A QueryDict.
            for name in chosen:
                data.setlist(self.add_prefix(name), self._value_now(name))

    def _value_now(self, name: str) -> list[str]:
        """The value of the database, as a browser would send it."""
        value = self.fields[name].prepare_value(self.initial.get(name))
        if isinstance(value, bool):
            return ["on"] if value else []
        widget: Any = self.fields[name].widget
        # Django wraps that of a relation.
        shown = getattr(widget, "widget", widget).format_value(value)
        return shown if isinstance(shown, list) else [] if shown is None else [shown]

    def choice_name(self, name: str) -> str:
        """What a stale form asks by: whose value of a field is to be saved."""
        return f"{self.add_prefix(name)}-whose"

    def has_changed(self) -> bool:
        """Has the person changed a value? The version alone is none of theirs."""
        return bool(set(self.changed_data) - {"stated_version"})

    def clean(self) -> dict[str, Any]:
        """Refuse values made from an older version, unless they are what the row holds anyway."""
        data = super().clean()
        self._leave_unchanged_texts(data)
        if self.instance.pk and self.has_changed():
            try:
                self.instance.check_version(data["stated_version"], self._wanted(data))
            except Stale as stale:
                self._show_stale(stale)
        return data

    def _leave_unchanged_texts(self, data: dict[str, Any]) -> None:
        """A browser sends no line break in a line, and others in a text: it is no change."""
        if self.instance.pk:
            for name in data.keys() - set(self.changed_data):
                if isinstance(self.fields.get(name), forms.CharField) and name in self.initial:
                    data[name] = self.initial[name]

    def _wanted(self, data: dict[str, Any]) -> dict[str, Any]:
        fields = {field.name for field in self.instance._meta.get_fields()}
        return {n: data[n] for n in self.changed_data if n in data and n in fields}

    def _show_stale(self, stale: Stale) -> None:
        self.is_stale = True
        self.differences = [each for each in stale.differences if each.field in self.fields]
        self.add_error(None, stale.message)
        for difference in stale.differences:
            self.add_error(
                difference.field,
                _("Now: %(theirs)s. Yours: %(yours)s.")
                % {"theirs": difference.theirs or "–", "yours": difference.yours or "–"},
            )
        # Both values have been shown: the next save is made from the version as it is now.
        self.data = data = self.data.copy()  # type: ignore[attr-defined]  # A QueryDict.
        for name in self.fields:
            data.pop(self.choice_name(name), None)
        data[self.add_prefix("stated_version")] = str(self.instance.version)

    def add_error(self, field: str | None, error: Any) -> None:
        """An error of a field that this person's form does not have stands above the form."""
        if field is None and isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            # What could not be read is no matter for the rules: they would call it missing.
            for sentence in set(error.error_dict) & set(self.errors) - {NON_FIELD_ERRORS}:
                del error.error_dict[sentence]
            strays = set(error.error_dict) - set(self.fields) - {NON_FIELD_ERRORS}
            for stray in strays:
                super().add_error(None, error.error_dict.pop(stray))
        super().add_error(field, error)


def stale_forms(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms of a page whose values somebody else changed, each with what there is to choose."""
    inlines = [form for inline in context["inline_admin_formsets"] for form in inline.formset.forms]
    forms = [form for form in (context["adminform"].form, *inlines) if form.differences]
    return [
        {
            "row": str(form.instance),
            "choices": [
                {
                    "name": form.choice_name(each.field),
                    "label": each.label,
                    "theirs": each.theirs,
                    "yours": each.yours,
                }
                for each in form.differences
            ],
        }
        for form in forms
    ]
