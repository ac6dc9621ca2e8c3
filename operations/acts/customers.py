"""A customer, entered with the first of their sites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from core.record.acts import Outcome, add
from core.record.transactions import atomic
from core.refusals import within
from operations.models import Customer, Site
from people.models import User


def add_customer(
    *, by: User, sites: Iterable[Mapping[str, Any]] = (), **values: Any
) -> Outcome[Customer]:
    """Save a new customer with their sites: all of it, or nothing.

    Raises PermissionDenied or `ValidationError`; an error of a site stands at its place, such as
    `sites.1.name`.
    """
    with atomic():
        outcome = add(Customer(**values), by=by)
        warnings = [*outcome.warnings]
        for place, site in enumerate(sites):
            with within(f"sites.{place}"):
                warnings += add(Site(customer=outcome.row, **site), by=by).warnings
    return replace(outcome, warnings=tuple(dict.fromkeys(warnings)))
