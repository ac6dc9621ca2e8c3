"""Rows as lines of JSON, column by column, from which the very rows can be made again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, time
from functools import cache, partial
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from core.declarations import FullExportRows, collected

# Rows that are read, or made, at once.
PART = 2000


# Which installation has them under which key is chance: they go by their names.
_BY_NAME = (Permission, ContentType)


@cache
def exported_models() -> dict[str, type[models.Model]]:
    """The models whose rows make the company, by label: the groups, what is on record, what lies
    between two of these, all history, and what the apps declare."""
    every: list[Any] = apps.get_models(include_auto_created=True)
    recorded = [model for model in every if hasattr(model, "audit_records")]
    found = [Group, *recorded]
    found += [model for model in every if model._meta.auto_created in recorded]
    found += [apps.get_model(each.model) for each in collected(FullExportRows)]
    # Of rows, and of what lay between them.
    found += [model for model in every if hasattr(model, "instance_type")]
    return {model._meta.label_lower: model for model in dict.fromkeys(found)}


def columns(model: type[models.Model]) -> list[Any]:
    """The columns that the full export holds."""
    label = model._meta.label_lower
    left = {
        name for each in collected(FullExportRows) if each.model == label for name in each.without
    }
    return [field for field in model._meta.concrete_fields if field.name not in left]


# Written


def lines(model: type[Any]) -> Iterator[tuple[int, bytes]]:
    """All rows of a model, in parts: how many, and their lines."""
    fields = columns(model)
    names = [field.attname for field in fields]
    by_name = {f.attname: _names(f.remote_field.model) for f in fields if _is_by_name(f)}
    rows = model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=PART)
    while part := list(islice(rows, PART)):
        objects = [dict(zip(names, row, strict=True)) for row in part]
        for each in objects:
            each |= {name: known[each[name]] for name, known in by_name.items()}
        if model is Group:
            _add_permissions(objects)
        text = "".join(f"{_ENCODER.encode(each)}\n" for each in objects)
        yield len(part), text.encode()


def _is_by_name(field: Any) -> bool:
    return bool(field.remote_field) and field.remote_field.model in _BY_NAME


def _names(model: Any) -> dict[int | None, Any]:
    return {None: None, **{row.pk: list(row.natural_key()) for row in _all(model)}}


def _all(model: Any) -> Any:
    rows = model._base_manager.all()
    return rows.select_related("content_type") if model is Permission else rows


def _add_permissions(groups: list[dict[str, Any]]) -> None:
    names = _names(Permission)
    given = Group.permissions.through._base_manager.order_by("permission_id")
    for each in groups:
        keys = given.filter(group_id=each["id"]).values_list("permission_id", flat=True)
        each["permissions"] = [names[key] for key in keys]


class _Encoder(json.JSONEncoder):
    """What a column of a database can hold: exactly, so that the very value can be made again."""

    def default(self, o: Any) -> Any:
        if isinstance(o, date | datetime | time):
            return o.isoformat()
        if isinstance(o, UUID):
            return str(o)
        # What is no bytes either, no column holds.
        return base64.b64encode(o).decode()


_ENCODER = _Encoder(ensure_ascii=False)


# Read


def make(model: type[Any], lines: Iterable[bytes]) -> Iterator[int]:
    """Make the rows of these lines, in parts: how many more there are. Nothing follows of it, and
    nothing is put on record: what followed then is among the rows."""
    fields = {field.attname: field for field in columns(model)}
    by_name = {
        name: {tuple(v): key for key, v in _names(field.remote_field.model).items() if v}
        for name, field in fields.items()
        if _is_by_name(field)
    }
    found = (json.loads(line) for line in lines)
    is_copied = _is_copied(model, fields)
    while part := list(islice(found, PART)):
        given = [each.pop("permissions", ()) for each in part]
        if is_copied:
            _copy(model, part, fields, by_name)
        else:
            rows = [_made(model, each, fields, by_name) for each in part]
            model._base_manager.bulk_create(rows)
        if model is Group:
            _give_permissions([each["id"] for each in part], given)
        yield len(part)


def _is_copied(model: type[Any], fields: Collection[str]) -> bool:
    """Does PostgreSQL read the rows itself? Not where a column is left out, which has a default."""
    return connection.vendor == "postgresql" and len(fields) == len(model._meta.concrete_fields)


def _copy(
    model: type[Any],
    part: Iterable[dict[str, Any]],
    fields: dict[str, Any],
    by_name: dict[str, Any],
) -> None:
    """Have PostgreSQL read the rows itself, ten times as fast as through statements and objects:
    what it does not take for a value of the column, it refuses."""
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields.values())
    read: dict[str, Callable[[Any], Any]] = {
        name: partial(_key, keys) for name, keys in by_name.items()
    }
    read |= {name: f.to_python for name, f in fields.items() if isinstance(f, models.BinaryField)}
    read |= {name: _ENCODER.encode for name, f in fields.items() if isinstance(f, models.JSONField)}
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN") as into,
    ):
        for each in part:
            into.write_row(
                [read[name](each[name]) if name in read else each[name] for name in fields]
            )


def _key(keys: dict[Any, int], name: Any) -> int | None:
    return None if name is None else keys[tuple(name)]


def _made(
    model: type[Any], values: dict[str, Any], fields: dict[str, Any], by_name: dict[str, Any]
) -> Any:
    read = {}
    for name, value in values.items():
        if name in by_name:
            read[name] = by_name[name][tuple(value)]
        else:
            read[name] = fields[name].to_python(value)
    row = model(**read)
    if isinstance(row, AbstractBaseUser):
        row.set_unusable_password()
    return row


def _give_permissions(groups: list[int], given: list[Any]) -> None:
    keys = {tuple(name): key for key, name in _names(Permission).items() if name}
    through = Group.permissions.through
    through._base_manager.bulk_create(
        through(group_id=group, permission_id=keys[tuple(name)])
        for group, names in zip(groups, given, strict=True)
        for name in names
        # One of a package that is here no more.
        if tuple(name) in keys
    )
