"""Whatever a page says can be translated, and German has it.

The pages of every address are read in a language that marks each text it is asked for: what stands
outside of the marks, in our letters, no translator was asked for.
"""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client

from core.imported import Import
from core.ledger import Message
from core.outbox import stopping
from core.outbox.posting import kinds
from tests.conftest import Sign
from tests.languages.pseudo import CODE, Pseudo, unmarked
from tests.languages.world import World, make_world
from tests.operations.pages import fields
from tests.walk.addresses import GIVEN, Address, pages

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
READERS = ("admin", "sales", "tech", "root")
# No page of ours: files, what browsers alone read, and the documents of the API, which are English.
APART = {"jsi18n", "my-day-worker", "api-docs", "api-redoc", "logout", "autocomplete"}
APART |= {"analytics_table", "analytics_pdf", "operations_job_day_pdf"}
APART |= {"operations_job_sheet_pdf", "operations_job_report_pdf"}


@pytest.fixture
def world(db: None, pseudo: Pseudo) -> World:
    return make_world()


def addresses(world: World, address: Address) -> list[str]:
    """An address, and what of it is shown only if asked for."""
    path = address.path.format(**world.places(model_of(address)))
    asked = [f"{path}?{given}" for given in GIVEN.get(address.name, ())]
    if address.name == "ledger_message":
        asked += [address.path.format(pk=pk) for pk in Message.objects.values_list("pk", flat=True)]
    if address.name == "import":
        asked += [address.path.format(pk=pk) for pk in Import.objects.values_list("pk", flat=True)]
    if address.name == "ledger":
        asked += [f"{path}?state=sent&words=μηδέν", f"{path}?day=μηδέν"]
    if address.name == "stop-mail":
        asked += [stopping.address(world.people["tech"], kinds()).partition("testserver")[2]]
    if address.name == "operations_job_changelist":
        asked += [f"{path}?attention={name}" for name in ("all", "today", "open")]
    if address.name.endswith("_changelist"):
        asked += [f"{path}?q=μηδέν", f"{path}?e=1"]
    if address.name in {"operations_job_change", "operations_job_history"}:
        keys = [job.pk for job in world.jobs.values() if job.pk]
        asked += [address.path.format(object_id=key) for key in keys]
    if address.name == "export":
        asked += [address.path.format(name=kind) for kind in ("jobs", "people")]
    if address.name == "operations_job_bulk":
        job = world.jobs["open"]
        names = ("assign", "reschedule", "hold", "cancel", "reopen", "complete", "priority")
        path = address.path
        asked += [f"{path.format(name=name)}?jobs={job.pk}:{job.version}" for name in names]
    return [path, *asked]


def _texts_of(answer: HttpResponse) -> set[str]:
    """What a page says outside of the marks; what scripts alone read, says nothing."""
    is_page = answer.get("Content-Type", "").startswith("text/html")
    return unmarked(answer.content.decode()) if is_page else set()


def model_of(address: Address) -> str:
    """Whose key stands in the address: mail and imports have no list of their own among those
    of models."""
    if address.name == "import" or address.name.startswith("import_"):
        return "core.import"
    return "core.message" if address.name.startswith("ledger_") else address.model


@pytest.mark.parametrize("reader", READERS)
def test_no_page_says_what_cannot_be_translated(
    reader: str, world: World, pseudo: Pseudo, sign_in: Sign
) -> None:
    browser = sign_in(world.people[reader])
    found: dict[str, str] = {}
    for address in pages():
        if address.name in APART:
            continue
        for path in addresses(world, address):
            answer = browser.get(path, follow=True)
            for text in _texts_of(answer):
                found.setdefault(text, path)
    assert found == {}
    assert pseudo.missing == set()


@pytest.mark.parametrize("reader", ["root", "tech"])
def test_no_answer_to_a_form_says_so_either(
    reader: str, world: World, pseudo: Pseudo, sign_in: Sign
) -> None:
    browser = sign_in(world.people[reader])
    found: dict[str, str] = {}
    for address in pages():
        if address.name in APART or address.name in {"login", "my-day", "view_on_site"}:
            continue
        path = address.path.format(**world.places(model_of(address)))
        if address.name == "stop-mail":
            path = addresses(world, address)[-1]
        shown = browser.get(path, follow=True)
        sent = fields(shown) if "<form" in shown.content.decode() else {}
        for data in ({}, dict.fromkeys(sent, "ω" * 300), {**sent, "post": "yes"}):
            answer = browser.post(path, data, follow=True)
            for text in _texts_of(answer):
                found.setdefault(text, path)
    assert found == {}
    assert pseudo.missing == set()


def test_nor_does_the_way_in(world: World, pseudo: Pseudo, client: Client) -> None:
    found: set[str] = set()
    for path in ("/admin/login/", "/admin/login/?again=1"):
        shown = client.get(path, headers={"accept-language": CODE})
        refused = client.post(path, {"username": "ω"}, headers={"accept-language": CODE})
        found |= _texts_of(shown) | _texts_of(refused)
    assert found == set()
    assert pseudo.missing == set()
