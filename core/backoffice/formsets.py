"""Rows within the form of another: none is lost, and none is deleted unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.utils.translation import gettext as _
from unfold.forms import PaginationInlineFormSet

from core.backoffice.chosen import OwnKey, Rows, is_key, read_together
from core.refusals import Refused


class RecordedFormSet(PaginationInlineFormSet):
    """Rows within their parent's form, each with its version.

    A row that somebody deleted meanwhile is offered as a new one, with what was typed; a row that
    somebody changed meanwhile is not deleted unseen.
    """

    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gone: list[str] = []
        if self.is_bound and self.management_form.is_valid() and self._is_complete():
            self._sort_rows()

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance.pk:
            key = self._pk_field.name
            form.fields[key] = OwnKey(form.instance, form.fields[key])

    def full_clean(self) -> None:
        """As Django does; what the forms name of other rows is read for all of them at once."""
        if self.is_bound:
            for name, field in self.form.base_fields.items():
                if isinstance(field, Rows):
                    read_together([form for form in self.forms if name in form.fields], name)
        super().full_clean()

    def clean(self) -> None:
        """Refuse what was made from rows that are not there any more, or not as they were."""
        super().clean()
        if not (self.management_form.is_valid() and self._is_complete()):
            raise ValidationError(_("Part of this form did not arrive. Load the page again."))
        unseen = [f for f in self.forms if f.is_stale and self._should_delete_form(f)]
        kept = [
            _(
                "“%(row)s” has been changed in the meantime, so it was not deleted. Check it and "
                "save again."
            )
            % {"row": form.instance}
            for form in unseen
        ]
        if sentence := [*self._gone, *kept, *self._undeletable()]:
            raise ValidationError(sentence)

    def _undeletable(self) -> Iterator[str]:
        """Why rows that are to be deleted must stay, and what to do instead."""
        for form in self.initial_forms:
            if self._should_delete_form(form):
                try:
                    form.instance.check_delete()
                except Refused as refused:
                    yield from refused.messages

    def _is_complete(self) -> bool:
        """Are the rows that were sent among those counted? Too many are told by Django."""
        sent = [re.match(rf"{self.prefix}-(\d{{1,9}})-", name) for name in self.data]
        last = max((int(found[1]) for found in sent if found), default=-1)
        return last < self.management_form.cleaned_data[TOTAL_FORM_COUNT] <= self.absolute_max

    def _sort_rows(self) -> None:
        """Those that are there, in the order sent; those that are gone; those that are new."""
        counts = self.management_form.cleaned_data
        there = {str(row.pk): row for row in self.get_queryset()}
        rows: dict[str, int] = {}
        gone: list[int] = []
        new: list[int] = []
        for number in range(counts[TOTAL_FORM_COUNT]):
            key = self.data.get(self._name(number, "id"), "")
            if key in there and key not in rows:
                rows[key] = number
            elif not key:  # Wherever it stands: rows are moved.
                new.append(number)
            elif not self.data.get(self._name(number, DELETION_FIELD_NAME)):
                self._gone.append(self._gone_message(number, key))
                gone.append(number)
        self._queryset = [there[key] for key in rows]
        self._renumber([*rows.values(), *gone, *new], existing=len(rows))

    def _gone_message(self, number: int, key: str) -> str:
        deleted = self.model.history.filter(history_type="-", id=key if is_key(key) else None)
        last = deleted.filter(**{self.fk.attname: self.instance.pk}).first()
        return _(
            "%(person)s has deleted “%(row)s” in the meantime. Save again to add it back, or "
            "remove it."
        ) % {
            "person": last.person_name if last and last.person_name else _("Somebody"),
            "row": self.data.get(self._name(number, self.model.label_field), ""),
        }

    def _renumber(self, numbers: list[int], *, existing: int) -> None:
        data = self.data.copy()
        for name in [name for name in data if re.match(rf"{self.prefix}-\d+-", name)]:
            del data[name]
        for number, before in enumerate(numbers):
            start = self._name(before, "")
            for name in [name for name in self.data if name.startswith(start)]:
                data.setlist(self._name(number, name[len(start) :]), self.data.getlist(name))
            if number >= existing:
                data[self._name(number, "id")] = data[self._name(number, "stated_version")] = ""
        data[f"{self.prefix}-{TOTAL_FORM_COUNT}"] = str(len(numbers))
        data[f"{self.prefix}-{INITIAL_FORM_COUNT}"] = str(existing)
        self.data = data
        del self.management_form

    def _name(self, number: int, field: str) -> str:
        return f"{self.prefix}-{number}-{field}"
