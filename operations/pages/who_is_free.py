"""What was understood of a schedule that somebody types, and who is free then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, JsonResponse

from core.access import can, visible_to
from core.backoffice.chosen import is_key
from core.record import audit
from operations import free
from operations.free import Load
from operations.models import Job
from operations.models.job_rules import DAY_HAS_PASSED
from operations.pages import foreseen
from operations.schedule import Slot
from operations.spoken_schedule import read
from people.models import User

# How many jobs of those that find a technician are left out of what these have.
_MOST = 500


def page(request: HttpRequest) -> JsonResponse:
    """The day and times that a text says, in words and as they are sent, or why not; and what each
    technician has that day, the free ones first. `job` names jobs that do not count."""
    user: Any = request.user
    if not (can(user, "add", Job) or can(user, "change", Job)):
        raise PermissionDenied
    try:
        slot = read(request.GET.get("text", ""), today=audit.today())
    except ValidationError as unread:
        return JsonResponse({"problem": " ".join(unread.messages)})
    keys = [int(key) for key in request.GET.getlist("job")[:_MOST] if is_key(key)]
    technicians = visible_to(user, User.objects.technicians())
    found = free.loads(technicians, [slot.day] if slot.day else [], leaving_out=keys)
    return JsonResponse(
        {**_slot_as_data(slot), "people": _people(user, free.free_first(found, slot), slot)}
    )


def _slot_as_data(slot: Slot) -> dict[str, str]:
    late = slot.day is not None and slot.day < audit.today()
    return {
        "problem": "",
        "text": str(slot) if slot.day else "",
        "note": str(DAY_HAS_PASSED) if late else "",
        "day": slot.day.isoformat() if slot.day else "",
        "start": slot.start.isoformat("minutes") if slot.start else "",
        "end": slot.end.isoformat("minutes") if slot.end else "",
    }


def _people(user: User, found: Sequence[Load], slot: Slot) -> list[dict[str, Any]]:
    """Each technician, with what they have; what clashes is named where it is seen."""
    clashes = {load.person.pk: load.clash(slot) for load in found}
    seen = foreseen.seen(user, clashes.values())
    return [
        {
            "id": load.person.pk,
            "text": load.person.name,
            "meta": str(load),
            "clash": foreseen.clash(load, key, seen.get(key))
            if (key := clashes[load.person.pk])
            else None,
        }
        for load in found
    ]
