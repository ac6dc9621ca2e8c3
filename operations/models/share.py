"""A share: access to one job, given to a colleague."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

from django.contrib.auth.models import Permission
from django.db import models
from django.utils.translation import gettext_lazy
from guardian.models import UserObjectPermissionBase

from core.granted import extra_permissions
from core.record.records import AuditRecords
from operations.models.job import Job
from operations.states import ShareLevel, values


class JobShare(UserObjectPermissionBase):
    """One person's access to one job, beyond what its columns say. Made by `acts.share`.

    A guardian row with a direct foreign key: `level` is what people choose and what is on record,
    `permission` is the same in guardian's terms.
    """

    Level: TypeAlias = ShareLevel

    label_field: ClassVar[str] = "user"
    # guardian's column has no name of ours.
    record_labels: ClassVar[dict[str, Any]] = {"user": gettext_lazy("person")}

    content_object = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="shares", verbose_name=gettext_lazy("job")
    )
    level = models.CharField(
        gettext_lazy("level"), max_length=10, choices=Level.choices, default=Level.VIEW
    )

    history = AuditRecords(excluded_fields=["permission"])

    class Meta:
        verbose_name = gettext_lazy("share")
        verbose_name_plural = gettext_lazy("shares")
        ordering = ("pk",)
        permissions = extra_permissions("operations.jobshare")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "content_object"), name="operations_share_once_a_person"
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=values(ShareLevel)),
                name="operations_share_level_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.get_level_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.permission = Permission.objects.get_by_natural_key(
            f"{self.level}_job", "operations", "job"
        )
        super().save(*args, **kwargs)
