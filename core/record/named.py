"""Rows by what people call them: found for many names at once, whatever nobody sees differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.record.doubles import APART
from core.text.typed import folded, in_quotes

M = TypeVar("M", bound=models.Model)
# A name; beside the key of the row within which it is one, where there is such a row.
Name = tuple[Any, str]
# So much of a name that is not there, and of so many.
_SHOWN, _TOLD = 200, 20
# What people put between several names besides the semicolon; a name may hold it, too.
_OTHER_SEPARATORS = re.compile("[,/|\n]")
SEVERAL = gettext_lazy("Several rows match this one. Change it by hand.")


def folded_column(model: type[models.Model], field: str) -> str:
    """The column that holds a field folded; empty where there is none."""
    columns: Mapping[str, str] = getattr(model, "folded", {})
    return next((column for column, source in columns.items() if source == field), "")


def unknown(model: type[models.Model], names: Collection[str], *, are_several: bool = False) -> str:
    """The sentence for a cell that names what is not there, or not for this person to see;
    `are_several`: one that may name several rows."""
    # To cut a text to letters, all of it would be composed.
    told = [in_quotes(Truncator(n[: _SHOWN + 1]).chars(_SHOWN)) for n in islice(names, _TOLD)]
    quoted = ", ".join([*told, *(["…"] if len(names) > _TOLD else [])])
    sentence = _("There is no %(kind)s %(names)s.") % {
        "kind": model._meta.verbose_name,
        "names": quoted,
    }
    if are_several and any(map(_OTHER_SEPARATORS.search, names)):
        sentence += " " + _("Put semicolons between several.")
    return sentence


class Names(Generic[M]):
    """The rows of a queryset that are called by some names, read with one question.

    `within`: the column of a relation, of which different ones have rows of the same name.
    """

    def __init__(self, rows: QuerySet[M], field: str, *, within: str = "") -> None:
        self.rows, self.field, self.within = rows, field, within
        self.column = folded_column(rows.model, field)
        self._found: dict[Name, list[M]] = {}
        self._keys: dict[str, str] = {}
        self._doubles: dict[str, list[int]] | None = None

    def read(
        self, names: Collection[Name], *, by: Callable[[QuerySet[M]], Iterable[M]] = iter
    ) -> None:
        """Read the rows of these names; those of before are forgotten. `by` holds them, too."""
        self._found, self._keys = {}, {}
        same = {(within, self.key(name)) for within, name in names if name}
        if not same:
            return
        rows = self.rows.filter(self._condition({key for _within, key in same}))
        if self.within:
            rows = rows.filter(**{f"{self.within}__in": {within for within, _key in same}})
        for row in by(rows):
            self._found.setdefault((self._of(row), self._key_of(row)), []).append(row)

    def called(self, name: str, *, within: Any = None) -> list[M]:
        """The rows of this name; of doubles of before (core/record/doubles.py) the one that is
        spelled like this, and else all of them."""
        found = self._found.get((within, self.key(name)), [])
        return [row for row in found if getattr(row, self.field) == name][:1] or found

    def one(self, name: str, *, within: Any = None) -> M | None:
        """The row of this name; None where there is none. Raises ValueError for several."""
        found = self.called(name, within=within)
        if len(found) > 1:
            raise ValueError(SEVERAL)
        return found[0] if found else None

    def key(self, name: str) -> str:
        """By which two names are the same."""
        if not self.column:
            return name
        if name not in self._keys:
            self._keys[name] = folded(name)
        return self._keys[name]

    def _condition(self, keys: set[str]) -> Q:
        if not self.column:
            return Q((f"{self.field}__in", keys))
        doubles = [pk for key in keys & self._of_before().keys() for pk in self._of_before()[key]]
        alike = Q((f"{self.column}__in", keys))
        return alike | Q(pk__in=doubles) if doubles else alike

    def _of_before(self) -> dict[str, list[int]]:
        """The keys of the doubles of before, which are few, by their name."""
        if self._doubles is None:
            self._doubles = {}
            rows = self.rows.model._base_manager.filter(**{f"{self.column}__contains": APART})
            for pk, text in rows.values_list("pk", self.column):
                self._doubles.setdefault(text.split(APART)[0], []).append(pk)
        return self._doubles

    def _key_of(self, row: M) -> str:
        text: str = getattr(row, self.column or self.field)
        return text.split(APART, maxsplit=1)[0] if self.column else text

    def _of(self, row: M) -> Any:
        return getattr(row, self.within) if self.within else None


def people_called(username: str) -> list[Any]:
    """The active people of a user name: one, none, or several doubles of before."""
    model: Any = get_user_model()
    active = model._default_manager.filter(is_active=True)
    names: Names[Any] = Names(active, model.USERNAME_FIELD)
    names.read([(None, username)])
    return names.called(username)
