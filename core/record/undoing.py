"""An act is undone: what it made is removed, and what it changed is put back where nobody changed
it since. The rest is kept, and reported with who and when.

It goes by the change set, and by the rules: many rows at once where nothing stands in the way
(undo_batch.py); each other one is removed or put back by an act of its own, and what that refuses
is kept with its sentence. All of it is one act on record.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import CASCADE, Max, Min, ProtectedError
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.ledger import Notice
from core.ledger import State as MailState
from core.record import acts, undo_batch, written
from core.record.records import Recorded
from core.record.transactions import atomic, savepoint
from core.record.written import RowChange, State

# What is kept: a row, a field of one; and a mail that nobody calls back.
ROW, FIELD, MAIL = "row", "field", "mail"
_WENT_OUT = (
    MailState.SENDING,
    MailState.SENT,
    MailState.DELIVERED,
    MailState.BOUNCED,
    MailState.COMPLAINED,
    MailState.IN_DOUBT,
)
_SHOWN = ("subject", "address", "settled_at")
# What keeps a row as it is; another one that it named may be no more.
_REFUSALS = (ValidationError, PermissionDenied, ProtectedError, ObjectDoesNotExist)
# How long after its history row a notice of the same act may be dated.
_SAME_ACT = timedelta(seconds=5)


@dataclass(frozen=True)
class Kept:
    """Something that could not be undone: of which row, and of which field where it is one; why,
    and who changed it when, where it is that."""

    what: str
    model: str
    pk: int
    label: str
    why: str
    field: str = ""
    who: str = ""
    at: datetime | None = None


@dataclass
class Undone:
    """How many rows are gone, how many are as they were, and how many lines are kept."""

    removed: int = 0
    put_back: int = 0
    kept: int = 0


def undo(
    change_set: UUID,
    *,
    by: Any,
    keep: Callable[[Kept], None],
    on_progress: Callable[[int], None] = lambda _seen: None,
) -> Undone:
    """Undo an act for somebody, through the door that it came by: all that can be, at once.

    `keep` gets what stays; `on_progress` how many rows were read so far, and may raise to stop it
    all. What the person may not do to a row is kept as well.
    """
    work = _Undoing(change_set, by, keep, on_progress)
    with atomic():
        for model in written.models():
            work.undo(model)
    return work.undone


@dataclass
class _Undoing:
    """An act on its way back."""

    change_set: UUID
    by: Any
    keep: Callable[[Kept], None]
    on_progress: Callable[[int], None]
    undone: Undone = field(default_factory=Undone)
    seen: int = 0

    def undo(self, model: type[Recorded]) -> None:
        """What it did to the rows of a model."""
        refused: array[int] = array("q")
        mail = _Mail(model, self.change_set)
        for some in written.keys(model, self.change_set):
            batch = written.by_act(model, self.change_set, some)
            # Before the rows go: with a person goes what the ledger has of them.
            went_out = list(mail.of(some))
            done = undo_batch.undo(model, batch, by=self.by)
            self.undone.removed += len(done.removed)
            self.undone.put_back += len(done.put_back)
            for each in batch:
                if each.pk not in done and not self._undo(model, each):
                    refused.append(each.pk)
                self.seen += 1
                self.on_progress(self.seen)
            self._keep(went_out)
        self._try_again(model, refused)

    def _try_again(self, model: type[Recorded], refused: array[int]) -> None:
        """Another row may have had what these are to have again, as long as any of them goes."""
        is_last = False
        while refused:
            left: array[int] = array("q")
            for start in range(0, len(refused), written.BATCH):
                some = refused[start : start + written.BATCH]
                for each in written.by_act(model, self.change_set, some):
                    if not self._undo(model, each, is_last=is_last):
                        left.append(each.pk)
            is_last = len(left) == len(refused)
            refused = left

    def _undo(self, model: type[Recorded], each: RowChange, *, is_last: bool = False) -> bool:
        """Undo what was done to a row; False where a rule refuses, which the last try reports."""
        row = model.held_row(each.pk)
        if row is None or (each.before is None and not each.is_new):
            if not each.is_new:
                self._keep([_without(model, each, row)])
            return True
        lines: list[Kept] = []
        try:
            with savepoint():
                if each.is_new:
                    self.undone.removed += _remove(row, each, lines, by=self.by)
                else:
                    self.undone.put_back += _put_back(row, each, lines, by=self.by)
        except _REFUSALS as refused:
            if not is_last:
                return False
            # Nobody has to have changed anything where the person may not.
            since = None if isinstance(refused, PermissionDenied) else _since(row, each)
            lines.append(_line(row, _sentence(refused), state=since))
        self._keep(lines)
        return True

    def _keep(self, lines: Iterable[Kept]) -> None:
        for line in lines:
            self.undone.kept += 1
            self.keep(line)


# New


def _remove(row: Recorded, each: RowChange, lines: list[Kept], *, by: Any) -> bool:
    """Delete a row that the act made, unless somebody changed it or added to it since."""
    if since := each.changed_since(row):
        lines.append(_line(row, _("It has been changed since."), state=each.last_change(since[0])))
        return False
    if why := row.in_use(since=each.later):
        lines.append(_line(row, why, state=each.last_change()))
        return False
    if line := _added_since(row):
        lines.append(line)
        return False
    acts.remove(row, by=by)
    return True


def _added_since(row: Recorded) -> Kept | None:
    """What would go with the row though it came by another act, or was changed since."""
    for relation in row._meta.related_objects:
        # What is not on record is nobody's work: tokens, mail.
        if relation.on_delete is not CASCADE or not hasattr(relation.related_model, "history"):
            continue
        model: Any = relation.related_model
        first = model._base_manager.filter(**{relation.field.name: row}).order_by("pk").first()
        if first is not None:
            record = model.history.filter(id=first.pk).order_by("history_id").last()
            state = State(record) if record else None
            why = _("%(kind)s “%(name)s” belongs to it and was kept, so it was kept as well.")
            details = {"kind": capfirst(model._meta.verbose_name), "name": first}
            return _line(row, why % details, state=state)
    return None


# What came since


def _since(row: Recorded, each: RowChange) -> State | None:
    """The last change of a row since the act, and where there was none, of what names it: by which
    a rule came to keep it."""
    return each.last_change() or _last_of_others(row, each.after.record)


def _last_of_others(row: Recorded, act: Any) -> State | None:
    """The last change since an act, which wrote this line, of a row that names this one."""
    found: list[Any] = []
    relations: Any = row._meta.get_fields(include_hidden=True)
    for relation in relations:
        model: Any = relation.related_model
        if relation.auto_created and not relation.concrete and issubclass(model, Recorded):
            naming = model._base_manager.filter(**{relation.field.name: row}).order_by()
            records: Any = model.history.filter(id__in=naming.values("pk"))
            since = records.filter(history_date__gte=act.history_date)
            found += since.exclude(change_set=act.change_set).order_by("-history_id")[:1]
    newest = max(found, key=lambda record: record.history_date, default=None)
    return State(newest) if newest else None


# Changed


def _put_back(row: Recorded, each: RowChange, lines: list[Kept], *, by: Any) -> bool:
    """Have the fields that still hold what the act wrote be as they were before."""
    since = each.changed_since(row)
    for name in since:
        why, label = _("It has been changed since."), _label(type(row), name)
        lines.append(_line(row, why, state=each.last_change(name), field=label))
    values = each.values(since)
    if values and each.before:
        put_back(row, values, former=each.before, by=by)
    return bool(values)


def put_back(row: Recorded, values: Mapping[str, Any], *, former: State, by: Any) -> None:
    """Have fields of a row that is held hold these values again, as an act of the app's own where
    it declares one. `former` is the whole of what the row was. Raises as that act does."""
    if declared := undo_batch.declared_for(type(row)):
        import_string(declared.done)(row, dict(values), former=former.record, by=by)
        return
    with acts.held(row, "change", by=by) as held:
        for name, value in values.items():
            setattr(held, name, value)
        acts.write(held)


# What stays, in words


def _without(model: type[Recorded], each: RowChange, row: Recorded | None) -> Kept:
    """The line of a row that is gone, or of which nobody knows what it was."""
    if row is not None:
        return _line(row, _("What it was before is not on record."))
    state = each.last_change()
    return Kept(
        ROW,
        model._meta.label_lower,
        each.pk,
        _text(model, each.after),
        _("It was deleted and cannot be brought back."),
        who=_who(state) if state else "",
        at=state.record.history_date if state else None,
    )


def _line(row: Recorded, why: str, *, state: State | None = None, field: str = "") -> Kept:
    return Kept(
        FIELD if field else ROW,
        row._meta.label_lower,
        row.pk,
        str(row)[:400],
        why,
        field=field,
        who=_who(state) if state else "",
        at=state.record.history_date if state else None,
    )


def _who(state: State) -> str:
    return state.record.person_name or _("a background run")


def _label(model: type[Recorded], name: str) -> str:
    column: Any = model._meta.get_field(name)
    labels: Mapping[str, Any] = getattr(model, "record_labels", {})
    return str(labels.get(column.name, column.verbose_name))


def _text(model: Any, state: State) -> str:
    if words := getattr(model, "record_text", None):
        return str(words(state.record))
    return str(getattr(state.record, model.label_field))


def _sentence(refused: Exception) -> str:
    if isinstance(refused, ValidationError):
        return " ".join(refused.messages)
    if isinstance(refused, ProtectedError):
        return _("Other rows refer to it, so it was kept.")
    if isinstance(refused, ObjectDoesNotExist):
        return _("What it referred to before has been deleted since.")
    return str(refused)


# Mail


class _Mail:
    """The mail that went out by an act, of rows of a model."""

    def __init__(self, model: type[Recorded], change_set: UUID) -> None:
        self.model = model
        history = model.history.filter(change_set=change_set)  # type: ignore[attr-defined]
        dates = history.aggregate(first=Min("history_date"), last=Max("history_date"))
        self.first, self.last = dates["first"], dates["last"]

    def of(self, some: Iterable[int]) -> Iterator[Kept]:
        """A line for each mail that tells of some of them."""
        noun, label = self.model._meta.model_name, self.model._meta.label_lower
        keys_by_name = {f"{noun} {pk}": pk for pk in some}
        notices = Notice.objects.filter(
            about__in=keys_by_name,
            at__gte=self.first,
            at__lte=self.last + _SAME_ACT,
            message__state__in=_WENT_OUT,
        )
        columns = ("message", "about", *(f"message__{name}" for name in _SHOWN))
        # A mail that tells of several is one line.
        found = {pk: rest for pk, *rest in notices.order_by("-pk").values_list(*columns)}
        why = _("This mail has been sent and cannot be recalled.")
        for about, subject, address, settled_at in reversed(found.values()):
            yield Kept(MAIL, label, keys_by_name[about], subject, why, who=address, at=settled_at)
