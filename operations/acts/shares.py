"""Access to one job, given to a colleague and taken away again."""

from __future__ import annotations

from copy import copy

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import forget_shares
from core.record.acts import Named, Outcome, follow, held
from core.roles import Role
from operations import notices
from operations.acts.naming import chosen
from operations.models import Job, JobShare
from people.models import User

# What changes of a share with its level, and what a new one has.
_LEVEL = frozenset({"level", "permission_id"})
_GIVEN = frozenset(field.attname for field in JobShare._meta.concrete_fields)


ONLY_TECHNICIANS = gettext_lazy("Only a technician can be given progress access.")


def whom_to_share_with(job: Job) -> QuerySet[User]:
    """The colleagues that a job can be shared with: its owner sees it anyway."""
    colleagues: QuerySet[User] = User.objects.colleagues().exclude(pk=job.owner_id)
    return colleagues


def share(job: Named[Job], person: User | int, level: str, *, by: User) -> Outcome[JobShare]:
    """Give a colleague, named by key too, access to this job; sharing again changes the level.

    Raises as `held` does, and `ValidationError` for its owner, somebody who cannot enter, or for
    progress with anybody but an active technician.
    """
    with held(job, "share", by=by) as row:
        if isinstance(person, int):
            (person,) = chosen(by, User, [person], field="user")
        _check_person(row, person, level)
        found = JobShare.objects.filter(content_object=row, user=person).first()
        given = found or JobShare(content_object=row, user=person)
        was = given.level if given.pk else None
        changed: frozenset[str] = frozenset()
        if was != level:
            changed = _GIVEN if was is None else _LEVEL
            before = None if was is None else {name: getattr(given, name) for name in _LEVEL}
            given.level = level
            given.save()
            follow(given, before)
            forget_shares(row)
            notices.shared(row, given.user_id, was=was, now=str(given.level))
    return Outcome(given, changed)


def _check_person(job: Job, person: User, level: str) -> None:
    if level not in JobShare.Level.values:
        raise ValidationError({"level": _("Choose view, or view and progress.")})
    if person.pk == job.owner_id:
        raise ValidationError({"user": _("The job is already theirs: they see it anyway.")})
    if not whom_to_share_with(job).filter(pk=person.pk).exists():
        raise ValidationError({"user": _("Choose somebody who is active and holds a role.")})
    if level == JobShare.Level.PROGRESS and Role.TECHNICIAN not in person.roles:
        raise ValidationError({"level": ONLY_TECHNICIANS})


def unshare(job: Named[Job], person: User | int, *, by: User) -> Outcome[JobShare]:
    """Take the access of a colleague, named by key too, away again: the share as it was. Nothing
    changed where there was none.

    Raises as `held` does.
    """
    key = person if isinstance(person, int) else person.pk
    with held(job, "share", by=by) as row:
        # By a condition on the person: a key that is too long for any is that of nobody.
        given = row.shares.filter(user__in=User.objects.filter(pk=key)).first()
        if given is None:
            return Outcome(JobShare(content_object=row, user_id=key))
        notices.shared(row, given.user_id, was=str(given.level), now=None)
        was = copy(given)
        follow(given, None, is_deleted=True)
        given.delete()
        forget_shares(row)
    return Outcome(was, _GIVEN)
