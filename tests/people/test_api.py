"""People through the API: oneself, and the company's people by role."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.roles import Role
from people.models import User
from tests.access.world import company_group
from tests.conftest import Sign
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db
OLD, NEW = "pass-word-1", "A-Word-Of-2-Parts"
HERE = "203.0.113.5"


class Program:
    """Somebody's program, signed in by token."""

    def __init__(self, user: User) -> None:
        signed_in = Client(REMOTE_ADDR=HERE).post(
            "/api/auth/login",
            {"username": user.username, "password": OLD},
            content_type="application/json",
        )
        token = signed_in.json()["access"]
        self.client = Client(REMOTE_ADDR=HERE, headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str) -> HttpResponse:
        return self.client.get(f"/api{path}")

    def post(self, path: str, **body: Any) -> HttpResponse:
        return self.client.post(f"/api{path}", body, content_type="application/json")

    def patch(self, path: str, *, match: str = "", **body: Any) -> HttpResponse:
        headers = {"If-Match": match} if match else {}
        return self.client.patch(f"/api{path}", body, "application/json", headers=headers)


def errors(response: HttpResponse) -> dict[str, str]:
    """The first message at each field of an answer that names some."""
    assert response.status_code == 422
    return {e["field"]: e["message"] for e in reversed(response.json()["errors"])}


def has_password(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


# Oneself


@pytest.mark.parametrize("role", Role)
def test_everybody_changes_their_own_name_and_phone(role: Role) -> None:
    user = make_user(role, username="me")
    answer = Program(user).patch("/me", first_name="Ann", last_name="Lee", phone="555")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": user.pk,
        "username": "me",
        "name": "Ann Lee",
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "",
        "phone": "555",
        "language": "",
        "roles": [role.value],
        "version": 3,
    }
    assert answer["ETag"] == '"3"'


def test_everybody_chooses_their_language_among_those_there_are(tech: User) -> None:
    program = Program(tech)
    assert program.patch("/me", language="de").json()["language"] == "de"
    faults = errors(program.patch("/me", language="tlh"))
    assert list(faults) == ["language"]
    assert User.objects.get(pk=tech.pk).language == "de"


def test_what_is_left_out_stays(tech: User) -> None:
    assert Program(tech).patch("/me", phone="555").json()["name"] == "Tina Tech"


def test_nothing_to_change_changes_nothing(tech: User) -> None:
    before = User.history.count()
    assert Program(tech).patch("/me").status_code == 200
    assert User.history.count() == before


@pytest.mark.parametrize(
    "field", ["username", "email", "roles", "is_active", "is_superuser", "id", "groups", "version"]
)
def test_nobody_changes_more_of_themselves(field: str, admin: User) -> None:
    answer = Program(admin).patch("/me", **{field: "x"})
    assert errors(answer) == {field: "Extra inputs are not permitted"}


def test_a_field_that_is_too_long_is_told_there(tech: User) -> None:
    faults = errors(Program(tech).patch("/me", phone="5" * 51))
    assert faults == {"phone": "Ensure this value has at most 50 characters (it has 51)."}


def test_the_password_is_changed_with_the_old_one_and_ends_the_tokens(tech: User) -> None:
    program, other = Program(tech), Program(tech)
    answer = program.patch("/me", password=NEW, old_password=OLD)
    assert (answer.status_code, has_password(tech, NEW)) == (200, True)
    assert [program.get("/me").status_code, other.get("/me").status_code] == [401, 401]


def test_a_browser_in_which_the_password_is_changed_stays_signed_in(
    tech: User, sign_in: Sign
) -> None:
    here, elsewhere = sign_in(tech), sign_in(tech)
    change = {"password": NEW, "old_password": OLD}
    answer = here.patch("/api/me", change, content_type="application/json")
    assert answer.status_code == 200
    assert [b.get("/api/me").status_code for b in (here, elsewhere)] == [200, 401]


@pytest.mark.parametrize("old", [{}, {"old_password": ""}, {"old_password": "wrong"}])
def test_without_the_old_password_there_is_no_new_one(old: dict[str, str], tech: User) -> None:
    faults = errors(Program(tech).patch("/me", password=NEW, **old))
    assert faults == {"old_password": "This is not your password."}
    assert has_password(tech, OLD)


def test_the_old_password_is_not_guessed(tech: User) -> None:
    program = Program(tech)
    tries = [program.patch("/me", password=NEW, old_password=f"x{n}") for n in range(10)]
    assert [answer.status_code for answer in tries] == [422] * 9 + [429]
    assert program.patch("/me", password=NEW, old_password=OLD).status_code == 429
    assert has_password(tech, OLD)


def test_a_weak_password_is_refused(tech: User) -> None:
    faults = errors(Program(tech).patch("/me", password="short", old_password=OLD))
    assert faults == {
        "password": "This password is too short. It must contain at least 12 characters."
    }


