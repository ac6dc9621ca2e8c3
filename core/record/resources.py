"""The base of import and export: a file's rows go through the same rules as any other door's.

A resource of an app declares its columns, and what is its own in the steps by which lines of a file
become rows, many at once: read, named, found, put, checked, written. Who takes the steps is
core/imports/running.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.db.models.fields import NOT_PROVIDED
from django.utils.functional import Promise, cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from import_export.resources import ModelResource

from core.access import can, can_on_held, visible_to
from core.record import bulk_writes
from core.record.cells import (
    ChoiceWidget,
    ClockTimeWidget,
    IsoDateWidget,
    MultiValueColumn,
    NamedManyWidget,
    NamedWidget,
    TextWidget,
    WholeNumberWidget,
    YesNoWidget,
    cell_text,
)
from core.record.lines import Line
from core.record.lost_text import lost
from core.record.named import SEVERAL, Name, Names, unknown
from core.text.typed import KEPT

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User

# How many rows a cell can name, as in the API: those of many lines are asked for at once, and a
# database takes only so many.
_MOST_NAMED = 200


class ReadResource(ModelResource):  # type: ignore[misc]  # The library has no types.
    """The columns of a kind of row, and what the cells of a line say in them."""

    # Columns that a file may have beside those of the rows, with what people call them.
    extra_columns: ClassVar[Mapping[str, str | Promise]] = {}
    # How many characters such a column may have.
    longest: ClassVar[Mapping[str, int]] = {}
    # Columns of an export that an import leaves alone.
    read_only: ClassVar[frozenset[str]] = frozenset()
    # For an export: columns that it has beside those that are read, each with the path of it in a
    # query; and where a column has another path than its attribute has.
    shown_beside: ClassVar[Mapping[str, str]] = {}
    # What people call a column that is no field of the model.
    titles: ClassVar[Mapping[str, str | Promise]] = {}
    read_from: ClassVar[Mapping[str, str | MultiValueColumn]] = {}
    # For whoever brings a file: what else a column is called, what may stand in it, and what else
    # its words are called.
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    examples: ClassVar[Mapping[str, str]] = {}
    words: ClassVar[Mapping[str, Mapping[str, tuple[str, ...]]]] = {}
    # Relations that are read with the rows.
    related: ClassVar[tuple[str, ...]] = ()
    # Without which there is no new row.
    required: ClassVar[frozenset[str]] = frozenset()
    # The rows of a file mean something for each other: none is forgotten before the last.
    is_one: ClassVar[bool] = False

    WIDGETS_MAP = {
        **ModelResource.WIDGETS_MAP,
        "CharField": TextWidget,
        "TextField": TextWidget,
        "BooleanField": YesNoWidget,
        "PositiveIntegerField": WholeNumberWidget,
        "DateField": IsoDateWidget,
        "TimeField": ClockTimeWidget,
    }

    # Who brings the file; None for the command line, which may do everything.
    by: User | None = None
    date_form: str = "iso"
    empties: bool = False
    again: bool = False
    digest: str = ""
    keys: Callable[..., Iterable[int]] = staticmethod(bulk_writes.next_keys)
    # What the file calls the column of each field.
    header_of: Mapping[str, str] = {}

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> Any:  # noqa: FBT001
        field = super().field_from_django_field(field_name, django_field, readonly)
        # An empty cell empties what can be empty, and leaves the rest as it is.
        field.default, field.saves_null_values = NOT_PROVIDED, django_field.null
        if django_field.choices:
            field.widget = ChoiceWidget(django_field.choices)
        return field

    @classmethod
    def columns_for(cls, user: Any) -> frozenset[str] | None:  # noqa: ARG003 (for those that ask)
        """The columns that somebody may see of the rows they export; None for all of them."""
        return None

    @property
    def model(self) -> Any:
        """The model of the rows."""
        return self._meta.model

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The fields by which people know a row."""
        return tuple(self._meta.import_id_fields)

    def title(self, name: str) -> str:
        """What people call a column."""
        title = self.titles.get(name) or self.model._meta.get_field(name).verbose_name
        return str(capfirst(str(title)))

    def visible(self, model: Any) -> QuerySet[Any]:
        """The rows of a model that may be named."""
        rows = model._default_manager.all()
        return rows if self.by is None else visible_to(self.by, rows)

    def require(self, action: str, target: Any) -> None:
        """Raise PermissionDenied unless this may be done, to a model or to a row that is held."""
        if self.by is None:
            return
        may = can if isinstance(target, type) else can_on_held
        if not may(self.by, action, target):
            raise PermissionDenied(_("You may not do this."))

    # What a line says

    def read(self, line: Line) -> None:
        """Read the cells of a line that say by themselves what they mean."""
        for name, cell in list(line.cells.items()):
            if "\0" in cell_text(cell):
                line.fault(name, _("This holds a NUL character. Remove it."))
            elif self.is_left(name, cell):
                del line.cells[name]
            elif not isinstance(self.widget(name), NamedWidget):
                self._clean(line, name, cell)

    def is_left(self, name: str, cell: Any) -> bool:
        """Does this cell leave what is there, as an empty one may that is no key?"""
        return not (cell_text(cell) or self.empties or name in self.key)

    def column_of(self, field: str) -> str:
        """The column that holds a field of the model: by another name where that is what people
        call it, such as the roles, which are groups."""
        columns = self.read_from.items()
        several = ((name, each) for name, each in columns if isinstance(each, MultiValueColumn))
        return next((name for name, each in several if each.path.split("__")[0] == field), field)

    def widget(self, name: str) -> Any:
        """What reads the cells of a column."""
        return self.fields[name].widget if name in self.fields else self._extra_widgets[name]

    @cached_property
    def _extra_widgets(self) -> dict[str, TextWidget]:
        return {name: TextWidget(longest=self.longest.get(name)) for name in self.extra_columns}

    def _clean(self, line: Line, name: str, cell: Any) -> None:
        try:
            value = self.widget(name).clean(cell, date_form=self.date_form)
        except ValueError as error:
            line.fault(name, error)
            return
        # Of a field it matters whether the row has it already (put_value).
        if name in self.extra_columns and isinstance(value, str) and (problem := lost(value)):
            line.fault(name, problem)
            return
        self.set_value(line, name, value)

    def set_value(self, line: Line, name: str, value: Any) -> None:
        """A cell means this; what cannot be empty stays as it is."""
        if value is not None or name not in self.fields or self.fields[name].saves_null_values:
            line.values[name] = value

    # The rows that cells name

    @cached_property
    def named(self) -> dict[str, Names[Any]]:
        """How the rows are found that a column names."""
        found = {}
        for name, field in self.fields.items():
            if isinstance(field.widget, NamedWidget):
                within = f"{field.widget.within}_id" if field.widget.within else ""
                rows = self.visible(field.widget.model)
                found[name] = Names(rows, field.widget.field, within=within)
        return found

    def name(self, lines: Sequence[Line]) -> None:
        """Find the rows that the cells of these lines name, but for those within another one."""
        for name, names in self.named.items():
            if not names.within:
                self.find_named(name, lines)

    def name_within(self, lines: Sequence[Line]) -> None:
        """Find those within another one, once that is known."""
        for name, names in self.named.items():
            if names.within:
                self.find_named(name, lines)

    def find_named(self, name: str, lines: Sequence[Line]) -> None:
        """Find the rows that these lines name in a column."""
        widget, names = self.widget(name), self.named[name]
        asked = [line for line in lines if name in line.cells and name not in line.errors]
        if is_many := isinstance(widget, NamedManyWidget):
            asked = [line for line in asked if not self._names_too_many(name, line)]
        named = {
            (self.within(name, line), each) for line in asked for each in self.names_in(name, line)
        }
        names.read(named)
        for line in asked:
            self._set_named(line, name, names, is_many=is_many)

    def _names_too_many(self, name: str, line: Line) -> bool:
        if len(self.names_in(name, line)) <= _MOST_NAMED:
            return False
        line.fault(name, _("Name %(number)d or fewer in a cell.") % {"number": _MOST_NAMED})
        return True

    def names_in(self, name: str, line: Line) -> list[str]:
        """The names in a cell."""
        found: list[str] = self.widget(name).names(line.cells[name])
        return found

    def within(self, name: str, line: Line) -> Any:
        """The key of the row within which this line names another one; None where that is none."""
        column = self.widget(name).within
        if not column:
            return None
        row = line.values.get(column) or (line.row and getattr(line.row, column))
        return row.pk if row else None

    def _set_named(self, line: Line, name: str, names: Names[Any], *, is_many: bool) -> None:
        named, within = self.names_in(name, line), self.within(name, line)
        try:
            found = {each: names.one(each, within=within) for each in named}
        except ValueError as error:
            line.fault(name, error)
            return
        if missing := [each for each, row in found.items() if row is None]:
            line.fault(name, unknown(names.rows.model, missing, are_several=is_many))
        elif is_many:
            rows: dict[int, Any] = {row.pk: row for row in found.values() if row}
            line.values[name] = [rows[pk] for pk in sorted(rows)]
        else:
            self.set_value(line, name, next(iter(found.values()), None))


