"""Customers and their sites in the back office."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.record import audit
from core.record.audit import Door
from operations.models import Customer, Job, Site
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_site
from tests.operations.pages import Fields, errors, fields, messages, words
from tests.operations.stock import everything, history_rows

ADD = reverse("admin:operations_customer_add")
LIST = reverse("admin:operations_customer_changelist")
SITES = reverse("admin:operations_site_changelist")
NAME_TAKEN = "There is a customer of this name already."
SITE_TAKEN = "This customer has a site of this name already."


def url_of(row: Customer | Site, page: str = "change") -> str:
    return reverse(f"admin:operations_{row._meta.model_name}_{page}", args=[row.pk])


def form_of(browser: Client, row: Customer | Site) -> Fields:
    return fields(browser.get(url_of(row)), f"{row._meta.model_name}_form")


def save(browser: Client, row: Customer | Site, sent: Fields) -> HttpResponse:
    return browser.post(url_of(row), sent, follow=True)


def site_row(number: int, **values: str) -> Fields:
    row = {"name": "", "address": "", "access_notes": "", **values}
    return {f"sites-{number}-{name}": value for name, value in row.items()}


@pytest.fixture
def customer() -> Customer:
    customer = make_customer(name="Baker")
    for name in ("Mill", "Shop"):
        make_site(customer=customer, name=name)
    return customer


pytestmark = pytest.mark.django_db


# Making and editing


@pytest.mark.parametrize("who", ["sales", "admin"])
def test_a_customer_is_made_with_sites_in_one_go(who: str, sign_in: Sign, request: Any) -> None:
    person = request.getfixturevalue(who)
    browser = sign_in(person)
    sent = fields(browser.get(ADD), "customer_form")
    sent |= {"name": "Baker", "contact_name": "Ann", "phone": "1 23", "email": "a@b.at"}
    sent |= {"notes": "Pays late", "sites-TOTAL_FORMS": "2"}
    sent |= site_row(0, name="Mill", address="Road 1\nTown", access_notes="Code 1234")
    page = browser.post(ADD, sent | site_row(1, name="Shop"), follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    customer = Customer.objects.get()
    assert (customer.name, customer.contact_name, customer.phone, customer.email) == (
        "Baker",
        "Ann",
        "1 23",
        "a@b.at",
    )
    assert (customer.notes, customer.is_active) == ("Pays late", True)
    sites = [(s.name, s.address.splitlines(), s.access_notes) for s in customer.sites.all()]
    assert sites == [("Mill", ["Road 1", "Town"], "Code 1234"), ("Shop", [], "")]
    assert history_rows() == 3
    for row in (customer, *customer.sites.all()):
        record = row.history.get()
        assert (record.history_user, record.door) == (person, Door.ADMIN)


def test_a_form_sent_twice_adds_one_customer(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    sent = fields(browser.get(ADD), "customer_form") | {"name": "Baker"}
    assert [browser.post(ADD, sent).status_code for _ in range(2)] == [302, 302]
    assert Customer.objects.count() == 1


def test_customer_and_sites_are_edited_and_added_in_one_go(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, customer)
    before = history_rows()
    sent |= {"phone": "9", "is_active": "", "sites-0-address": "Road 1", "sites-TOTAL_FORMS": "3"}
    page = save(browser, customer, sent | site_row(2, name="Yard"))
    assert page.redirect_chain == [(LIST, 302)]
    customer.refresh_from_db()
    assert (customer.phone, customer.is_active, customer.version) == ("9", False, 2)
    sites = customer.sites.values_list("name", "address", "version")
    assert list(sites) == [("Mill", "Road 1", 2), ("Shop", "", 1), ("Yard", "", 1)]
    assert history_rows() == before + 3


def test_a_save_that_changes_nothing_writes_nothing(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    before = everything()
    save(sign_in(sales), customer, form_of(sign_in(sales), customer))
    assert everything() == before


def test_an_admin_deletes_a_site_in_the_form_and_a_sales_agent_does_not(
    customer: Customer, admin: User, sales: User, sign_in: Sign
) -> None:
    sent = form_of(sign_in(sales), customer) | {"sites-0-DELETE": "on"}
    save(sign_in(sales), customer, sent)
    assert customer.sites.count() == 2
    save(sign_in(admin), customer, form_of(sign_in(admin), customer) | {"sites-0-DELETE": "on"})
    assert [site.name for site in customer.sites.all()] == ["Shop"]


# Names


def test_a_name_is_taken_whatever_its_case(sales: User, sign_in: Sign) -> None:
    make_customer(name="Baker")
    other = make_customer(name="Smith")
    browser, before = sign_in(sales), everything()
    new = fields(browser.get(ADD), "customer_form") | {"name": "bAKER", "phone": "1"}
    page = browser.post(ADD, new)
    assert errors(page) == {"name": [NAME_TAKEN]}
    assert NAME_TAKEN in words(page)
    again = fields(page, "customer_form")
    assert (again["name"], again["phone"]) == ("bAKER", "1")
    assert errors(save(browser, other, form_of(browser, other) | {"name": "BAKER"})) == {
        "name": [NAME_TAKEN]
    }
    assert everything() == before
    save(browser, other, form_of(browser, other) | {"name": "SMITH"})
    assert Customer.objects.get(pk=other.pk).name == "SMITH"


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        ({"sites-TOTAL_FORMS": "3"} | site_row(2, name="mILL"), [2]),
        (
            {"sites-TOTAL_FORMS": "4"} | site_row(2, name="Yard") | site_row(3, name="yARD"),
            [3],
        ),
        ({"sites-0-name": "shop"}, [0]),
        ({"sites-0-name": "Shop", "sites-1-name": "Mill"}, [0, 1]),
    ],
    ids=["a new one of an old one", "two new ones", "an old one of another", "exchanged"],
)
def test_no_two_sites_of_a_customer_have_one_name(
    sent: Fields, refused: list[int], customer: Customer, sales: User, sign_in: Sign
) -> None:
    browser, before = sign_in(sales), everything()
    page = save(browser, customer, form_of(browser, customer) | sent)
    assert errors(page) == {f"sites-{number}-name": [SITE_TAKEN] for number in refused}
    assert SITE_TAKEN in words(page)
    again = fields(page, "customer_form")
    assert {name: again[name] for name in sent} == sent
    assert everything() == before


def test_the_name_of_a_site_that_goes_is_free_for_a_new_one(
    customer: Customer, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    sent = form_of(browser, customer) | {"sites-0-DELETE": "on", "sites-TOTAL_FORMS": "3"}
    save(browser, customer, sent | site_row(2, name="mill"))
    assert sorted(site.name for site in customer.sites.all()) == ["Shop", "mill"]


def test_a_site_on_its_own_page_has_a_name_of_its_own_too(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    mill, browser, before = customer.sites.get(name="Mill"), sign_in(sales), everything()
    page = save(browser, mill, form_of(browser, mill) | {"name": "sHOP"})
    assert errors(page) == {"name": [SITE_TAKEN]}
    assert everything() == before


# No lost update


def test_a_stale_customer_is_refused_with_both_values_and_then_saved(
    customer: Customer, sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, customer) | {"phone": "1"}
    with audit.act(by=admin):
        customer.phone, customer.is_active = "2", False
        customer.save()
    before = everything()
    page = save(browser, customer, sent)
    assert errors(page) == {
        "__all__": [
            "Adam Admin changed this in the meantime (phone: – → 2; active: yes → no). "
            "Your changes were not saved: check the values below and save again."
        ],
        "phone": ["Now: 2. Yours: 1."],
        "is_active": ["Now: no. Yours: yes."],
    }
    assert "Now: no. Yours: yes." in words(page)
    assert everything() == before
    save(browser, customer, fields(page, "customer_form"))
    customer.refresh_from_db()
    assert (customer.phone, customer.is_active) == ("1", True)


def test_a_stale_site_is_refused_within_the_form_of_its_customer(
    customer: Customer, sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, customer) | {"sites-0-access_notes": "Mine"}
    with audit.act(by=admin):
        mill = customer.sites.get(name="Mill")
        mill.access_notes = "Theirs"
        mill.save()
    before = everything()
    page = save(browser, customer, sent)
    assert errors(page)["sites-0-access_notes"] == ["Now: Theirs. Yours: Mine."]
    assert "Adam Admin changed this in the meantime" in words(page)
    assert everything() == before
    save(browser, customer, fields(page, "customer_form"))
    assert customer.sites.get(name="Mill").access_notes == "Mine"


def test_a_site_that_somebody_deleted_meanwhile_is_offered_as_a_new_one(
    customer: Customer, sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, customer) | {"sites-0-address": "Road 1"}
    with audit.act(by=admin):
        customer.sites.get(name="Mill").delete()
    page = save(browser, customer, sent)
    sentence = (
        "Adam Admin has deleted “Mill” in the meantime. Save again to add it back, or remove it."
    )
    assert errors(page) == {"sites-": [sentence]}
    save(browser, customer, fields(page, "customer_form"))
    assert customer.sites.get(name="Mill").address == "Road 1"


# Sites on pages of their own


def test_a_sales_agent_makes_a_site(customer: Customer, sales: User, sign_in: Sign) -> None:
    browser, add = sign_in(sales), reverse("admin:operations_site_add")
    sent = fields(browser.get(f"{add}?customer={customer.pk}"), "site_form")
    assert sent["customer"] == str(customer.pk)
    assert browser.post(add, sent | {"name": "Yard"}).status_code == 302
    assert Site.objects.get(name="Yard").customer == customer


def test_a_site_with_jobs_stays_with_its_customer(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    mill, shop = customer.sites.all()
    make_job(owner=sales, site=mill)
    other, browser = make_customer(), sign_in(sales)
    before = everything()
    page = save(browser, mill, form_of(browser, mill) | {"customer": str(other.pk)})
    sentence = "Jobs take place at this site, so it must stay with its customer."
    assert errors(page) == {"__all__": [sentence]}
    assert sentence in words(page)
    assert fields(page, "site_form")["customer"] == str(other.pk)
    assert everything() == before
    save(browser, shop, form_of(browser, shop) | {"customer": str(other.pk)})
    assert list(other.sites.all()) == [shop]


# Deleting


ONE = "1 job refers to Baker, so it cannot be deleted. Set the customer inactive instead."


def test_a_customer_with_jobs_is_not_deleted(
    customer: Customer, admin: User, sign_in: Sign
) -> None:
    job = make_job(owner=admin, site=customer.sites.get(name="Mill"))
    browser, before = sign_in(admin), everything()
    for act in (browser.get, browser.post):
        page = act(url_of(customer, "delete"), {"post": "yes"}, follow=True)
        assert page.redirect_chain == [(url_of(customer), 302)]
        assert messages(page) == [ONE]
        page = act(url_of(job.site, "delete"), {"post": "yes"}, follow=True)
        assert messages(page) == [
            "1 job refers to Mill, so it cannot be deleted. Choose another site on them first, "
            "or none."
        ]
    assert everything() == before


@pytest.mark.parametrize("sent", [{}, {"post": "yes"}], ids=["asked", "confirmed"])
def test_of_several_customers_none_is_deleted_if_one_has_jobs(
    sent: Fields, customer: Customer, admin: User, sign_in: Sign
) -> None:
    other = make_customer()
    make_job(owner=admin, customer=customer)
    browser, before = sign_in(admin), everything()
    named = {"action": "delete_selected", "_selected_action": [other.pk, customer.pk]}
    page = browser.post(LIST, named | sent, follow=True)
    assert messages(page) == [f"Nothing was deleted. {ONE}"]
    assert everything() == before


def test_of_several_sites_none_is_deleted_if_one_has_jobs(
    customer: Customer, admin: User, sign_in: Sign
) -> None:
    mill, shop = customer.sites.all()
    make_job(owner=admin, site=mill)
    browser, before = sign_in(admin), everything()
    named = {"action": "delete_selected", "_selected_action": [shop.pk, mill.pk], "post": "yes"}
    page = browser.post(SITES, named, follow=True)
    why = (
        "1 job refers to Mill, so it cannot be deleted. Choose another site on them first, or none."
    )
    assert messages(page) == [f"Nothing was deleted. {why}"]
    assert everything() == before
    page = save(browser, customer, form_of(browser, customer) | {"sites-0-DELETE": "on"})
    assert errors(page)["sites-"] == [why]
    assert everything() == before


def test_customers_without_jobs_are_deleted_with_their_sites_on_record(
    customer: Customer, admin: User, sign_in: Sign
) -> None:
    other, browser = make_customer(), sign_in(admin)
    assert "Baker" in words(browser.get(url_of(customer, "delete")))
    browser.post(url_of(customer, "delete"), {"post": "yes"})
    named = {"action": "delete_selected", "_selected_action": [other.pk]}
    assert "Are you sure" in words(browser.post(LIST, named))
    browser.post(LIST, named | {"post": "yes"})
    assert (Customer.objects.count(), Site.objects.count()) == (0, 0)
    for model, rows in ((Customer, 2), (Site, 2)):
        gone = model.history.filter(history_type="-", history_user=admin, door=Door.ADMIN)
        assert gone.count() == rows


def test_only_an_admin_deletes(customer: Customer, sales: User, tech: User, sign_in: Sign) -> None:
    make_job(owner=sales, assigned_to=tech, customer=customer)
    before = everything()
    for person in (sales, tech):
        for url in (url_of(customer, "delete"), url_of(customer.sites.all()[0], "delete")):
            assert sign_in(person).post(url, {"post": "yes"}).status_code in {403, 404}
    assert everything() == before


# What is shown


def shown_in(browser: Client, url: str = LIST) -> list[str]:
    return [row.name for row in browser.get(url, follow=True).context["cl"].result_list]


def test_a_technician_sees_the_customers_and_sites_of_their_jobs(
    customer: Customer, sales: User, tech: User, sign_in: Sign
) -> None:
    other = make_customer(name="Other")
    browser = sign_in(tech)
    assert (shown_in(browser), browser.get(url_of(customer)).status_code) == ([], 404)
    mill = customer.sites.get(name="Mill")
    make_job(owner=sales, assigned_to=tech, site=mill)
    assert (shown_in(browser), shown_in(browser, SITES)) == (["Baker"], ["Mill"])
    page = browser.get(url_of(customer))
    assert ("Mill" in words(page), "Shop" in words(page)) == (True, False)
    assert set(fields(page, "customer_form")) <= {
        "stated_version",
        *(name for name in fields(page, "customer_form") if name.startswith("sites-")),
    }
    assert browser.post(url_of(customer), {"name": "Crafted"}).status_code == 403
    assert browser.get(url_of(other)).status_code == 404
    assert browser.get(ADD).status_code == 403


def test_lists_are_searched_and_filtered(customer: Customer, sales: User, sign_in: Sign) -> None:
    make_customer(name="Smith", contact_name="Ann", phone="555", email="s@x.at", is_active=False)
    browser = sign_in(sales)
    assert shown_in(browser) == ["Baker", "Smith"]
    for text in ("smi", "ann", "555", "s@x"):
        assert shown_in(browser, f"{LIST}?q={text}") == ["Smith"]
    assert shown_in(browser, f"{LIST}?is_active__exact=1") == ["Baker"]
    assert shown_in(browser, f"{SITES}?q=baker shop") == ["Shop"]
    assert shown_in(browser, f"{SITES}?customer__id__exact={customer.pk}") == ["Mill", "Shop"]
    assert "Baker – – 2 0" in words(browser.get(LIST))
    assert "Mill Baker" in words(browser.get(SITES))


def test_a_job_is_offered_active_customers_and_sites_with_their_customer(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    make_customer(name="Gone", is_active=False)
    browser = sign_in(sales)

    def offered(field: str, term: str = "", more: str = "") -> list[str]:
        asked = f"app_label=operations&model_name=job&field_name={field}&term={term}{more}"
        found = browser.get(f"/admin/autocomplete/?{asked}").json()["results"]
        return [choice["text"] for choice in found]

    assert offered("customer") == ["Baker"]
    assert offered("customer", more="&named=1") == ["Baker", "Gone"]
    assert offered("site") == ["Baker – Mill", "Baker – Shop"]
    assert offered("site", "shop") == ["Baker – Shop"]
    other = make_site(name="Shop", customer=make_customer(name="Cook"))
    assert offered("site", more=f"&customer={other.customer_id}") == ["Cook – Shop"]
    assert offered("site", "mill", f"&customer={other.customer_id}") == []
    assert [offered("site", more=f"&customer={junk}") for junk in ("x", "9" * 30)] == [[], []]
    assert len(offered("site", more="&customer=")) == 3


def test_whether_a_customer_is_active_can_be_theirs(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    for theirs, mine in ((False, {"name": "Mine"}), (True, {"name": "Mine too"})):
        sent = fields(browser.get(url_of(customer)), "customer_form") | mine
        if theirs:
            sent["is_active"] = "on"
        else:
            sent.pop("is_active")
        customer.refresh_from_db()
        customer.is_active, customer.phone = theirs, f"0{theirs}"
        customer.save()
        page = browser.post(url_of(customer), sent | {"phone": "1"}, follow=True)
        again = fields(page, "customer_form") | {"is_active-whose": "theirs"}
        browser.post(url_of(customer), again, follow=True)
        customer.refresh_from_db()
        assert (customer.is_active, customer.name) == (theirs, mine["name"])


def test_the_timeline_of_a_customer_tells_of_their_sites_too(
    customer: Customer, admin: User, sales: User, sign_in: Sign
) -> None:
    with audit.act(by=sales, door=Door.ADMIN):
        customer.sites.get(name="Shop").delete()
    page = sign_in(admin).get(url_of(customer, "history"))
    found = [(e.person, e.action, e.kind_text, e.object_text) for e in page.context["page"].entries]
    assert found == [
        ("Sara Sales", "deleted", "site", "Shop"),
        ("", "created", "site", "Shop"),
        ("", "created", "site", "Mill"),
        ("", "created", "customer", "Baker"),
    ]
    assert "Background run created customer Baker" in words(page)
    assert sign_in(sales).get(url_of(customer, "history")).status_code == 403


# What it costs


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("url", "who", "cost"),
    [(LIST, "admin", 6), (LIST, "sales", 7), (LIST, "tech", 7), (SITES, "sales", 5)],
    ids=["admin", "sales", "tech", "sites"],
)
def test_a_list_costs_the_same_however_many_rows_it_has(
    url: str, who: str, cost: int, rows: int, *, request: Any, django_assert_num_queries: Any
) -> None:
    tech, sales = request.getfixturevalue("tech"), request.getfixturevalue("sales")
    for _ in range(rows):
        make_job(owner=sales, assigned_to=tech, site=make_site())
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        assert len(shown_in(browser, url)) == rows


@pytest.mark.parametrize("sites", [1, 5])
@pytest.mark.parametrize(("who", "cost"), [("admin", 9), ("sales", 10), ("tech", 11)])
def test_the_page_of_a_customer_costs_the_same_however_many_sites_they_have(
    who: str, cost: int, sites: int, *, request: Any, django_assert_num_queries: Any
) -> None:
    tech, sales = request.getfixturevalue("tech"), request.getfixturevalue("sales")
    customer = make_customer()
    for _ in range(sites):
        make_job(owner=sales, assigned_to=tech, site=make_site(customer=customer))
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        assert browser.get(url_of(customer)).status_code == 200


def test_a_renamed_customer_or_site_is_found_at_their_jobs(
    customer: Customer, sales: User, sign_in: Sign
) -> None:
    mill: Site = customer.sites.get(name="Mill")
    make_job(owner=sales, site=mill)
    browser = sign_in(sales)
    renamed: list[tuple[Any, str]] = [(customer, "Butcher"), (mill, "Tower")]
    find: Callable[[str], int] = lambda text: Job.objects.matching(text).count()  # noqa: E731
    for row, name in renamed:
        assert (find(row.name), find(name)) == (1, 0)
        save(browser, row, form_of(browser, row) | {"name": name})
        assert (find(row.name), find(name)) == (0, 1)
    assert Job.history.count() == 1


def test_a_site_is_found_by_its_words_and_by_those_of_its_customer_as_they_are_now(
    customer: Customer, sales: User
) -> None:
    site = make_site(customer=customer, name="Boiler room", address="Elm Lane 4")
    make_site(name="Boiler room")
    customer.name = "Acme Bakery"
    with audit.act(by=sales):
        customer.save()
    found = Site.objects.matching
    assert list(found("boiler acme")) == list(found("elm bakery")) == [site]
    assert found("boiler").count() == 2
    assert Site.objects.get(pk=site.pk).version == 1
    site = Site.objects.get(pk=site.pk)
    site.name = "Kiln"
    with audit.act(by=sales):
        site.save()
    assert list(found("kiln")) == [site]
    assert list(found("boiler acme")) == []
