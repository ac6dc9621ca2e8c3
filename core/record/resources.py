"""The base of import and export: a file's rows go through the same rules as any other door's.

A resource of an app declares its columns. What all of them do is here: rows are found among those
that the person may see, each is asked about, validated, saved by the model's own verbs and on
record as an import by that person; a row goes in whole or not at all, and says in its cell's words
what to mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.db.models.fields import NOT_PROVIDED
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.resources import ModelResource
from import_export.widgets import (
    BooleanWidget,
    CharWidget,
    DateWidget,
    ForeignKeyWidget,
    IntegerWidget,
    TimeWidget,
    Widget,
)

from core.access import require, visible_to
from core.record import acts, audit
from core.record.doubles import APART
from core.record.transactions import part
from core.text import folded

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User

Row = Mapping[str, Any]
SEVERAL = gettext_lazy("Several rows fit this one. Change it by hand.")
# How many rows of one name are looked at: doubles of before are few.
_ALIKE = 20


def cell_text(value: Any) -> str:
    """What a cell says: a file gives text or nothing, a spreadsheet numbers and dates as well."""
    return "" if value is None else str(value).strip()


# What a cell can hold. A widget that cannot read a cell raises ValueError with a sentence, which
# import-export puts at the column.


class TextWidget(CharWidget):  # type: ignore[misc]  # The library has no types.
    """Text, without the blanks around it."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> str:
        return cell_text(value)


class ChoiceWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """One of a few words, as programs write them; empty leaves what is there."""

    def __init__(self, choices: Iterable[tuple[str, str | Promise]]) -> None:
        super().__init__()
        self.words = [word for word, _label in choices]

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> str | None:
        word = cell_text(value).lower()
        if word and word not in self.words:
            raise ValueError(_("Write one of: %(words)s.") % {"words": ", ".join(self.words)})
        return word or None


class YesNoWidget(BooleanWidget):  # type: ignore[misc]  # The library has no types.
    """Yes or no; empty leaves what is there. The library takes anything unknown for a no."""

    WORDS: ClassVar[Mapping[str, bool]] = {
        "1": True,
        "yes": True,
        "true": True,
        "0": False,
        "no": False,
        "false": False,
    }

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> bool | None:
        word = cell_text(value).lower()
        if word and word not in self.WORDS:
            raise ValueError(_("Write yes or no."))
        return self.WORDS.get(word)


class WholeNumberWidget(IntegerWidget):  # type: ignore[misc]  # The library has no types.
    """A whole number. The library cuts the rest of 1.5 off, and fails on letters."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> int | None:
        text = cell_text(value).removesuffix(".0")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(_("Write a whole number, such as 3."))
        return int(text) if text else None


class IsoDateWidget(DateWidget):  # type: ignore[misc]  # The library has no types.
    """A date in the one form that means the same everywhere."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> date | None:
        # A cell of a spreadsheet comes as a moment.
        text = cell_text(value.date() if isinstance(value, datetime) else value)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise ValueError(_("Write the date like 2026-01-31.")) from None


class ClockTimeWidget(TimeWidget):  # type: ignore[misc]  # The library has no types.
    """A time of day."""

    def __init__(self) -> None:
        super().__init__(format="%H:%M")

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> time | None:
        text = cell_text(value)
        try:
            return time.fromisoformat(text).replace(tzinfo=None) if text else None
        except ValueError:
            raise ValueError(_("Write the time like 14:30.")) from None


class NamedWidget(ForeignKeyWidget):  # type: ignore[misc]  # The library has no types.
    """A row that the cell names by its natural key, among those that the person may see."""

    def get_queryset(self, value: str, row: Row, *, user: User, **kwargs: Any) -> QuerySet[Any]:
        return visible_to(user, super().get_queryset(value, row))

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Any:
        text = cell_text(value)
        return self._called(text, row or {}, **kwargs) if text else None

    def _called(self, text: str, row: Row, **kwargs: Any) -> Any:
        found = called(self.get_queryset(text, row, **kwargs), self.field, text)
        if len(found) > 1:
            raise ValueError(SEVERAL)
        if not found:
            raise ValueError(unknown(self.model, [text]))
        return found[0]


class NamedManyWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """Rows that the cell names by their natural key, with semicolons between them."""

    separator = ";"

    def __init__(self, model: type[models.Model], field: str) -> None:
        super().__init__()
        self.model, self.field = model, field

    def clean(self, value: Any, row: Row | None = None, *, user: User, **kwargs: Any) -> list[Any]:
        names = {name.strip() for name in cell_text(value).split(self.separator)} - {""}
        rows = visible_to(user, self.model._default_manager.all())
        found = {name: called(rows, self.field, name) for name in names}
        if missing := sorted(name for name in names if not found[name]):
            raise ValueError(unknown(self.model, missing))
        if any(len(same) > 1 for same in found.values()):
            raise ValueError(SEVERAL)
        return sorted({same[0] for same in found.values()}, key=lambda item: item.pk)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.separator.join(str(getattr(item, self.field)) for item in value or ())


def called(rows: QuerySet[Any], field: str, name: str) -> list[Any]:
    """The rows of this name, whatever differs that nobody sees; of doubles of before
    (core/record/doubles.py) the one that is spelled like this, and else all of them."""
    column = folded_column(rows.model, field)
    if not column:
        return list(rows.filter(**{field: name})[:2])
    same = folded(name)
    alike = models.Q((column, same)) | models.Q((f"{column}__startswith", f"{same}{APART}"))
    found = list(rows.filter(alike).order_by("pk")[:_ALIKE])
    return [row for row in found if getattr(row, field) == name] or found


