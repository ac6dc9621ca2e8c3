"""Rows of other people's, and those who have nothing to do with them."""

from __future__ import annotations

import pytest
from django.test import Client

from operations.models import Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task


@pytest.fixture
def outsiders(sales: User, tech: User, sign_in: Sign) -> list[Client]:
    """The sales agent and the technician, who have nothing to do with the secret job."""
    return [sign_in(sales), sign_in(tech)]


@pytest.fixture
def secret(other_sales: User, other_tech: User) -> Job:
    """A job of other people's, at a customer of its own."""
    customer = make_customer(name="Secret customer")
    site = make_site(name="Secret site", customer=customer)
    equipment = make_equipment(name="Secret drill")
    job = make_job(owner=other_sales, assigned_to=other_tech, site=site, title="Secret job")
    make_task(job=job, title="Secret task", equipment=[equipment])
    return job
