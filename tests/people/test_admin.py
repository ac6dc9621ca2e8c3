"""People in the back office: nobody raises their own rights, and who sees what of whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import people.api
from core.roles import Role
from operations.models import Job
from people import accounts
from people.admin.password_forms import OwnPasswordForm
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/people/user/", "/admin/people/user/add/"
PROFILE, OWN_PASSWORD = "/admin/profile/", "/admin/password_change/"
GROUPS = "/admin/auth/group/"
OLD, NEW = "pass-word-1", "A-Word-Of-2-Parts"


def page(person: User) -> str:
    return f"{LIST}{person.pk}/change/"


def password_page(person: User) -> str:
    return f"{LIST}{person.pk}/password/"


def sent_by(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    """What the page sends as it stands, but for what is typed."""
    context = client.get(address).context
    form = context["adminform"].form if "adminform" in context else context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: v for name, v in values.items() if v is not None and v is not False} | typed


def save(client: Client, address: str, **typed: Any) -> Any:
    return client.post(address, sent_by(client, address, **typed), follow=True)


def errors(response: Any) -> dict[str, list[str]]:
    context = response.context
    form = context["adminform"].form if "adminform" in context else context["form"]
    return {name: list(text) for name, text in form.errors.items()}


def messages(response: Any) -> list[str]:
    return [re.sub(r"<[^>]*>", "", str(message)) for message in response.context["messages"]]


def inputs(response: Any) -> set[str]:
    """The fields of a person that a page lets somebody type into."""
    names = {field.name for field in (*User._meta.fields, *User._meta.many_to_many)} | {"roles"}
    return names & set(re.findall(r'name="([^"]+)"', response.content.decode()))


def rights(person: User) -> dict[str, Any]:
    """What somebody may do, as the database has it."""
    person = User.objects.get(pk=person.pk)
    return {
        "superuser": person.is_superuser,
        "active": person.is_active,
        "groups": sorted(person.groups.values_list("name", flat=True)),
        "permissions": sorted(person.user_permissions.values_list("codename", flat=True)),
        "password": person.password,
        "username": person.username,
        "email": person.email,
    }


def everything() -> list[Any]:
    """Every person and group with what they hold, and how much history there is."""
    names = [f.attname for f in User._meta.concrete_fields if f.name != "last_login"]
    return [
        list(User.objects.order_by("pk").values_list(*names, "groups__name", "user_permissions")),
        list(Group.objects.order_by("pk").values_list("name", "permissions")),
        User.history.count(),
    ]


@pytest.fixture
def company() -> Group:
    """A group of the company's own that may do more than an Admin should hand out."""
    group = Group.objects.create(name="Dispatch")
    codes = ["view_user", "add_user", "change_user", "view_job", "import_job"]
    group.permissions.set(Permission.objects.filter(codename__in=codes))
    return group


@pytest.fixture
def editor(company: Group) -> User:
    """Somebody whom that group alone lets change people."""
    person = make_user(username="edda", first_name="Edda", last_name="Editor")
    person.set_groups([company])
    return person


@pytest.fixture
def forged(company: Group) -> dict[str, Any]:
    """Everything that would raise somebody's rights, as a form could send it."""
    return {
        "is_superuser": "on",
        "is_staff": "on",
        "roles": ["admin", "sales_agent", "technician"],
        "groups": list(Group.objects.values_list("pk", flat=True)),
        "user_permissions": [Permission.objects.get(codename="delete_job").pk],
        "password": "md5$x$x",
        "password1": NEW,
        "password2": NEW,
        "version": 99,
    }


# Nobody raises their own rights


@pytest.mark.parametrize("role", [Role.SALES_AGENT, Role.TECHNICIAN])
def test_a_profile_takes_name_and_phone_and_nothing_that_raises_rights(
    role: Role, admin: User, forged: dict[str, Any], sign_in: Sign
) -> None:
    person = make_user(role)
    before = rights(person)
    more = {"username": "boss", "email": "boss@example.com", "is_active": ""}
    save(sign_in(person), PROFILE, first_name="New", **(forged | more))
    assert rights(person) == before
    assert User.objects.get(pk=person.pk).first_name == "New"


@pytest.mark.parametrize("role", [Role.SALES_AGENT, Role.TECHNICIAN])
def test_no_page_of_people_or_groups_takes_a_form_from_sales_agents_or_technicians(
    role: Role, admin: User, company: Group, forged: dict[str, Any], sign_in: Sign
) -> None:
    person, other = make_user(role), make_user()
    client = sign_in(person)
    before = everything()
    addresses = [
        ADD,
        *(page(user) for user in (person, other, admin)),
        *(password_page(user) for user in (person, other, admin)),
        *(f"{LIST}{user.pk}/delete/" for user in (person, other, admin)),
        f"{GROUPS}add/",
        f"{GROUPS}{company.pk}/change/",
        f"{GROUPS}{company.pk}/delete/",
        GROUPS,
    ]
    typed = forged | {"username": person.username, "stated_version": 2, "post": "yes", "name": "X"}
    answers = [client.post(address, typed).status_code for address in addresses]
    assert answers == [403] * len(addresses)
    assert everything() == before