# The company's people

ALL = [
    *("email", "first_name", "id", "is_active", "language", "last_name", "name", "phone"),
    *("roles", "username", "version"),
]


def test_an_admin_reads_all_of_a_person_but_the_password(admin: User, tech: User) -> None:
    body = Program(admin).get(f"/users/{tech.pk}").json()
    assert sorted(body) == ALL
    assert (body["username"], body["roles"], body["is_active"]) == ("tina", ["technician"], True)


@pytest.mark.parametrize("role", [Role.SALES_AGENT, Role.TECHNICIAN])
def test_others_read_name_roles_and_phone(role: Role, tech: User) -> None:
    answer = Program(make_user(role)).get(f"/users/{tech.pk}")
    assert answer.json() == {
        "id": tech.pk,
        "name": "Tina Tech",
        "roles": ["technician"],
        "phone": "",
    }


def test_who_holds_no_role_any_more_sees_nobody(tech: User, admin: User) -> None:
    program = Program(tech)
    tech.set_roles([], by=admin)
    assert program.get(f"/users/{admin.pk}").status_code == 401


@pytest.mark.parametrize("key", ["0", "999999", "9" * 30, "-1"])
def test_a_person_who_is_not_there_is_not_found(key: str, admin: User) -> None:
    program = Program(admin)
    assert [
        program.get(f"/users/{key}").status_code,
        program.patch(f"/users/{key}").status_code,
    ] == [
        404,
        404,
    ]


def test_an_admin_adds_a_person_who_signs_in(admin: User) -> None:
    given = {
        "username": "nina",
        "email": "nina@example.com",
        "first_name": "Nina",
        "last_name": "New",
        "phone": "555",
        "language": "de",
        "roles": ["technician", "sales_agent"],
        "is_active": True,
    }
    answer = Program(admin).post("/users", **given, password=NEW)
    nina = User.objects.get(username="nina")
    assert answer.status_code == 201
    assert answer.json() == given | {
        "id": nina.pk,
        "name": "Nina New",
        "roles": ["sales_agent", "technician"],
        "version": 2,
        "password_link": None,
    }
    assert answer["ETag"] == '"2"'
    assert has_password(nina, NEW)


def test_a_person_without_a_password_sets_it_by_the_link_in_the_answer(admin: User) -> None:
    body = Program(admin).post("/users", username="nina", roles=["technician"]).json()
    nina, browser = User.objects.get(username="nina"), Client()
    assert not nina.has_usable_password()
    assert browser.get(body["password_link"], follow=True).status_code == 200
    browser.post("/set-password/", {"new_password1": NEW, "new_password2": NEW})
    assert has_password(nina, NEW)


def test_who_may_not_enter_yet_gets_no_link(admin: User) -> None:
    made = Program(admin).post("/users", username="nina", is_active=False)
    assert (made.status_code, made.json()["password_link"]) == (201, None)


def test_the_link_is_told_once(admin: User) -> None:
    program = Program(admin)
    key = program.post("/users", username="nina").json()["id"]
    assert "password_link" not in program.get(f"/users/{key}").json()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"username": "Field required"}),
        ({"username": ""}, {"username": "This field cannot be blank."}),
        ({"username": "TINA"}, {"username": "Another person has this user name."}),
        (
            {"username": "x" * 151},
            {"username": "Ensure this value has at most 150 characters (it has 151)."},
        ),
        (
            {"username": "a b"},
            {
                "username": "Enter a valid username. This value may contain only letters, "
                "numbers, and @/./+/-/_ characters."
            },
        ),
        ({"username": "n", "email": "x"}, {"email": "Enter a valid e-mail address."}),
        (
            {"username": "n", "email": "TINA@example.com"},
            {"email": "Another person has this e-mail address."},
        ),
        (
            {"username": "n", "roles": ["boss"]},
            {"roles.0": "Input should be 'admin', 'sales_agent' or 'technician'"},
        ),
        ({"username": "n", "roles": None}, {"roles": "Input should be a valid list"}),
        (
            {"username": "n", "password": "short"},
            {"password": "This password is too short. It must contain at least 12 characters."},
        ),
        (
            {"username": "n", "is_superuser": True},
            {"is_superuser": "Extra inputs are not permitted"},
        ),
    ],
)
def test_a_person_who_does_not_fit_is_told_at_the_field(
    given: dict[str, Any], expected: dict[str, str], admin: User, tech: User
) -> None:
    tech.email = "tina@example.com"
    tech.save()
    count = User.objects.count()
    answer = Program(admin).post("/users", **given)
    assert errors(answer) == expected
    assert User.objects.count() == count


