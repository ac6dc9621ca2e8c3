"""The back office pages of the work."""

from operations.admin.customer import CustomerAdmin, SiteAdmin
from operations.admin.equipment import EquipmentAdmin
from operations.admin.job import JobAdmin
from operations.admin.person import PersonAdmin

__all__ = ["CustomerAdmin", "EquipmentAdmin", "JobAdmin", "PersonAdmin", "SiteAdmin"]
