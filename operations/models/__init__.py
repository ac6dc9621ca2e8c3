"""The nouns of the work."""

from operations.models.customer import Customer, Site
from operations.models.equipment import Equipment
from operations.models.job import Job
from operations.models.share import JobShare
from operations.models.task import Task

__all__ = ["Customer", "Equipment", "Job", "JobShare", "Site", "Task"]