@pytest.mark.parametrize("whose", ["admin", "sales"])
def test_an_admin_gives_roles_and_neither_superuser_nor_groups_nor_permissions(
    whose: str, admin: User, sales: User, forged: dict[str, Any], sign_in: Sign
) -> None:
    person = {"admin": admin, "sales": sales}[whose]
    before = rights(person)
    client = sign_in(admin)
    assert not {*sent_by(client, page(person))} & {*forged} - {"roles"}
    save(client, page(person), is_active="on", **forged)
    assert rights(person) == before | {"groups": ["Admin", "Sales agent", "Technician"]}


def test_an_admin_makes_nobody_a_superuser_when_adding(
    admin: User, forged: dict[str, Any], sign_in: Sign
) -> None:
    save(sign_in(admin), ADD, username="new", **(forged | {"roles": ["technician"]}))
    new = User.objects.get(username="new")
    expected = {"superuser": False, "groups": ["Technician"], "permissions": []}
    assert {name: rights(new)[name] for name in expected} == expected
    assert new.has_usable_password() is False


def test_an_admin_cannot_touch_a_superuser(
    admin: User, root: User, forged: dict[str, Any], sign_in: Sign
) -> None:
    client = sign_in(admin)
    before = everything()
    typed = forged | {"username": "root", "stated_version": root.version, "post": "yes"}
    pages = [page(root), password_page(root), f"{LIST}{root.pk}/delete/"]
    assert [client.post(address, typed).status_code for address in pages] == [403, 403, 403]
    assert [client.get(address).status_code for address in pages] == [200, 403, 403]
    bulk = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    assert client.post(LIST, bulk).status_code == 403
    assert inputs(client.get(page(root))) == set()
    assert everything() == before


def test_an_admin_neither_sees_nor_edits_groups(admin: User, company: Group, sign_in: Sign) -> None:
    client = sign_in(admin)
    before = everything()
    addresses = [GROUPS, f"{GROUPS}add/"]
    addresses += [f"{GROUPS}{company.pk}/{name}/" for name in ("change", "delete", "history")]
    typed = {"name": "X", "permissions": [1], "post": "yes"}
    assert [client.get(address).status_code for address in addresses] == [403] * 5
    assert [client.post(address, typed).status_code for address in addresses] == [403] * 5
    assert everything() == before


def test_not_even_a_superuser_edits_the_group_of_a_role(root: User, sign_in: Sign) -> None:
    client = sign_in(root)
    before = everything()
    typed = {"name": "Renamed", "permissions": [], "post": "yes"}
    for role in Role:
        address = f"{GROUPS}{Group.objects.get(name=role.group_name).pk}/"
        assert client.get(f"{address}change/").status_code == 200
        assert client.post(f"{address}change/", typed).status_code == 403
        assert client.post(f"{address}delete/", typed).status_code == 403
    every = list(Group.objects.values_list("pk", flat=True))
    bulk = {"action": "delete_selected", "_selected_action": every, "post": "yes"}
    assert client.post(GROUPS, bulk).status_code == 403
    assert everything() == before


def test_a_superuser_makes_a_group_of_the_company_and_puts_people_into_it(
    root: User, sales: User, sign_in: Sign
) -> None:
    client = sign_in(root)
    codes = ["view_customer", "export_customer"]
    wanted = [Permission.objects.get(codename=code).pk for code in codes]
    client.post(f"{GROUPS}add/", {"name": "Office", "permissions": wanted})
    office = Group.objects.get(name="Office")
    assert set(office.permissions.values_list("codename", flat=True)) == set(codes)
    save(client, page(sales), groups=[office.pk])
    assert rights(sales)["groups"] == ["Office", "Sales agent"]
    client.post(f"{GROUPS}{office.pk}/change/", {"name": "Counter", "permissions": wanted[:1]})
    office.refresh_from_db()
    assert (office.name, office.permissions.count()) == ("Counter", 1)
    save(client, page(sales), groups=[])
    assert rights(sales)["groups"] == ["Sales agent"]
    client.post(f"{GROUPS}{office.pk}/delete/", {"post": "yes"})
    assert Group.objects.count() == len(Role)


def test_a_superuser_cannot_give_a_role_as_a_group(root: User, tech: User, sign_in: Sign) -> None:
    client = sign_in(root)
    before = everything()
    group = Group.objects.get(name="Admin")
    refused = save(client, page(tech), groups=[group.pk])
    assert list(errors(refused)) == ["groups"]
    assert everything() == before


def test_only_a_superuser_makes_a_superuser(root: User, tech: User, sign_in: Sign) -> None:
    save(sign_in(root), page(tech), is_superuser="on")
    assert (rights(tech)["superuser"], rights(tech)["groups"]) == (True, ["Technician"])


def test_who_may_change_people_by_a_group_gives_neither_roles_nor_passwords(
    editor: User, admin: User, tech: User, forged: dict[str, Any], sign_in: Sign
) -> None:
    """Else they could make themselves an Admin, or sign in as one."""
    client = sign_in(editor)
    for person in (editor, admin, tech):
        before = rights(person)
        save(client, page(person), phone="1", **forged)
        assert (rights(person), User.objects.get(pk=person.pk).phone) == (before, "1")
        assert client.get(password_page(person)).status_code == 403
        assert client.post(password_page(person), forged).status_code == 403
        assert rights(person) == before
    save(client, ADD, username="accomplice", **forged)
    assert rights(User.objects.get(username="accomplice"))["groups"] == []