def test_an_admin_changes_a_person(admin: User, tech: User) -> None:
    program = Program(admin)
    answer = program.patch(f"/users/{tech.pk}", phone="555", roles=["sales_agent"], email="t@x.org")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["phone"], body["roles"], body["email"]) == ("555", ["sales_agent"], "t@x.org")
    assert body["name"] == "Tina Tech"
    row = User.history.filter(id=tech.pk).latest()
    assert (row.person_name, row.door) == ("Adam Admin", "api")


def test_an_admin_sets_a_password_and_the_persons_tokens_end(admin: User, tech: User) -> None:
    program = Program(tech)
    assert Program(admin).patch(f"/users/{tech.pk}", password=NEW).status_code == 200
    assert (has_password(tech, NEW), program.get("/me").status_code) == (True, 401)


def test_ones_own_password_is_not_changed_without_the_old_one(admin: User) -> None:
    faults = errors(Program(admin).patch(f"/users/{admin.pk}", password=NEW))
    assert faults == {"password": "Change your own password in your profile. You need the old one."}


def test_an_admin_deactivates_a_person(admin: User, tech: User) -> None:
    program = Program(tech)
    answer = Program(admin).patch(f"/users/{tech.pk}", is_active=False)
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    assert program.get("/me").status_code == 401


@pytest.mark.parametrize("path", ["/me", "/users/{key}"])
def test_a_stale_change_of_a_person_changes_nothing(path: str, admin: User) -> None:
    program, path = Program(admin), path.format(key=admin.pk)
    seen = program.get(path)["ETag"]
    changed = program.patch(path, match=seen, phone="1", first_name="Ada")
    assert (changed.status_code, changed.json()["phone"]) == (200, "1")
    assert changed["ETag"] == program.get(path)["ETag"] != seen
    stale = program.patch(path, match=seen, phone="2")
    now = {name: changed.json()[name] for name in program.get(path).json()}
    assert (stale.status_code, stale["Content-Type"], stale.json()["current"]) == (
        *(412, "application/problem+json", now),
    )
    assert stale.json()["detail"].startswith("Adam Admin changed this in the meantime (")
    assert User.objects.get(pk=admin.pk).phone == "1"
    assert program.patch(path, phone="3").json()["phone"] == "3"


@pytest.mark.parametrize("change", [{"roles": []}, {"is_active": False}])
def test_how_many_open_jobs_need_somebody_else_is_told(
    change: dict[str, Any], admin: User, sales: User, tech: User
) -> None:
    make_job(owner=sales, assigned_to=tech)
    program, path = Program(admin), f"/users/{tech.pk}"
    plain = program.patch(path, phone="1").json()
    assert ("warnings" in plain, plain["note"]) == (False, "")
    note = "Tina Tech has 1 open job, which now needs someone."
    told = program.patch(path, **change).json()
    assert (told["warnings"], told["note"]) == ([note], note)


@pytest.mark.parametrize("word", ["yes", "true", 1, 0, None])
def test_active_is_yes_or_no(word: Any, admin: User, tech: User) -> None:
    answer = Program(admin).patch(f"/users/{tech.pk}", is_active=word)
    assert list(errors(answer)) == ["is_active"]


@pytest.mark.parametrize("change", [{"roles": []}, {"is_active": False}])
def test_the_last_admin_stays_one(change: dict[str, Any], admin: User) -> None:
    answer = Program(admin).patch(f"/users/{admin.pk}", **change)
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "Adam Admin is the last active Admin. Make somebody else an Admin first."
    )
    assert User.objects.get(pk=admin.pk).roles == [Role.ADMIN]


def test_an_admin_does_not_change_a_superuser(admin: User, root: User) -> None:
    assert Program(admin).patch(f"/users/{root.pk}", phone="1").status_code == 403


