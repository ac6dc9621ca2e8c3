"""Customers, sites, equipment, jobs and tasks as rows of a file.

A row is known by what people know it by: a customer by name, a site by customer and name,
equipment by serial number, a job by number, a task by its job and position.
"""

from operations.resources.equipment import EquipmentResource
from operations.resources.jobs import JobResource
from operations.resources.places import CustomerResource, SiteResource
from operations.resources.tasks import TaskResource

__all__ = [
    "CustomerResource",
    "EquipmentResource",
    "JobResource",
    "SiteResource",
    "TaskResource",
]