@pytest.mark.parametrize("door", ["page", "API"])
def test_who_may_change_people_by_a_group_gets_nobodys_password_by_mail(
    door: str, editor: User, sales: User, sign_in: Sign
) -> None:
    """By *Forgotten password*, it comes to the address."""
    free = User.objects.create(username="free", email="old@example.com")
    for person, is_changed in ((sales, False), (free, True)):
        if door == "page":
            save(sign_in(editor), page(person), email="mine@example.com", phone="1")
        else:
            sent = {"email": "mine@example.com"}
            path = f"/api/users/{person.pk}"
            answer = sign_in(editor).patch(path, sent, content_type="application/json")
            assert answer.status_code == (200 if is_changed else 403)
        person.refresh_from_db()
        assert (person.email == "mine@example.com") == is_changed
        User.objects.filter(pk=person.pk).update(email="")


def test_of_an_admin_others_change_name_and_phone_and_see_the_rest(
    editor: User, admin: User, sign_in: Sign
) -> None:
    client = sign_in(editor)
    before = rights(admin)
    shown = client.get(page(admin))
    assert inputs(shown) == {"first_name", "last_name", "phone"}
    assert "adam" in shown.content.decode()
    typed = {"username": "mine", "email": "mine@example.com", "is_active": ""}
    saved = save(client, page(admin), first_name="Ada", phone="1", **typed)
    assert messages(saved) == ["The person “Ada Admin” was changed successfully."]
    assert rights(admin) == before
    assert User.objects.get(pk=admin.pk).phone == "1"


def test_of_an_admin_who_has_left_others_change_no_more(
    editor: User, admin: User, sign_in: Sign
) -> None:
    left = make_user(Role.ADMIN)
    acting.deactivate(left, by=None)
    before = rights(left)
    save(sign_in(editor), page(left), is_active="on", email="mine@example.com")
    assert rights(left) == before


def test_of_everybody_else_who_may_change_people_changes_the_account(
    editor: User, admin: User, tech: User, sign_in: Sign
) -> None:
    client = sign_in(editor)
    save(client, page(tech), username="tea", is_active="")
    changed = rights(tech)
    assert [changed[name] for name in ("username", "active")] == ["tea", False]


def test_an_admin_and_a_superuser_change_an_admin(admin: User, root: User, sign_in: Sign) -> None:
    other = make_user(Role.ADMIN)
    for by, mail in ((admin, "a@example.com"), (root, "b@example.com")):
        save(sign_in(by), page(other), email=mail)
        assert rights(other)["email"] == mail
    save(sign_in(admin), page(admin), email="own@example.com")
    assert rights(admin)["email"] == "own@example.com"


def test_nobody_else_deletes_an_admin_alone_or_in_bulk(
    editor: User, company: Group, admin: User, sign_in: Sign
) -> None:
    company.permissions.add(Permission.objects.get(codename="delete_user"))
    other, typo, client = make_user(Role.ADMIN), make_user(), sign_in(editor)
    before = everything()
    alone = f"{LIST}{other.pk}/delete/"
    assert f'href="{alone}' not in client.get(page(other)).content.decode()
    assert [client.get(alone).status_code, client.post(alone, {"post": "yes"}).status_code] == [
        403,
        403,
    ]
    for text in ({}, {"post": "yes"}):
        both = {"action": "delete_selected", "_selected_action": [typo.pk, other.pk], **text}
        assert client.post(LIST, both).status_code == 403
    assert everything() == before
    client.post(f"{LIST}{typo.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=typo.pk).exists()


def test_nobody_else_makes_an_admin_a_link(editor: User, admin: User, sign_in: Sign) -> None:
    address = f"{LIST}{admin.pk}/password-link/"
    client = sign_in(editor)
    assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]


# The last Admin

LAST = "Adam Admin is the last active Admin. Make somebody else an Admin first."


@pytest.fixture(params=["admin", "root"])
def asker(request: pytest.FixtureRequest, sign_in: Sign) -> Client:
    """Whoever asks: the last Admin themselves, or a superuser."""
    return sign_in(request.getfixturevalue(request.param))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["sales_agent"]}, "roles"),
        ({"is_active": ""}, "is_active"),
        ({"is_active": "", "roles": []}, "is_active"),
    ],
)
def test_the_form_refuses_to_take_the_last_admin_away(
    typed: dict[str, Any], name: str, asker: Client, admin: User
) -> None:
    before = everything()
    refused = save(asker, page(admin), **typed)
    assert errors(refused) == {name: [LAST]}
    assert everything() == before


def test_an_admin_cannot_deactivate_themselves(admin: User, sign_in: Sign) -> None:
    make_user(Role.ADMIN)
    refused = save(sign_in(admin), page(admin), is_active="")
    why = "You cannot deactivate yourself. Ask another Admin to do it."
    assert errors(refused) == {"is_active": [why]}
    assert User.objects.get(pk=admin.pk).is_active


def test_the_last_admin_cannot_be_deleted_alone_nor_in_bulk(
    admin: User, root: User, sign_in: Sign
) -> None:
    client = sign_in(root)
    other = make_user()
    before = everything()
    alone = client.post(f"{LIST}{admin.pk}/delete/", {"post": "yes"}, follow=True)
    assert messages(alone) == [LAST]
    bulk = {"action": "delete_selected", "_selected_action": [other.pk, admin.pk], "post": "yes"}
    assert messages(client.post(LIST, bulk, follow=True)) == [f"Nothing was deleted. {LAST}"]
    assert everything() == before