def folded_column(model: type[models.Model], field: str) -> str:
    """The column that holds a field folded; empty where there is none."""
    columns: Mapping[str, str] = getattr(model, "folded", {})
    return next((column for column, source in columns.items() if source == field), "")


def unknown(model: type[models.Model], names: Iterable[str]) -> str:
    """The sentence for a cell that names what is not there, or not for this person to see."""
    quoted = ", ".join(f"“{name}”" for name in names)
    return _("There is no %(kind)s %(names)s.") % {
        "kind": model._meta.verbose_name,
        "names": quoted,
    }


@contextmanager
def as_row_error() -> Iterator[None]:
    """What the person may not do makes an error of the row, as any other."""
    try:
        yield
    except PermissionDenied as denied:
        raise ValidationError(str(denied)) from denied


class RecordedResource(ModelResource):  # type: ignore[misc]  # The library has no types.
    """Rows of a `Recorded` model, by their natural key.

    A column that differs from the model's field, such as a role or a verb's outcome, is read onto
    the attribute `given_…` of the row, and the resource's `do_instance_save` makes it so.
    """

    # Columns that a file may have beside those of the rows.
    extra_columns: ClassVar[frozenset[str]] = frozenset()

    WIDGETS_MAP = {
        **ModelResource.WIDGETS_MAP,
        "CharField": TextWidget,
        "TextField": TextWidget,
        "BooleanField": YesNoWidget,
        "PositiveIntegerField": WholeNumberWidget,
        "DateField": IsoDateWidget,
        "TimeField": ClockTimeWidget,
    }

    user: User

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        use_bulk = False  # It leaves no history.

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> Any:  # noqa: FBT001
        field = super().field_from_django_field(field_name, django_field, readonly)
        # An empty cell empties what can be empty, and leaves the rest as it is.
        field.default, field.saves_null_values = NOT_PROVIDED, django_field.null
        if django_field.choices:
            field.widget = ChoiceWidget(django_field.choices)
        return field

    def import_data(self, dataset: Any, *args: Any, user: User, **kwargs: Any) -> Any:
        """Import the rows as this person. Raises PermissionDenied for who may not import at all;
        errors of rows are in the result."""
        require(user, "import", self._meta.model)
        self.user = user
        with audit.change_set(audit.Kind.IMPORT, door=audit.Door.IMPORT, by=user):
            return super().import_data(dataset, *args, user=user, **kwargs)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse a file with a column that means nothing: mistyped, it would be lost in silence."""
        known = {field.column_name for field in self.fields.values()} | self.extra_columns
        strays = [header for header in dataset.headers or () if header not in known]
        if strays:
            raise ValidationError(
                _("Unknown columns: %(strays)s. Known are: %(known)s.")
                % {"strays": ", ".join(map(str, strays)), "known": ", ".join(sorted(known))}
            )

    def import_row(self, row: Row, instance_loader: Any, **kwargs: Any) -> Any:
        """A row goes in whole or not at all: a verb may refuse after an edit is written."""
        with part():
            result = super().import_row(row, instance_loader, **kwargs)
            if not result.is_valid():
                transaction.set_rollback(True)
        return result

    def before_import_row(self, row: Row, **kwargs: Any) -> None:
        errors = {
            column: _("This holds a NUL character. Remove it.")
            for column, value in row.items()
            if "\0" in cell_text(value)
        }
        if errors:
            raise ValidationError(errors)

    def get_instance(self, instance_loader: Any, row: Row) -> Any:
        """The row that this one is about, if the person may see it; None makes a new one."""
        key = self._key(row)
        if not key:
            return None
        rows = visible_to(self.user, self.get_queryset())
        name = next((n for n in key if folded_column(self._meta.model, n)), "")
        beside = rows.filter(**{n: value for n, value in key.items() if n != name})
        found = called(beside, name, key[name]) if name else list(beside[:2])
        if len(found) > 1:
            raise ValidationError(str(SEVERAL))
        return found[0] if found else None

    def _key(self, row: Row) -> dict[str, Any]:
        key: dict[str, Any] = {}
        for name in self.get_import_id_fields():
            field = self.fields[name]
            try:
                value = field.clean(row, user=self.user)
            except ValueError as error:
                raise ValidationError({name: str(error)}) from error
            if value in field.empty_values:
                return {}
            key[name] = value
        return key

    def import_field(self, field: Any, instance: Any, row: Row, **kwargs: Any) -> None:
        """A row that is known by its name keeps it as it is spelled there."""
        if instance._state.adding or not folded_column(type(instance), field.attribute):
            super().import_field(field, instance, row, **kwargs)

    def after_init_instance(self, instance: Any, new: bool, row: Row, **kwargs: Any) -> None:  # noqa: FBT001
        with as_row_error():
            require(self.user, "add" if new else "change", type(instance) if new else instance)

    def validate_instance(
        self,
        instance: Any,
        import_validation_errors: Mapping[str, Any] | None = None,
        validate_unique: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        """Errors stand at the column as the file names it."""
        columns = {field.attribute: field.column_name for field in self.fields.values()}
        errors = {columns.get(n, n): e for n, e in (import_validation_errors or {}).items()}
        super().validate_instance(instance, errors, validate_unique)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:  # noqa: FBT001
        """What the person may not do makes an error of the row, as any other."""
        with as_row_error():
            self.write(instance)

    def write(self, instance: Any) -> None:
        """Save what the row has put on an instance, new or read before, by the domain."""
        acts.save(instance, by=self.user)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave the sequences alone: set back to the highest id, as the library does, they would
        give the id of a deleted row, and with it a job's number, a second time."""
