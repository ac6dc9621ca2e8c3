"""Rows that are on record: each write of one raises its version and leaves a history row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from core.record import audit, history
from core.record.held import Held
from core.record.timeline import changes_since, value_text
from core.record.transactions import atomic, innermost
from core.refusals import Difference, Stale
from core.text.typed import KEPT

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User


class AuditRow(models.Model):
    """What each history row holds beyond the values: the door, the person's name as text, and the
    change set with its kind (both empty in rows from before there were any)."""

    door = models.CharField(
        gettext_lazy("door"), max_length=10, choices=audit.Door.choices, default=audit.door
    )
    person_name = models.CharField(
        gettext_lazy("person"), max_length=310, default=audit.person_name
    )
    change_set = models.UUIDField(
        gettext_lazy("change set"), null=True, default=audit.change_set_id
    )
    act_kind = models.CharField(
        gettext_lazy("act"), max_length=10, choices=audit.Kind.choices, default=audit.kind
    )

    class Meta:
        abstract = True


class AuditRecords(HistoricalRecords):
    """History rows that take person, time, door and reason from the act at hand."""

    def __init__(self, *, indexes: Sequence[models.Index] = (), **options: Any) -> None:
        options.setdefault("history_id_field", models.BigAutoField())
        super().__init__(bases=(AuditRow,), **options)
        self.indexes = indexes

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        super().contribute_to_class(cls, name)
        cls.audit_records = self  # type: ignore[attr-defined]  # For one_record().

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        """The audit log is read by date: all of it, of one person, or of one door; and an act is
        opened by its change set. A model has `indexes` of its own for what else it is read by."""
        options: dict[str, Any] = super().get_meta_options(model)
        by_date = [models.Index(fields=[by, "history_date"]) for by in ("history_user", "door")]
        by_act = models.Index(fields=["change_set"])
        return {**options, "indexes": [*by_date, by_act, *self.indexes]}

    def get_history_user(self, instance: models.Model) -> User | None:
        return audit.person()

    def get_change_reason_for_object(self, instance: models.Model, *_: Any) -> str:
        return audit.reason()

    def create_historical_record(self, instance: Any, history_type: str, using: Any = None) -> None:
        if history_type != "-":
            # What was just made has nothing of a many-to-many yet.
            relations = () if history_type == "+" else self.m2m_fields
            self.keep(instance, history_type, relations=relations)
            return
        # What is gone cannot be read from its table.
        instance._history_date = audit.now()
        try:
            super().create_historical_record(instance, history_type, using)
        finally:
            # It would stick to the instance and date its next change too.
            del instance._history_date

    def keep(self, instance: Any, kind: str, *, relations: Iterable[str]) -> None:
        """Write a history row of a row as it is now, with what it has of these many-to-many."""
        records = history.keep(type(instance), [instance.pk], kind=kind)
        for name in relations:
            history.keep_relation(type(instance), name, records)


@contextmanager
def one_record(instance: Any) -> Iterator[None]:
    """What is saved inside, many-to-many rows too, leaves one history row at its end."""
    kind = "+" if instance._state.adding else "~"
    instance.skip_history_when_saving = True
    try:
        yield
    finally:
        del instance.skip_history_when_saving
    records: AuditRecords = instance.audit_records
    records.keep(instance, kind, relations=records.m2m_fields)


@cache
def _given_by_default(model: type[models.Model]) -> list[tuple[str, str, Any]]:
    """Fields of a model whose default is right as it is, with it: the name, and of the column."""
    columns: list[Any] = list(model._meta.concrete_fields)
    plain = [f for f in columns if f.has_default() and not callable(f.default) and f.default]
    silent = [f for f in columns if not (f.editable or f.has_default()) and f.null]
    return [(f.name, f.attname, f.get_default()) for f in (*plain, *silent)]


class Recorded(Held):
    """A row with a version. Saving writes what changed, and only onto the version it was read at.

    `version` counts the changes of the row's own fields, from 1.
    """

    version = models.PositiveIntegerField(gettext_lazy("version"), default=1, editable=False)

    # Fields whose change alone does not raise the version.
    unversioned: ClassVar[frozenset[str]] = frozenset()
    # The field that names the row in the timeline, where the row itself may be gone.
    label_field: ClassVar[str] = "name"

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Write what changed. Nothing changed writes nothing, and leaves no history row.

        Raises `Stale` when somebody else changed or deleted the row since it was read, and
        `ValidationError` for a text that is empty or too long.
        """
        self._keep_texts()
        self._fold()
        self.before_save()
        if self._state.adding:
            with atomic():
                self.take_key()
                super().save(*args, **{**kwargs, "force_insert": True})
            self._remember()
            self._held_in = innermost()  # Nobody else sees it before the end.
            return
        changed = self.changed()
        if not changed and not self._touched:
            return
        with atomic():
            if not self.is_held:
                self.hold_as_read(self.versions_held([self.pk]).get(self.pk))
            changed |= self.raise_version()
            super().save(*args, update_fields=changed, **kwargs)
            self.update_dependents(changed)
        self._remember()

    def take_key(self) -> None:
        """Give a new row its key, where columns of its own are made of that; by default, the
        database does when it is written."""

    def before_save(self) -> None:
        """What every write of the row sets or asks by itself, beside the rules of `clean`: columns
        that are derived from others, and who may name whom."""

    def raise_version(self) -> set[str]:
        """The version of a row that is written: one more than it was read at, unless nothing but
        what has no version changed. The columns that this changed."""
        if not self._touched and not self.changed() - self.unversioned:
            return set()
        self.version = self.loaded("version") + 1
        return {"version"}

    def update_dependents(self, changed: Collection[str]) -> None:
        """Have other rows follow what was written in these columns of this one."""
        self._pass_keys_on(changed)

    def _keep_texts(self) -> None:
        """Have what was typed anew as it is kept, at every door (core/text/typed.py)."""
        errors: dict[str, Any] = {}
        written = self.changed()
        for field in self._meta.concrete_fields:
            if field.attname not in written or not isinstance(field, KEPT):
                continue
            try:
                if text := getattr(self, field.attname):
                    setattr(self, field.attname, field.clean(text, self))
            except ValidationError as error:
                errors[field.name] = error
        if errors:
            raise ValidationError(errors)

    def touch(self) -> None:
        """Have the next save raise the version though no column changed: a many-to-many did."""
        self._touched = True

    def check_fields(self, *, alone: bool = False, but: Collection[str] = ()) -> None:
        """Check what was written, as a form does and unless one has. Raises `ValidationError` at
        the fields.

        `alone`: who writes many rows asks by themselves what no two of them may share
        (bulk_writes.py); `but`: fields of which something is wrong already.
        """
        if self._checked is not None and self._checked == self._written():
            return
        written = self.changed()
        stays = {f.name for f in self._meta.concrete_fields if f.attname not in written}
        errors: dict[str, Any] = {}
        try:
            self.full_clean(
                exclude={*stays, *but}, validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        try:
            if not alone:
                # What stays counts as well: with what is new, it may be what another row has.
                self.validate_constraints(set(errors))
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            self._checked = None
            raise ValidationError(errors)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """As Django does; a row that stays, or was named as such, is there, and is not looked up
        again."""
        columns: list[Any] = list(self._meta.concrete_fields)
        relations = [f for f in columns if f.is_relation and getattr(self, f.attname) is not None]
        written = self.changed()
        there = {f.name for f in relations if f.is_cached(self) or f.attname not in written}
        super().clean_fields({*(exclude or ()), *there, *self._left_at_default()})

    def _left_at_default(self) -> Iterator[str]:
        """The fields that hold what every new row does: there is nothing to ask of these."""
        for name, attname, default in _given_by_default(type(self)):
            if self.__dict__.get(attname, self) is default:
                yield name

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """As Django does, and the save that follows takes the rules of `clean` for kept."""
        super().full_clean(*args, **kwargs)
        self._checked = self._written()

    def clean_once(self) -> None:
        """Ask the rules of `clean`, unless they were asked of these very values already."""
        if self._checked is None or self._checked != self._written():
            self.clean()
            self._checked = self._written()

    def _written(self) -> dict[str, Any]:
        return {name: self.__dict__.get(name) for name in self.changed()}

    def get_constraints(self) -> Any:
        """Those that a sentence of ours cannot say before: what is unique among all rows, where it
        was written. What a row can never be by itself, `clean` and the choices of fields refuse."""
        written = {self._meta.get_field(name).name for name in self.changed()}

        def asked(constraint: Any) -> bool:
            if not isinstance(constraint, models.UniqueConstraint):
                return False
            return bool(written & {constraint.violation_error_code, *constraint.fields})

        return [
            (model, [constraint for constraint in constraints if asked(constraint)])
            for model, constraints in super().get_constraints()
        ]

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """As Django does; one whose `violation_error_code` names a field is shown there."""
        self._fold()
        # No form shows a folded column: it is looked at with what it is made from.
        hidden = {c for c, source in self.folded.items() if source not in (exclude or ())}
        try:
            super().validate_constraints(set(exclude or ()) - hidden)
        except ValidationError as error:
            fields = {field.name for field in self._meta.fields}
            sentence: dict[str, list[ValidationError]] = {}
            for name, violations in error.error_dict.items():
                for violation in violations:
                    at = violation.code if violation.code in fields else name
                    sentence.setdefault(str(at), []).append(violation)
            raise ValidationError(sentence) from error

    def warnings(self, changed: Collection[str]) -> Iterable[str]:
        """What to tell whoever wrote these columns, though nothing stood in the way. It does not
        name the row: of many, each is told once."""
        return ()

    def in_use(self, *, since: Sequence[Any]) -> str:
        """Why an undo is to leave a row that the act made, though it holds what it held then; empty
        where nothing is known. `since`: the lines of its history that followed."""
        return ""

    def check_delete(self, *, is_named: bool = True) -> None:
        """Raise `Refused`, with the alternative, where this row must not be deleted. `is_named`
        False: no other row names it, as whoever deletes many has asked of all of them."""

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row, unless `check_delete` refuses. Its history stays."""
        with atomic():
            self.check_delete()
            deleted = super().delete(*args, **kwargs)
            self._pass_keys_on(self.folded)
        return deleted

    @classmethod
    def versions_held(cls, keys: Collection[int]) -> dict[int, int]:
        """The versions that the rows of these keys have now, which stay until the transaction
        ends."""
        rows = cls._base_manager.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
        return dict(rows.values_list("pk", "version"))

    def hold_as_read(self, version: int | None) -> None:
        """Take the row for held, of which `versions_held` has told the version; None: it is gone.

        Raises `Stale` unless that is the one it was read at.
        """
        if version is None:
            raise Stale(_("This has been deleted in the meantime. Nothing was saved."))
        if version != self.loaded("version"):
            self.refuse_stale(self.loaded("version"), {})
        self._hold()

    def check_version(self, stated: int | None, wanted: Mapping[str, Any] | None = None) -> None:
        """Refuse a write made from another version than the row, as read now, has (rule R6).

        `wanted` holds the values the writer asks for, by field name, to be shown beside those of
        the database. `stated` None: the writer made no claim.
        """
        if stated is not None and stated != self.version:
            self.refuse_stale(stated, wanted or {})

    def refuse_stale(self, stated: int, wanted: Mapping[str, Any]) -> None:
        """Raise `Stale`, naming who changed what since version `stated`, with both values."""
        if stated > self.version:
            details = {"stated": stated, "version": self.version}
            raise Stale(
                _(
                    "There is no version %(stated)d: the current version is %(version)d. Nothing "
                    "was saved."
                )
                % details
            )
        people, changes = changes_since(self, stated)
        differences = [
            Difference(
                field=change.field,
                label=change.label,
                theirs=change.new_text,
                yours=value_text(type(self), change.field, wanted[change.field]),
            )
            for change in changes
            if change.field in wanted
        ]
        what = "; ".join(f"{c.label}: {c.old_shown or '–'} → {c.new_shown or '–'}" for c in changes)
        message = _(
            "%(people)s changed this in the meantime (%(what)s). Your changes were not "
            "saved: check the values below and save again."
        ) % {
            "people": capfirst(", ".join(people)) or _("Somebody"),
            "what": what or _("other fields"),
        }
        raise Stale(message, differences)