class RecordedResource(ReadResource):
    """Rows of a `Recorded` model, by their natural key."""

    # The row that a line is about

    @cached_property
    def rows(self) -> Names[Any]:
        """How the rows are found that lines are about: by the last field of the key, within the one
        before it, if there is one."""
        within = f"{self.key[0]}_id" if len(self.key) > 1 else ""
        rows = self.visible(self.model).select_related(*self.related)
        return Names(rows, self.key[-1], within=within)

    def find(self, lines: Sequence[Line]) -> None:
        """Find the rows that these lines are about, and hold them."""
        keys = {line.number: key for line in lines if (key := self.key_of(line)) is not None}
        self.rows.read(set(keys.values()), by=self.model.held_rows)
        for line in lines:
            if line.number in keys:
                self._set_row(line, keys[line.number])

    def _set_row(self, line: Line, key: Name) -> None:
        try:
            line.row = self.rows.one(key[1], within=key[0])
        except ValueError:
            line.fault("", SEVERAL)

    def key_of(self, line: Line) -> Name | None:
        """What the line calls its row; None where it does not say so."""
        *outer, name = (line.values.get(each) for each in self.key)
        if not name or not all(outer):
            return None
        within: Any = outer[0] if outer else None
        return (within.pk if within else None, name)

    def claims(self, line: Line) -> Iterator[tuple[str, Any]]:
        """What no other line may have as well: the field where that is shown, and the value."""
        if (key := self.key_of(line)) is not None:
            yield "", (key[0], self.rows.key(key[1]))

    # Loaded once more, a row would be there twice, unless it has a name of its own.
    makes_anew: ClassVar[bool] = False

    def is_nameless(self, line: Line) -> bool:
        """Does the line say neither which row it is about, nor its own name for a new one?"""
        return False

    def fresh(self, line: Line) -> Any:
        """A new row."""
        # To copy one costs a quarter of what it costs to make one.
        return copy(self.blank)

    @cached_property
    def blank(self) -> Any:
        """What a new row is before the line has put anything on it."""
        return self.model()

    def allow(self, line: Line) -> None:
        """Raise PermissionDenied unless the line may make its row, or change it."""
        if not line.is_new:
            self.require("change", line.row)
        elif not self.may_add:
            self.require("add", self.model)

    @cached_property
    def may_add(self) -> bool:
        """May whoever brings the file make rows of this kind? One answer for all of them."""
        return self.by is None or can(self.by, "add", self.model)

    # What becomes of it

    def put(self, line: Line) -> None:
        """Put on the row what the line says, and remember what that changes."""
        for name, value in line.values.items():
            # A row that is known by its name keeps it as it is spelled there.
            if name in self.fields and (line.is_new or name not in self.key):
                self.put_value(line, name, value)

    def put_value(self, line: Line, name: str, value: Any) -> None:
        """Put a value on the row, unless it is there."""
        field = self.model._meta.get_field(name)
        if isinstance(field, KEPT):
            kept = type(field).kept
            value = kept(value)
            if not line.is_new and kept(getattr(line.row, name)) == value:
                return
            if problem := lost(value):
                line.fault(name, problem)
        had = getattr(line.row, field.attname)
        if not line.is_new and had == getattr(value, "pk", value):
            return
        old = "" if line.is_new else self.shown(line.row, name)
        setattr(line.row, name, value)
        self.note(line, name, old, self.shown(line.row, name))

    def note(self, line: Line, name: str, old: str, new: str) -> None:
        """A line changes a cell from this to that."""
        if old != new:
            line.changes.append((name, old, new))

    def shown(self, row: Any, name: str) -> str:
        """A cell of a row, as an export writes it."""
        return str(self.fields[name].export(row) or "")

    def is_changed(self, line: Line) -> bool:
        """Does the line make or change anything?"""
        return line.is_new or bool(line.row.changed())

    def check(self, line: Line, *, but: Collection[str] = ()) -> None:
        """Check by the rules what was put on the row, as far as it asks of no other row; `but`:
        fields of which nothing is known."""
        try:
            bulk_writes.prepare(line.row, but={*but, *filter(None, line.errors)})
        except (ValidationError, PermissionDenied) as error:
            line.refuse(error)

    def prepare(self, lines: Sequence[Line]) -> None:
        """Read what the rules will ask of these lines."""

    def write(self, lines: Sequence[Line], **relation: Any) -> None:
        """Save the rows of these lines, all at once, and note what that points out."""
        rows = [line.row for line in lines]
        outcomes = bulk_writes.save_all(rows, keys=self.keys, **relation)
        for line, outcome in zip(lines, outcomes, strict=True):
            line.warn(outcome.warnings)

    def put_back(self, line: Line) -> None:
        """The row of a line is as it was before it could not be written."""
        if line.is_new:
            line.row._state.adding, line.row.pk = True, None

    def write_alone(self, line: Line) -> None:
        """Save the row of a line that goes by itself. Raises as the acts do."""
        raise NotImplementedError

    def label(self, row: Any) -> str:
        """What people know a row by."""
        return str(row)

    def reference(self, line: Line) -> str:
        """The sender's own name for the row."""
        return cell_text(line.values.get("reference"))