@pytest.mark.parametrize("role", [Role.SALES_AGENT, Role.TECHNICIAN])
def test_nobody_else_adds_or_changes_people(role: Role, tech: User) -> None:
    program, before = Program(make_user(role)), User.history.count()
    answers = [
        program.post("/users", username="nina"),
        program.patch(f"/users/{tech.pk}", phone="1"),
        program.patch(f"/users/{tech.pk}"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert User.history.count() == before


def test_nobody_is_deleted(admin: User, tech: User) -> None:
    assert Program(admin).client.delete(f"/api/users/{tech.pk}").status_code == 405


def test_a_group_of_the_company_that_changes_people_gives_neither_roles_nor_passwords(
    tech: User,
) -> None:
    label = "people.user"
    clerk = make_user()
    clerk.set_groups([company_group({(label, "view"), (label, "change"), (label, "add")})])
    program = Program(clerk)
    assert [
        program.patch(f"/users/{tech.pk}", roles=["admin"]).status_code,
        program.patch(f"/users/{clerk.pk}", roles=["admin"]).status_code,
        program.patch(f"/users/{tech.pk}", password=NEW).status_code,
        program.post("/users", username="nina", roles=["admin"]).status_code,
        program.post("/users", username="nina", password=NEW).status_code,
        program.patch(f"/users/{tech.pk}", phone="1").status_code,
    ] == [403, 403, 403, 403, 403, 200]
    made = program.post("/users", username="nina")
    assert (made.status_code, made.json()["password_link"]) == (201, None)


@pytest.fixture
def clerk() -> User:
    """Somebody whom a group of the company's own lets change people."""
    person = make_user()
    person.set_groups([company_group({("people.user", "view"), ("people.user", "change")})])
    return person


@pytest.mark.parametrize(
    "change",
    [{"email": "mine@example.com"}, {"username": "mine"}, {"is_active": False}],
)
def test_whoever_is_no_admin_touches_no_admins_account(
    change: dict[str, Any], clerk: User, admin: User
) -> None:
    make_user(Role.ADMIN)
    program, before = Program(clerk), User.objects.filter(pk=admin.pk).values().get()
    for text in (change, {**change, "phone": "1"}):
        answer = program.patch(f"/users/{admin.pk}", **text)
        assert (answer.status_code, answer.json()["detail"]) == (
            403,
            "Adam Admin is an Admin: others can change only their name and phone.",
        )
    assert User.objects.filter(pk=admin.pk).values().get() == before


def test_of_an_admin_others_change_name_and_phone(clerk: User, admin: User) -> None:
    same = {"username": "adam", "email": "", "is_active": True}
    answer = Program(clerk).patch(f"/users/{admin.pk}", first_name="Ada", phone="1", **same)
    assert (answer.status_code, answer.json()["name"], answer.json()["phone"]) == (
        200,
        "Ada Admin",
        "1",
    )


def test_of_everybody_else_they_change_the_account(clerk: User, tech: User) -> None:
    answer = Program(clerk).patch(f"/users/{tech.pk}", username="tea", is_active=False)
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)


def test_a_call_costs_the_same_whoever_is_asked_for(
    admin: User, tech: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program = Program(admin)
    with django_assert_num_queries(4):
        program.get(f"/users/{tech.pk}")
    with django_assert_num_queries(2):
        program.get("/me")


# The list


def listed(program: Program, query: str = "") -> list[str]:
    answer = program.get(f"/users{query}")
    assert answer.status_code == 200
    return [person["name"] for person in answer.json()["results"]]


@pytest.fixture
def company(admin: User, sales: User, tech: User) -> Program:
    """Three people and one who left, as their Admin's program sees them."""
    make_user(Role.TECHNICIAN, first_name="Zoe", last_name="Gone", is_active=False, phone="0815")
    tech.email = "t@example.com"
    tech.save()
    return Program(admin)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Adam Admin", "Sara Sales", "Tina Tech", "Zoe Gone"]),
        ("?role=technician", ["Tina Tech", "Zoe Gone"]),
        ("?is_active=false", ["Zoe Gone"]),
        ("?role=technician&is_active=true", ["Tina Tech"]),
        ("?search=TINA", ["Tina Tech"]),
        ("?search=adam+min", ["Adam Admin"]),
        ("?search=0815", ["Zoe Gone"]),
        ("?search=t@example", ["Tina Tech"]),
        ("?search=nobody", []),
        ("?page_size=2", ["Adam Admin", "Sara Sales"]),
    ],
)
def test_people_are_listed_by_name(query: str, names: list[str], company: Program) -> None:
    assert listed(company, query) == names


def test_the_next_page_follows(company: Program) -> None:
    first = company.get("/users?page_size=3").json()
    address = first["next"].removeprefix("http://testserver/api")
    assert (listed(company, address.removeprefix("/users")), first["previous"]) == (
        ["Zoe Gone"],
        None,
    )


def test_others_list_names_roles_and_phones(company: Program, tech: User) -> None:
    program = Program(tech)
    assert [sorted(person) for person in program.get("/users").json()["results"]] == [
        ["id", "name", "phone", "roles"]
    ] * 4
    assert listed(program, "?search=t@example") == []
    assert program.get("/users?is_active=true").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        *("?rol=x", "?role=boss", "?is_active=perhaps", "?page_size=0", "?page_size=201"),
        *("?cursor=x", "?search=%00", "?search=" + "x" * 501, "?email=x"),
    ],
)
def test_a_list_is_asked_what_it_knows(query: str, company: Program) -> None:
    assert list(errors(company.get(f"/users{query}"))) == [query[1:].partition("=")[0]]


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_costs_the_same_however_many_there_are(
    people: int, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program = Program(admin)
    for _person in range(people):
        make_user(Role.TECHNICIAN)
    with django_assert_num_queries(5):
        listed(program)
