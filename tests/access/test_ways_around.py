"""Ways around: each tries to learn of, or to change, what the person may not see."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client

from core.record import acts, audit
from core.record.transactions import atomic
from operations.models import Job, Task
from people.models import User
from tests.access.forms import forms_of, job_form
from tests.access.table import CUSTOMER, EQUIPMENT, JOB, MODELS, PERSON, SHARE, SITE, TASK
from tests.access.test_back_office import keys
from tests.access.world import company_group, everything, page_of, url
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

pytestmark = pytest.mark.django_db


def test_no_row_is_added_to_a_job_that_is_not_theirs(sales: User, other_sales: User) -> None:
    """By what the domain offers to rows of any kind, whoever calls it."""
    job = make_job(owner=sales)
    for add in (acts.add, acts.save):
        with pytest.raises(PermissionDenied):
            add(Task(job=job, title="Look"), by=other_sales)
        with pytest.raises(Http404):
            add(Task(job_id=job.pk + 1, title="Look"), by=sales)
        assert add(Task(job=job, title="Look"), by=sales).row.pk
    with atomic():
        assert acts.add(Task(job=job.lock(), title="Mend"), by=sales).row.position == 3


def choices(client: Client, model: str, name: str, **query: Any) -> Any:
    """What a field offers: texts, or the status of a refusal."""
    app, _dot, model = model.partition(".")
    asked = {"app_label": app, "model_name": model, "field_name": name, **query}
    response = client.get(url("autocomplete"), asked)
    if response.status_code != 200:
        return response.status_code
    return [choice["text"] for choice in response.json()["results"]]


def test_a_field_offers_rows_that_the_person_may_see(
    secret: Job, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    customer = make_customer(name="Known customer")
    site = make_site(name="Known site", customer=customer)
    job = make_job(owner=sales, assigned_to=tech, site=site, title="Known job")
    clients = [sign_in(person) for person in (admin, sales, tech)]

    def offered(model: str, name: str, term: str = "") -> list[Any]:
        return [choices(client, model, name, term=term) for client in clients]

    both = ["Known customer", "Secret customer"]
    assert offered(JOB, "customer") == [both, both, ["Known customer"]]
    assert offered(JOB, "customer", "secret") == [both[1:], both[1:], []]
    sites = ["Known customer – Known site", "Secret customer – Secret site"]
    assert offered(JOB, "site") == [sites, sites, sites[:1]]
    assert offered(JOB, "assigned_to") == [["Theo Third", "Tina Tech"]] * 3
    assert offered(JOB, "owner") == [["Adam Admin", "Otto Other", "Sara Sales"]] * 3
    jobs = [str(job), str(secret)]
    assert offered(TASK, "job") == [jobs, jobs[:1], jobs[:1]]
    assert offered("operations.historicaltask", "job") == [jobs, jobs[:1], jobs[:1]]


def test_a_field_that_names_no_row_of_the_back_office_is_refused(
    tech: User, root: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    assert [
        choices(client, JOB, "number"),
        choices(client, JOB, "no_such_field"),
        choices(client, "operations.no_such_model", "job"),
        choices(client, PERSON, "groups"),
        choices(client, PERSON, "user_permissions"),
        choices(client, SHARE, "permission"),
        client.get(url("autocomplete")).status_code,
    ] == [403] * 7
    assert choices(sign_in(root), PERSON, "groups") == ["Admin", "Sales agent", "Technician"]


def test_a_form_cannot_name_a_row_that_the_person_may_not_see(
    secret: Job, admin: User, sign_in: Sign
) -> None:
    """Somebody whom the company lets edit jobs, and see no customers, sites or people."""
    editor = make_user()
    editor.set_groups([company_group({(JOB, "view"), (JOB, "change")})])
    job = make_job(owner=admin)
    named = {"customer": secret.customer_id, "site": secret.site_id, "owner": secret.owner_id}
    before = everything()
    response = sign_in(editor).post(
        url("operations_job_change", job.pk), job_form(job) | named | {"assigned_to": admin.pk}
    )
    assert set(response.context["adminform"].form.errors) == {"customer", "site", "assigned_to"}
    assert "Secret" not in response.content.decode()
    assert everything() == before


def test_a_filter_by_a_row_that_the_person_may_not_see_gives_an_empty_list(
    secret: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech, site=make_site())

    def found(client: Client, page: str, **query: Any) -> list[int]:
        return keys(client.get(url(page), query))

    for client in (sign_in(sales), sign_in(tech)):
        page = "operations_job_changelist"
        assert found(client, page, customer__id__exact=job.customer_id) == [job.pk]
        assert found(client, page, customer__id__exact=secret.customer_id) == []
        assert found(client, page, assigned_to__id__exact=secret.assigned_to_id) == []
        assert found(client, page, q="Secret") == []
        assert found(client, page, q=secret.number) == []
    page = "operations_site_changelist"
    assert found(client, page, customer__id__exact=job.customer_id) == [job.site_id]
    assert found(client, page, customer__id__exact=secret.customer_id) == []
    assert found(client, page, q="Secret") == []


def test_a_filter_does_not_name_a_row_that_the_person_may_not_see(
    secret: Job, tech: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    query = {"customer__id__exact": secret.customer_id}
    pages = [client.get(url(page_of(label, "changelist")), query) for label in (JOB, SITE)]
    assert ["Secret customer" in page.content.decode() for page in pages] == [False, False]


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("operations_job_changelist", "owner__password__startswith=m"),
        ("operations_job_changelist", "assigned_to__password__startswith=m"),
        ("operations_job_changelist", "assigned_to__email__startswith=o"),
        ("operations_job_changelist", "customer__jobs__owner={owner}"),
        ("operations_job_changelist", "customer__jobs__id={job}"),
        ("operations_customer_changelist", "jobs={job}"),
        ("operations_customer_changelist", "jobs__id={job}"),
        ("operations_customer_changelist", "jobs__title__startswith=S"),
        ("operations_customer_changelist", "sites__jobs={job}"),
        ("operations_site_changelist", "jobs={job}"),
        ("operations_equipment_changelist", "tasks={task}"),
        ("operations_equipment_changelist", "tasks__id={task}"),
        ("people_user_changelist", "owned_jobs={job}"),
        ("people_user_changelist", "assigned_jobs__isnull=False"),
        ("people_user_changelist", "jobshare__isnull=False"),
        ("people_user_changelist", "password__startswith=m"),
        ("people_user_changelist", "email__startswith=o"),
        ("people_user_changelist", "email=otto@example.com"),
        ("people_user_changelist", "last_login__isnull=True"),
        ("people_user_changelist", "is_superuser=True"),
        ("people_user_changelist", "is_active__exact=1"),
        ("people_user_changelist", "groups__id__exact=1"),
        ("people_user_changelist", "user_permissions=1"),
        ("people_user_changelist", "groups__permissions__codename=view_job"),
        ("operations_job_changelist", "_to_field=password"),
        ("people_user_changelist", "_to_field=password"),
        ("people_user_changelist", "_to_field=email"),
    ],
)
def test_a_list_cannot_be_asked_about_what_it_does_not_show(
    page: str, query: str, secret: Job, outsiders: list[Client]
) -> None:
    query = query.format(job=secret.pk, owner=secret.owner_id, task=secret.tasks.get().pk)
    assert [client.get(f"{url(page)}?{query}").status_code for client in outsiders] == [400, 400]


def test_an_admin_cannot_ask_for_passwords_either(admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    asked = [
        (page, f"{path}password__startswith")
        for page, path in [
            ("people_user_changelist", ""),
            ("people_user_changelist", "groups__user__"),
            ("operations_job_changelist", "owner__"),
            ("operations_job_changelist", "assigned_to__"),
        ]
    ]
    answers = [client.get(url(page), {lookup: "m"}).status_code for page, lookup in asked]
    assert answers == [400] * 4


def test_a_page_for_a_pop_up_asks_the_same(
    secret: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    """Opened beside a form, to add, change or view what a field names."""
    make_job(owner=sales, assigned_to=tech)
    popup = "?_popup=1&_to_field=id"
    client, other = sign_in(tech), sign_in(sales)
    assert [
        client.get(url(page, *args) + popup).status_code
        for page, args in [
            ("operations_customer_add", ()),
            ("operations_site_add", ()),
            ("operations_customer_change", (secret.customer_id,)),
            ("operations_site_change", (secret.site_id,)),
            ("operations_job_change", (secret.pk,)),
            ("people_user_change", (sales.pk,)),
            ("people_user_add", ()),
        ]
    ] == [403, 403, 404, 404, 404, 200, 403]
    forged = url("operations_customer_change", secret.customer_id) + "?_to_field=notes"
    assert [client.get(forged).status_code, other.get(forged).status_code] == [400, 400]
    made = other.post(
        url("operations_customer_add") + popup,
        {"name": "From a pop-up", "_popup": "1", "_to_field": "id", **forms_of("sites")},
    )
    assert "From a pop-up" in made.context["popup_response_data"]


@pytest.mark.parametrize("label", [JOB, CUSTOMER, SITE, EQUIPMENT, PERSON])
def test_deleting_in_bulk_is_for_admins_alone(
    label: str, sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=1)
    idle = {CUSTOMER: make_customer, SITE: make_site, EQUIPMENT: make_equipment, PERSON: make_user}
    if label in idle:
        idle[label]()
    rows = list(MODELS[label]._base_manager.values_list("pk", flat=True))
    selected = {"action": "delete_selected", "_selected_action": rows, "index": 0, "post": "yes"}
    before = everything()
    for person in (sales, tech):
        response = sign_in(person).post(url(page_of(label, "changelist")), selected)
        if person == sales:
            # They may export what is ticked; this one is none of their deeds.
            assert (response.status_code, everything()) == (302, before)
            continue
        assert (response.status_code, everything()) == (200, before)
        assert response.context["action_form"] is None
    last = selected | {"_selected_action": [max(rows)]}
    assert sign_in(admin).post(url(page_of(label, "changelist")), last).status_code == 302
    assert MODELS[label]._base_manager.count() == len(rows) - 1


def test_a_list_is_no_form(sales: User, sign_in: Sign) -> None:
    """No `list_editable` and no ordering by hand: both would ask about the model alone."""
    job = make_job(owner=sales)
    before = everything()
    typed = {**forms_of("form", total=1, initial=1), "form-0-id": job.pk, "form-0-title": "Typed"}
    sign_in(sales).post(url("operations_job_changelist"), typed | {"_save": "Save"})
    assert everything() == before


@pytest.mark.parametrize("query", ["s=secret&extended", "s=secret", "s=j-0", "s={pk}"])
def test_the_search_of_the_site_finds_the_rows_that_the_person_may_see(
    query: str, secret: Job, outsiders: list[Client], admin: User, sign_in: Sign
) -> None:
    address = f"{url('search')}?{query.format(pk=secret.pk)}"
    page = url("operations_job_change", secret.pk)
    # Sales agents see all customers and sites, and everybody all equipment.
    places = {"/admin/operations/customer/", "/admin/operations/site/"}
    for client, seen in zip(outsiders, (places, set()), strict=True):
        response = client.get(address)
        links = {result.link for result in response.context["results"]}
        assert {link.rstrip("change/").rstrip("0123456789") for link in links} <= {
            *seen,
            "/admin/operations/equipment/",
        }
        assert "ecret job" not in response.content.decode()
    found = sign_in(admin).get(address).context["results"]
    assert page in {result.link for result in found}


def test_the_search_of_the_site_finds_the_pages_that_the_person_may_open(
    root: User, tech: User, sign_in: Sign
) -> None:
    def found(person: User) -> list[str]:
        response = sign_in(person).get(url("search"), {"s": "o"})
        return [result.link for result in response.context["results"]]

    groups = url("auth_group_changelist")
    assert (groups in found(root), groups in found(tech)) == (True, False)
    pages = [sign_in(root).get(url("search"), {"s": "o", "page": page}) for page in ("9", "x", "0")]
    assert [page.status_code for page in pages] == [404, 404, 404]


def test_no_page_restores_an_old_version(sales: User, tech: User, sign_in: Sign) -> None:
    """simple-history's own pages let whoever may view a row write its old values back."""
    job = make_job(owner=sales, assigned_to=tech, title="First title")
    job.title = "Second title"
    job.save()
    version = job.history.last().history_id
    address = url("operations_job_history", job.pk) + f"{version}/"
    before = everything()
    for person in (sales, tech):
        client = sign_in(person)
        assert client.get(address, follow=True).status_code == 404
        assert client.post(address, job_form(job), follow=True).status_code == 404
        assert client.post(url("operations_job_history", job.pk), job_form(job)).status_code == 200
    assert everything() == before


def test_the_way_to_the_site_does_not_tell_whether_a_row_exists(
    secret: Job, tech: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    kinds = [ContentType.objects.get_for_model(model).pk for model in MODELS.values()]
    keys = [1, secret.pk, 999_999, "x", 10**30]
    pages = [client.get(url("view_on_site", kind, key)) for kind in kinds for key in keys]
    assert {(page.status_code, page.content) for page in pages} == {(404, pages[0].content)}


def test_home_shows_the_jobs_that_the_person_may_see(
    secret: Job, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, title="Known job", scheduled_date=audit.today())
    Job.objects.filter(pk=secret.pk).update(scheduled_date=audit.today())
    pages = [sign_in(person).get(url("index")) for person in (admin, sales, tech)]
    shown = [
        {job.title for part in page.context["lists"] for job in part["jobs"]} for page in pages
    ]
    assert shown == [{"Known job", "Secret job"}, {"Known job"}, {"Known job"}]
    assert ["Secret" in page.content.decode() for page in pages] == [True, False, False]
