"""The way from an empty installation to the first job: steps that apps declare, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db.models import Exists, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from core.access import can
from core.backoffice.imports.kinds import address_for
from core.declarations import collected
from people.company import Company, company
from people.declarations import Step
from people.models import User

# What is shown again of a part of a name: more than is saved, and no page of it.
_LONGEST = 1000
# In the session: the name that somebody typed, where it is not saved.
_NAME = "typed_name"


def keep_name(request: HttpRequest, names: Mapping[str, str]) -> None:
    """Keep a name for home to ask it with, once."""
    request.session[_NAME] = {part: text[:_LONGEST] for part, text in names.items()}


def longest_name() -> int:
    """How many characters a part of a name may have."""
    return int(User._meta.get_field("first_name").max_length or 0)


def kept_name(request: HttpRequest) -> Any:
    """The name that was typed and is not saved, by its parts; empty where there is none."""
    return request.session.pop(_NAME) if _NAME in request.session else {}


@dataclass(frozen=True)
class Shown:
    """A step as home shows it: done, skipped, or to do."""

    step: Step
    is_done: bool
    is_skipped: bool
    is_next: bool = False
    # Where it is done by a file instead; empty where it is not.
    import_url: str = ""

    @property
    def url(self) -> str:
        """Where it is done."""
        return reverse(self.step.url)

    @property
    def is_done_or_skipped(self) -> bool:
        """Done, or left for later."""
        return self.is_done or self.is_skipped


def steps(user: Any) -> list[Shown]:
    """The steps for whoever may go them all; none once each is done or skipped."""
    if not can(user, "change", Company):
        return []
    skipped, done = company().skipped, _done(user)
    found = [
        Shown(
            step,
            is_done=done[step.name],
            is_skipped=step.name in skipped,
            import_url=address_for(user, step.model),
        )
        for step in _declared()
    ]
    return [] if all(each.is_done_or_skipped for each in found) else list(_marked(found))


def is_step(name: str) -> bool:
    """Is there a step of this name?"""
    return any(step.name == name for step in _declared())


def _declared() -> list[Step]:
    return sorted(collected(Step), key=lambda step: step.place)


def _done(user: Any) -> dict[str, bool]:
    """Which steps are done: one question for all of them."""
    asked = {step.name: Exists(_last_needed(step)) for step in _declared()}
    found: dict[str, bool] = User.objects.filter(pk=user.pk).order_by().values(**asked).get()
    return found


def _last_needed(step: Step) -> QuerySet[Any]:
    model: type[Model] = apps.get_model(step.model)
    rows = model._base_manager.filter(**step.having)
    return rows.order_by("pk")[step.least - 1 : step.least]


def _marked(found: Iterable[Shown]) -> Iterable[Shown]:
    """The same, the first that is not settled as the next one."""
    is_marked = False
    for each in found:
        is_next = not (each.is_done_or_skipped or is_marked)
        is_marked = is_marked or is_next
        yield replace(each, is_next=is_next)
