"""Which permissions of a model Django is told to make, beside its own four."""

from __future__ import annotations

from django.apps import apps

from core import roles
from core.declarations import Grants, declared_by


def extra_permissions(label: str) -> tuple[tuple[str, str], ...]:
    """Those for what the table of roles, or the app of the model (`Grants`), says of it: for its
    Meta."""
    noun = label.split(".")[1]
    actions = [a for a in _rights(label) if a not in {"view", "add", "change", "delete"}]
    return tuple((roles.codename(label, a), f"Can {a.replace('_', ' ')} {noun}") for a in actions)


def _rights(label: str) -> roles.Rights:
    """As they are declared: models are read before what apps grant has joined the table."""
    if label in roles.RIGHTS:
        return roles.RIGHTS[label]
    declared = declared_by(apps.get_app_config(label.split(".", maxsplit=1)[0]))
    grants = [each for each in declared if isinstance(each, Grants)]
    return next(each.rights for each in grants if each.model == label)
