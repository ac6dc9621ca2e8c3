"""The API of the work: one noun, one file. Each operation fetches, asks, calls the domain once."""

from ninja import Router

from operations.api import customers, dashboard, equipment, history, jobs, shares, tasks

router = Router()
for _noun in (dashboard, jobs, history, shares, tasks, equipment, customers):
    router.add_router("", _noun.router)