def test_an_admin_can_step_back_while_another_stays(admin: User, sign_in: Sign) -> None:
    make_user(Role.ADMIN)
    client = sign_in(admin)
    client.post(page(admin), sent_by(client, page(admin), roles=["technician"]))
    assert rights(admin)["groups"] == ["Technician"]
    assert client.get(page(admin)).status_code == 200
    assert client.post(page(admin), {}).status_code == 403


# What others see of people


@pytest.fixture
def ann() -> User:
    person = make_user(
        Role.SALES_AGENT,
        Role.TECHNICIAN,
        username="secret-name",
        first_name="Ann",
        last_name="Other",
        phone="+43 1 234",
        email="ann@secret.example",
    )
    moments = {"last_login": "2011-11-11T11:11Z", "date_joined": "2012-12-12T12:12Z"}
    User.objects.filter(pk=person.pk).update(**moments)
    return person


PRIVATE = re.compile(
    r"secret|2011|2012|last.login|date.joined|e-?mail|is_active|superuser|md5", re.IGNORECASE
)


@pytest.mark.parametrize("role", [Role.SALES_AGENT, Role.TECHNICIAN])
def test_others_see_name_roles_and_phone_of_people_and_nothing_else(
    role: Role, ann: User, sign_in: Sign
) -> None:
    client = sign_in(make_user(role))
    shown = client.get(LIST), client.get(page(ann))
    for response in shown:
        html = response.content.decode()
        assert [text in html for text in ("Ann Other", "Sales agent, Technician", ann.phone)] == [
            True,
            True,
            True,
        ]
        assert PRIVATE.findall(html) == []
    columns = [name for name in shown[0].context["cl"].list_display if name != "action_checkbox"]
    assert columns == ["full_name", "role_names", "phone_link"]
    assert list(shown[0].context["cl"].list_filter) == []
    assert inputs(shown[1]) == set()


@pytest.mark.parametrize(
    ("term", "by_others", "by_admins"),
    [
        ("Ann", ["Ann Other"], ["Ann Other"]),
        ("+43", ["Ann Other"], ["Ann Other"]),
        ("ann@", [], ["Ann Other"]),
        ("secret.example", [], ["Ann Other"]),
    ],
)
def test_others_find_nobody_by_their_address(
    term: str, by_others: list[str], by_admins: list[str], ann: User, sign_in: Sign
) -> None:
    found = {}
    for role in Role:
        response = sign_in(make_user(role)).get(LIST, {"q": term})
        found[role] = [str(person) for person in response.context["cl"].result_list]
    assert found == {role: by_admins if role is Role.ADMIN else by_others for role in Role}


def test_who_never_signed_in_stands_last_whichever_way_the_list_goes(
    admin: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    client.get(LIST)
    User.objects.filter(pk=admin.pk).update(last_login=datetime(2020, 1, 1, tzinfo=UTC))
    late, never = make_user(), make_user()
    User.objects.filter(pk=late.pk).update(last_login=datetime(2021, 1, 1, tzinfo=UTC))
    columns = client.get(LIST).context["cl"].list_display
    place = columns.index("seen")
    for sign, order in (("", [admin, late, never]), ("-", [late, admin, never])):
        shown = client.get(LIST, {"o": f"{sign}{place}"}).context["cl"].result_list
        assert list(shown) == order


def test_others_cannot_learn_the_rest_by_sorting(ann: User, tech: User, sign_in: Sign) -> None:
    client = sign_in(tech)

    def listed(**query: str) -> list[User]:
        return list(client.get(LIST, query).context["cl"].result_list)

    usual = listed()
    hidden = [f"{sign}{column}" for column in range(3, 9) for sign in ("", "-")]
    assert {column: listed(o=column) for column in hidden} == dict.fromkeys(hidden, usual)
    assert listed(o="-0") == usual[::-1]


def test_an_admin_sees_all_of_a_person_but_the_password(
    admin: User, ann: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    listed, shown = client.get(LIST), client.get(page(ann))
    assert listed.context["cl"].list_display == [
        "action_checkbox",
        "name_and_username",
        "role_names",
        "contact",
        "week_load",
        "open_work",
        "is_active",
        "seen",
    ]
    assert list(shown.context["adminform"].form.fields) == [
        "username",
        "first_name",
        "last_name",
        "email",
        "phone",
        "language",
        "roles",
        "is_active",
        "stated_version",
    ]
    for html in (listed.content.decode(), shown.content.decode()):
        assert ("ann@secret.example" in html, "2011" in html) == (True, True)
        assert (ann.password in html, "md5$" in html) == (False, False)


def queries(client: Client) -> int:
    client.get(LIST)  # Content types, once.
    with CaptureQueriesContext(connection) as seen:
        assert client.get(LIST).status_code == 200
    return len(seen)


def test_the_list_costs_as_many_queries_for_three_people_as_for_one(
    admin: User, tech: User, sign_in: Sign
) -> None:
    clients = [sign_in(admin), sign_in(tech)]
    counts = [[queries(client) for client in clients]]
    for _ in range(2):
        make_user(*Role)
    counts.append([queries(client) for client in clients])
    assert counts == [[10, 6], [10, 6]]


# Adding and editing


def signs_in(username: str, password: str) -> bool:
    response = Client().post("/admin/login/", {"username": username, "password": password})
    return response.status_code == 302


def test_a_new_person_has_the_role_that_an_admin_gave_and_a_link(
    admin: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    made = save(
        client,
        ADD,
        username="newton",
        first_name="Isa",
        email="isa@example.com",
        roles=["technician"],
    )
    new = User.objects.get(username="newton")
    assert made.context["link"].startswith("http://testserver/set-password/?link=")
    assert (new.roles, new.first_name, new.email) == ([Role.TECHNICIAN], "Isa", "isa@example.com")
    assert set(new.history.values_list("person_name", "door")) == {("Adam Admin", "admin")}
    assert sign_in(new).get("/admin/").status_code == 200


def test_an_admin_edits_a_person(admin: User, tech: User, sign_in: Sign) -> None:
    typed = {"username": "tessa", "email": "t@example.com", "roles": ["sales_agent", "technician"]}
    saved = save(sign_in(admin), page(tech), first_name="Tessa", phone="2", **typed)
    assert messages(saved) == ["The person “Tessa Tech” was changed successfully."]
    tech.refresh_from_db()
    assert (tech.username, tech.name, tech.phone, tech.email, tech.roles) == (
        "tessa",
        "Tessa Tech",
        "2",
        "t@example.com",
        [Role.SALES_AGENT, Role.TECHNICIAN],
    )


def test_the_groups_of_the_company_stay_when_an_admin_saves_roles(
    admin: User, tech: User, company: Group, sign_in: Sign
) -> None:
    tech.set_groups([*tech.groups.all(), company])
    save(sign_in(admin), page(tech), roles=["sales_agent"])
    assert rights(tech)["groups"] == ["Dispatch", "Sales agent"]


def test_saving_a_page_as_it_stands_changes_nothing(
    admin: User, tech: User, root: User, company: Group, sign_in: Sign
) -> None:
    tech.set_groups([*tech.groups.all(), company])
    before = everything()
    for person in (admin, root):
        save(sign_in(person), page(tech))
    assert everything() == before


@pytest.mark.parametrize("typed", [{"is_active": ""}, {"roles": []}, {"roles": ["sales_agent"]}])
def test_who_leaves_with_open_jobs_can_and_the_jobs_need_someone(
    typed: dict[str, Any], admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    jobs = [make_job(owner=sales, assigned_to=tech) for _ in range(2)]
    client = sign_in(admin)
    saved = save(client, page(tech), **typed)
    assert messages(saved) == [
        "Tina Tech has 2 open jobs, which now need someone. Hand them over",
        "The person “Tina Tech” was changed successfully.",
    ]
    listed = client.get("/admin/operations/job/?attention=all", {"attention": "someone"})
    assert set(listed.context["cl"].result_list) == set(jobs)
    assert {job.assigned_to for job in Job.objects.all()} == {tech}
    lists = client.get("/admin/").context["lists"]
    home = {str(part["worklist"].title): part["jobs"] for part in lists}
    assert {job.pk for job in home["Needs someone"]} == {job.pk for job in jobs}


@pytest.mark.parametrize("typed", [{"phone": "1"}, {"roles": ["technician"]}])
def test_who_keeps_the_role_for_their_jobs_leaves_nothing_behind(
    typed: dict[str, Any], admin: User, sales: User, sign_in: Sign
) -> None:
    person = make_user(Role.TECHNICIAN, Role.SALES_AGENT, first_name="Bo", last_name="Both")
    make_job(owner=sales, assigned_to=person)
    saved = save(sign_in(admin), page(person), **typed)
    assert messages(saved) == ["The person “Bo Both” was changed successfully."]


def test_who_is_deactivated_neither_signs_in_nor_goes_on(
    admin: User, tech: User, sign_in: Sign
) -> None:
    theirs = sign_in(tech)
    assert (theirs.get("/admin/").status_code, signs_in("tina", OLD)) == (200, True)
    save(sign_in(admin), page(tech), is_active="")
    assert (theirs.get("/admin/").status_code, signs_in("tina", OLD)) == (302, False)
    save(sign_in(admin), page(tech), is_active="on")
    assert signs_in("tina", OLD) is True


def test_who_never_did_anything_can_be_deleted_and_others_are_kept(
    admin: User, sales: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    typo = make_user(username="typo")
    make_job(owner=sales)
    kept = "Sara Sales appears on jobs or in the audit log. Deactivate them instead."
    for method in (client.get, client.post):
        refused = method(f"{LIST}{sales.pk}/delete/", {"post": "yes"}, follow=True)
        assert (refused.redirect_chain[-1][0], messages(refused)) == (page(sales), [kept])
    client.post(f"{LIST}{typo.pk}/delete/", {"post": "yes"})
    assert list(User.objects.order_by("pk")) == [admin, sales]


# A stale save


def test_a_stale_save_names_who_changed_what_with_both_values(
    admin: User, tech: User, sign_in: Sign
) -> None:
    other = sign_in(make_user(Role.ADMIN, first_name="Ada", last_name="Boss"))
    client = sign_in(admin)
    mine = sent_by(client, page(tech), phone="222", first_name="Tinka")
    save(other, page(tech), phone="111", roles=["technician", "sales_agent"])
    before = everything()
    refused = client.post(page(tech), mine)
    faults = errors(refused)
    assert faults == {
        "__all__": [
            "Ada Boss changed this in the meantime (phone: – → 111; roles and groups: "
            "Technician → Sales agent, Technician). Your changes were not saved: check the "
            "values below and save again."
        ],
        "phone": ["Now: 111. Yours: 222."],
        "roles": ["Now: Sales agent, Technician. Yours: Technician."],
    }
    assert everything() == before
    form = refused.context["adminform"].form
    assert (form["phone"].value(), form["first_name"].value()) == ("222", "Tinka")


def test_what_was_refused_as_stale_is_saved_by_saving_again(
    admin: User, tech: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    mine = sent_by(client, page(tech), phone="222")
    tech.phone = "111"
    tech.save()
    refused = client.post(page(tech), mine)
    again = mine | {"stated_version": refused.context["adminform"].form["stated_version"].value()}
    assert client.post(page(tech), again).status_code == 302
    assert User.objects.get(pk=tech.pk).phone == "222"


def test_a_form_without_its_version_is_stale(admin: User, tech: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    before = everything()
    for stated in ("", "x", "-1", "9" * 40):
        refused = save(client, page(tech), phone="1", stated_version=stated)
        sentence = (
            "There is no version" if stated.startswith("9") else "changed this in the meantime"
        )
        assert sentence in errors(refused)["__all__"][0]
    assert everything() == before


# What is typed wrong

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"username": ""}, "username", "This field is required."),
    ({"username": "no blanks"}, "username", "Enter a valid username."),
    ({"username": "x" * 151}, "username", "Ensure this value has at most 150 characters"),
    ({"username": "a\0b"}, "username", "Null characters are not allowed."),
    ({"first_name": "x" * 151}, "first_name", "Ensure this value has at most 150 characters"),
    ({"first_name": "a\0b"}, "first_name", "Null characters are not allowed."),
    ({"last_name": "a\0b"}, "last_name", "Null characters are not allowed."),
    ({"phone": "9" * 51}, "phone", "Ensure this value has at most 50 characters"),
    ({"phone": "1\0"}, "phone", "Null characters are not allowed."),
    ({"email": "nobody"}, "email", "Enter a valid e-mail address."),
    ({"email": "x" * 250 + "@example.com"}, "email", "Ensure this value has at most 254"),
    ({"email": "a\0@example.com"}, "email", "Enter a valid e-mail address."),
    ({"roles": ["boss"]}, "roles", "Select a valid choice. boss is not one of the available"),
    ({"roles": ["admin\0"]}, "roles", "Select a valid choice."),
    ({"email": "SARA@example.com"}, "email", "Another person has this e-mail address."),
]


@pytest.mark.parametrize(("typed", "name", "message"), WRONG)
def test_what_is_wrong_is_said_at_its_field_and_stays_as_typed(
    typed: dict[str, Any], name: str, message: str, admin: User, sign_in: Sign
) -> None:
    make_user(email="sara@example.com")
    person = make_user(Role.TECHNICIAN, first_name="Before")
    before = everything()
    client = sign_in(admin)
    new = {"username": "new", "password1": NEW, "password2": NEW}
    for address, also in ((page(person), {}), (ADD, new)):
        refused = save(client, address, **{**also, "last_name": "Typed", **typed})
        assert list(errors(refused)) == [name]
        assert errors(refused)[name][0].startswith(message)
        form = refused.context["adminform"].form
        kept = {key: form[key].value() for key in {"last_name": "Typed", **typed}}
        assert kept == {"last_name": "Typed", **typed}
    assert everything() == before


def test_a_user_name_is_given_once_whatever_the_case(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    before = everything()
    refused = save(client, page(tech), username="SARA")
    assert errors(refused) == {"username": ["Another person has this user name."]}
    refused = save(client, ADD, username="SARA", password1=NEW, password2=NEW)
    assert errors(refused) == {"username": ["Another person has this user name."]}
    assert everything() == before


def test_a_password_is_asked_of_nobody_and_taken_from_nobody_when_adding(
    admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    assert 'type="password"' not in browser.get(ADD).content.decode()
    save(browser, ADD, username="newton", password1=NEW, password2=NEW)
    new = User.objects.get(username="newton")
    assert (new.has_usable_password(), signs_in("newton", NEW)) == (False, False)


def test_the_link_of_a_new_person_is_shown_once(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    made = save(browser, ADD, username="newton", first_name="Isa", roles=["technician"])
    new = User.objects.get(username="newton")
    assert made.redirect_chain == [(f"{LIST}{new.pk}/password-link/", 302)]
    text = made.content.decode()
    assert "Isa was added. Now let them choose a password" in text
    assert "They can sign in as <strong>newton</strong>" in text
    assert "link" not in browser.get(made.redirect_chain[0][0]).context
    client = Client()
    client.get(made.context["link"], follow=True)
    client.post("/set-password/", {"new_password1": NEW, "new_password2": NEW})
    assert signs_in("newton", NEW)


def test_who_may_give_no_password_is_led_to_the_new_person(
    editor: User, company: Group, sign_in: Sign
) -> None:
    company.permissions.add(Permission.objects.get(codename="add_user"))
    made = save(sign_in(editor), ADD, username="newton")
    assert made.redirect_chain[-1][0] == page(User.objects.get(username="newton"))


@pytest.mark.parametrize("key", ["x", "0", "9" * 30, "1\0", "_5F", "-1"])
def test_a_person_who_is_not_there_answers_404(key: str, admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    pages = [f"{LIST}{key}/{name}/" for name in ("change", "password", "delete", "history")]
    assert [client.get(address).status_code for address in pages] == [404] * 4
    assert [client.post(address, {"post": "yes"}).status_code for address in pages] == [404] * 4


# Passwords


def test_an_admin_sets_a_password_which_leaves_a_history_row_without_it(
    admin: User, tech: User, sign_in: Sign
) -> None:
    saved = save(sign_in(admin), password_page(tech), password1=NEW, password2=NEW)
    assert messages(saved) == ["Password changed successfully."]
    assert (signs_in("tina", NEW), signs_in("tina", OLD)) == (True, False)
    row = tech.history.first()
    assert (row.person_name, row.history_change_reason) == ("Adam Admin", "Password changed")


def test_an_admin_takes_a_password_away(admin: User, tech: User, sign_in: Sign) -> None:
    typed = {"usable_password": "false", "unset-password": "1"}
    saved = sign_in(admin).post(password_page(tech), typed, follow=True)
    assert messages(saved) == ["Password-based authentication was disabled."]
    tech.refresh_from_db()
    assert (tech.has_usable_password(), signs_in("tina", OLD)) == (False, False)
    assert [row.history_change_reason for row in tech.history.all()][:1] == ["Password changed"]


def test_the_pages_of_passwords_write_by_the_accounts(
    admin: User, tech: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(person: User, password: str) -> None:
        raise PermissionDenied

    monkeypatch.setattr(accounts, "_set_password", refuse)
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    assert sign_in(admin).post(OWN_PASSWORD, typed).status_code == 403
    typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert sign_in(admin).post(password_page(tech), typed).status_code == 403
    assert (signs_in("adam", OLD), signs_in("tina", OLD)) == (True, True)


@pytest.mark.parametrize(
    ("second", "message"),
    [("other", "The two password fields didn’t match."), ("", "This field is required.")],
)
def test_a_password_that_is_typed_wrong_is_not_set(
    second: str, message: str, admin: User, tech: User, sign_in: Sign
) -> None:
    before = everything()
    typed = {"password1": NEW, "password2": second, "usable_password": "true"}
    refused = sign_in(admin).post(password_page(tech), typed)
    assert list(refused.context["form"].errors.values()) == [[message]]
    assert everything() == before


@pytest.mark.parametrize("role", list(Role))
def test_everybody_changes_their_own_password(role: Role, sign_in: Sign) -> None:
    person = make_user(role, username="own")
    client = sign_in(person)
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    response = client.post(OWN_PASSWORD, typed)
    assert response["Location"] == "/admin/password_change/done/"
    assert (signs_in("own", NEW), signs_in("own", OLD)) == (True, False)
    assert client.get(PROFILE).status_code == 200  # They stay signed in.
    row = person.history.first()
    assert (row.person_name, row.history_change_reason) == (person.name, "Password changed")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"old_password": "wrong"}, "old_password"),
        ({"old_password": ""}, "old_password"),
        ({"new_password2": "other"}, "new_password2"),
        ({"new_password1": "short", "new_password2": "short"}, "new_password1"),
        ({"old_password": "a\0b"}, "old_password"),
    ],
)
def test_a_new_password_of_ones_own_needs_the_old_one(
    typed: dict[str, str], name: str, tech: User, sign_in: Sign
) -> None:
    before = everything()
    right = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    refused = sign_in(tech).post(OWN_PASSWORD, right | typed)
    assert list(refused.context["form"].errors) == [name]
    assert everything() == before


@pytest.mark.parametrize("door", ["page", "API"])
def test_a_password_that_was_taken_meanwhile_stays_taken(
    door: str, admin: User, tech: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is shut out while they choose another password does not come back by it."""
    client = sign_in(tech)

    def taken_after(check: Any) -> Any:
        def checked(*args: Any, **kwargs: Any) -> Any:
            found = check(*args, **kwargs)
            accounts.take_password((User, tech.pk), by=admin)
            return found

        return checked

    if door == "page":
        check = OwnPasswordForm.clean_old_password
        monkeypatch.setattr(OwnPasswordForm, "clean_old_password", taken_after(check))
        typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
        assert client.post(OWN_PASSWORD, typed)["Location"] == OWN_PASSWORD
    else:
        monkeypatch.setattr("people.api.authenticate", taken_after(people.api.authenticate))
        sent = {"old_password": OLD, "password": NEW}
        refused = client.patch("/api/me", sent, content_type="application/json")
        assert refused.status_code == 412
    assert (signs_in("tina", NEW), signs_in("tina", OLD)) == (False, False)
    assert client.get(PROFILE).status_code == 302


# One's own profile


@pytest.mark.parametrize("role", list(Role))
def test_a_profile_holds_name_and_phone_and_saves_them(role: Role, sign_in: Sign) -> None:
    person = make_user(role)
    client, name = sign_in(person), person.name
    assert list(client.get(PROFILE).context["form"].fields) == [
        "first_name",
        "last_name",
        "phone",
        "language",
        "stated_version",
    ]
    saved = save(client, PROFILE, first_name="Mia", last_name="May", phone="+1")
    assert messages(saved) == ["Your profile was saved."]
    person.refresh_from_db()
    assert (person.name, person.phone, person.roles) == ("Mia May", "+1", [role])
    row = person.history.first()
    assert (row.history_user, row.door, row.person_name) == (person, "admin", name)


def test_a_profile_saved_as_it_stands_changes_nothing(tech: User, sign_in: Sign) -> None:
    before = everything()
    client = sign_in(tech)
    assert messages(save(client, PROFILE)) == ["Your profile was saved."]
    assert client.post(PROFILE).status_code == 200
    assert everything() == before


def test_a_profile_says_what_is_wrong_and_keeps_what_was_typed(tech: User, sign_in: Sign) -> None:
    before = everything()
    typed = {"first_name": "a\0b", "last_name": "x" * 151, "phone": "9" * 51}
    refused = save(sign_in(tech), PROFILE, **typed)
    assert list(errors(refused)) == list(typed)
    assert {name: refused.context["form"][name].value() for name in typed} == typed
    assert everything() == before


def test_a_stale_profile_names_who_changed_what_with_both_values(
    admin: User, tech: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    mine = sent_by(client, PROFILE, phone="222")
    save(sign_in(admin), page(tech), phone="111")
    before = everything()
    refused = client.post(PROFILE, mine)
    assert errors(refused) == {
        "__all__": [
            "Adam Admin changed this in the meantime (phone: – → 111). Your changes were "
            "not saved: check the values below and save again."
        ],
        "phone": ["Now: 111. Yours: 222."],
    }
    assert everything() == before


def test_a_profile_belongs_to_a_role(editor: User, root: User, sign_in: Sign) -> None:
    answers = [sign_in(person).get(PROFILE).status_code for person in (editor, root)]
    assert answers == [403, 200]


# The way around

DAY = "my-day"
WORK = ["index", DAY, "operations_job_changelist", "operations_customer_changelist"]
WORK += ["operations_site_changelist", "operations_equipment_changelist"]
COMPANY = ["people_user_changelist", "audit_log"]
FILES_AND_MAIL = ["imports", "exports", "ledger", "background"]
ADMINS = ["analytics", "company", *COMPANY, *FILES_AND_MAIL]


def address(name: str) -> str:
    return reverse(name if name == DAY else f"admin:{name}")


@pytest.mark.parametrize(
    ("who", "links"),
    [
        ("admin", [*WORK, *ADMINS]),
        ("sales", [*WORK, *COMPANY, "exports"]),
        ("tech", [*WORK, *COMPANY]),
        ("root", [*WORK, *ADMINS, "auth_group_changelist"]),
        # Their group may import jobs.
        (
            "editor",
            ["index", DAY, "operations_job_changelist", "people_user_changelist", "imports"],
        ),
    ],
)
def test_the_sidebar_leads_where_the_person_may_go(
    who: str, links: list[str], request: pytest.FixtureRequest, sign_in: Sign
) -> None:
    client = sign_in(request.getfixturevalue(who))
    response = client.get("/admin/")
    html = response.content.decode()
    shown = [
        str(item["link"])
        for group in response.context["sidebar_navigation"]
        for item in group["items"]
    ]
    lists = [link.removesuffix("?attention=all") for link in shown]
    own = [link for link in lists if "?" not in link]
    assert own == [address(name) for name in links]
    assert [f'href="{link}"' in html for link in shown] == [True] * len(shown)
    assert [client.get(link).status_code for link in shown] == [200] * len(shown)
    away = {address(name) for name in (*WORK, "auth_group_changelist")} - {*shown}
    assert [link for link in away if f'href="{link}"' in html] == []
    account = [str(link["link"]) for link in response.context["account_links"]]
    assert account == [PROFILE, "/admin/profile/notices/"]


@pytest.mark.parametrize(
    "name",
    ["\u200b", "ADMIN", "Admin\u200b", "technician", "Sales  agent", "dispatch", "Dis\npatch"],
)
def test_a_group_looks_like_no_role_and_no_other_group(
    name: str, root: User, company: Group, sign_in: Sign
) -> None:
    browser, before = sign_in(root), set(Group.objects.values_list("name", flat=True))
    answer = browser.post(f"{GROUPS}add/", {"name": name})
    if name == "Dis\npatch":
        assert answer.status_code == 302
        assert set(Group.objects.values_list("name", flat=True)) - before == {"Dis patch"}
        return
    assert list(answer.context["adminform"].form.errors) == ["name"]
    assert set(Group.objects.values_list("name", flat=True)) == before


def test_a_group_keeps_its_name(root: User, company: Group, sign_in: Sign) -> None:
    answer = sign_in(root).post(f"{GROUPS}{company.pk}/change/", {"name": company.name})
    assert answer.status_code == 302


def test_the_list_of_what_there_is_of_groups_opens_for_superusers_alone(
    root: User, admin: User, sign_in: Sign
) -> None:
    pages = [sign_in(person).get("/admin/auth/") for person in (root, admin)]
    assert [page.status_code for page in pages] == [200, 404]
    models = pages[0].context["app_list"][0]["models"]
    assert [model["object_name"] for model in models] == ["Group"]
