"""The holes that the stock combination of our packages leaves open, each closed.

Beside each test of ours stands the stock class at work on the same rows, on a site of its own at
`/stock/`: what it lets through there shows that ours has something to refuse. Should a newer
version of a package close a hole by itself, the test of the stock class says so.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as project
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, include, path, reverse
from django.utils.timezone import now
from django_q.admin import FailAdmin, ScheduleAdmin
from django_q.models import Failure, OrmQ, Schedule, Success
from guardian.admin import GuardedModelAdmin
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import get_objects_for_user
from import_export.admin import ImportExportModelAdmin
from import_export.resources import ModelResource
from pytest_django.fixtures import Settings
from simple_history.admin import SimpleHistoryAdmin
from tablib import Dataset
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.sites import UnfoldAdminSite

from core.access import can, visible_to
from core.backoffice.palette import SHOWN
from operations import acts
from operations.models import Customer, Job, JobShare
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_user
from tests.imports.tables import load

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


# The stock classes, on a site of their own


class SeenRows:
    """Rows as a careful project would limit them: by get_queryset and by has_x_permission."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return visible_to(request.user, rows)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can(request.user, "change", obj or self.model)  # type: ignore[attr-defined]


class StockShares(SimpleHistoryAdmin):
    fields = ("user", "content_object", "level")


class StockJobs(SeenRows, ModelAdmin):
    list_display = ("number", "title")
    list_editable = ("title",)
    list_filter = ()
    actions_detail = ("shout",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("pk")

    @action(description="Shout")
    def shout(self, request: HttpRequest, object_id: int) -> HttpResponse:
        job = Job.objects.get(pk=object_id)
        job.title = job.title.upper()
        job.save()
        return redirect("/stock/")


class StockCustomers(ModelAdmin):
    search_fields = ("name",)


class StockGuarded(SeenRows, GuardedModelAdmin):
    pass


class StockHistory(SeenRows, SimpleHistoryAdmin):
    pass


class StockImports(ImportExportModelAdmin):
    pass


def site_of(name: str, pages: dict[Any, Any]) -> UnfoldAdminSite:
    site = UnfoldAdminSite(name=name)
    for model, page in pages.items():
        site.register(model, page)
    return site


stock = site_of("stock", {Job: StockJobs, JobShare: StockShares, Customer: StockCustomers})
guarded = site_of("guarded", {Job: StockGuarded})
old = site_of("old", {Job: StockHistory})
queue = site_of("queue", {Schedule: ScheduleAdmin, Failure: FailAdmin})
urlpatterns = [
    path("admin/", django_admin.site.urls),
    path("stock/", stock.urls),
    path("guarded/", guarded.urls),
    path("old/", old.urls),
    path("queue/", queue.urls),
    path("my-day/", include("operations.pages.my_day")),
]
OURS = django_admin.site._registry


def company_person(*codenames: str, **fields: Any) -> User:
    """Somebody who may do just this, by a group of the company's own."""
    group, _made = Group.objects.get_or_create(name="Dispatch")
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    person = make_user(**fields)
    person.set_groups([group])
    return person


def names_and_routes() -> set[tuple[str, str]]:
    """Name and address of every page of ours."""
    found, waiting = set(), [("", get_resolver("core.urls"))]
    while waiting:
        before, resolver = waiting.pop()
        for each in resolver.url_patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                waiting.append((route, each))
            elif isinstance(each, URLPattern):
                found.add((each.name or "", route))
    assert len(found) > 50
    return found


# 1. Who may view reverts by a POST


def share_of(sales: User, tech: User) -> JobShare:
    job = make_job(owner=sales)
    return acts.share(job, tech, "progress", by=sales).row


def revert(share: JobShare) -> dict[str, Any]:
    return {"user": share.user_id, "content_object": share.content_object_id, "level": "view"}


def test_1_stock_reverts_for_whoever_may_view(sales: User, tech: User, sign_in: Sign) -> None:
    """SimpleHistoryAdmin asks for view and saves; SIMPLE_HISTORY_REVERT_DISABLED hides a button."""
    share = share_of(sales, tech)
    viewer = company_person("view_jobshare")
    assert project.SIMPLE_HISTORY_REVERT_DISABLED is True
    version = JobShare.history.get(id=share.pk).history_id
    address = f"/stock/operations/jobshare/{share.pk}/history/{version}/"
    assert sign_in(viewer).post(address, revert(share)).status_code == 302
    share.refresh_from_db()
    assert share.level == "view"


def test_1_no_page_of_ours_writes_an_old_version(
    sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    assert [name for name, _route in names_and_routes() if "simple_history" in name] == []
    assert [page for page in OURS.values() if isinstance(page, SimpleHistoryAdmin)] == []
    job = make_job(owner=sales, assigned_to=tech, title="First")
    job.title = "Second"
    job.save()
    version = Job.history.filter(id=job.pk).last()
    assert version is not None
    typed = {"title": "First", "customer": job.customer_id, "priority": "low"}
    address = f"/admin/operations/job/{job.pk}/history/{version.history_id}/"
    for person in (tech, sales, admin):
        client = sign_in(person)
        assert client.post(address, typed, follow=True).status_code == 404
        client.post(f"/admin/operations/job/{job.pk}/history/", typed)
    job.refresh_from_db()
    assert (job.title, Job.history.filter(id=job.pk).count()) == ("Second", 2)


# 2. The history of a row that the person may not see


def reassigned(sales: User, tech: User, other_tech: User) -> Job:
    """A job that was the technician's, and is somebody else's now."""
    job = make_job(owner=sales, assigned_to=tech)
    acts.assign(job, other_tech, by=sales)
    return job


def test_2_stock_shows_the_history_of_a_row_outside_of_get_queryset(
    sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    """SimpleHistoryAdmin looks past get_queryset, and asks about the row as it was."""
    job = reassigned(sales, tech, other_tech)
    client = sign_in(tech)
    assert client.get(f"/old/operations/job/{job.pk}/change/").status_code == 302
    assert client.get(f"/old/operations/job/{job.pk}/history/").status_code == 200


def test_2_our_history_is_judged_by_the_row_of_now(
    sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    job = reassigned(sales, tech, other_tech)
    address = f"/admin/operations/job/{job.pk}/history/"
    answers = [sign_in(person).get(address).status_code for person in (sales, tech, other_tech)]
    assert answers == [200, 404, 200]
    page: Any = OURS[Job]
    request = RequestFactory().get(address)
    request.user = tech
    first = Job.history.filter(id=job.pk).last()
    assert first is not None
    assert first.assigned_to == tech
    assert [page.has_view_permission(request, of) for of in (first, str(job.pk), job)] == [
        False
    ] * 3


# 3. Import and export


def test_3_stock_imports_and_exports_for_anybody_and_any_row(
    tech: User, settings: Settings
) -> None:
    """Without the two settings nobody is asked; with them, nobody is asked about the row."""
    settings.IMPORT_EXPORT_IMPORT_PERMISSION_CODE = None
    settings.IMPORT_EXPORT_EXPORT_PERMISSION_CODE = None
    request = RequestFactory().get("/")
    request.user = tech
    page = StockImports(Job, stock)
    asked = [page.has_import_permission, page.has_export_permission]
    assert [ask(request) for ask in asked] == [True, True]
    settings.IMPORT_EXPORT_IMPORT_PERMISSION_CODE = project.IMPORT_EXPORT_IMPORT_PERMISSION_CODE
    settings.IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
    assert page.has_export_permission(request) is False
    foreign = make_customer(name="Foreign")

    class StockResource(ModelResource):  # type: ignore[misc]
        class Meta:
            model = Customer
            fields = ("id", "phone")

    data = Dataset([foreign.pk, "1"], headers=["id", "phone"])
    assert not StockResource().import_data(data, user=tech).has_errors()
    foreign.refresh_from_db()
    assert foreign.phone == "1"


def test_3_our_import_asks_the_person_and_then_about_each_row(
    sales: User, other_sales: User, tech: User
) -> None:
    for person in (sales, tech):
        with pytest.raises(PermissionDenied):
            load("customers", {"name": "Foreign"}, by=person)
    importer = company_person("import_job", "view_job")
    job = make_job(owner=other_sales, title="Before")
    done = load("jobs", {"number": job.number, "title": "After"}, by=importer)
    assert done.errors == {2: {"": ["You may not do this."]}}
    job.refresh_from_db()
    assert job.title == "Before"


def test_3_pages_that_import_or_export_are_ours_and_ask(tech: User, sign_in: Sign) -> None:
    """Those of the library ask no row; theirs would be pages of each model."""
    words = ("import", "export")
    found = {route for name, route in names_and_routes() if any(w in name + route for w in words)}
    ours = ("admin/imports/", "admin/exports/", "admin/export/")
    assert [route for route in found if not route.startswith(ours)] == []
    plain = {f"/{route}" for route in found if "<" not in route}
    client = sign_in(tech)
    assert {client.get(path).status_code for path in plain} <= {403, 405}
    codes = (
        project.IMPORT_EXPORT_IMPORT_PERMISSION_CODE,
        project.IMPORT_EXPORT_EXPORT_PERMISSION_CODE,
    )
    assert codes == ("import", "export")


# 4. Actions


def test_4_stock_runs_an_action_on_get_for_a_row_that_the_person_does_not_see(
    other_sales: User, tech: User, sign_in: Sign
) -> None:
    """unfold's detail actions answer a link, and nobody checks the row."""
    job = make_job(owner=other_sales, title="quiet")
    assert list(visible_to(tech, Job.objects.all())) == []
    sign_in(tech).get(reverse("stock:operations_job_shout", args=[job.pk]))
    job.refresh_from_db()
    assert job.title == "QUIET"


def test_4_our_verbs_are_posts_that_ask_about_the_row(
    sales: User, other_sales: User, admin: User, tech: User, sign_in: Sign
) -> None:
    kinds = ("actions_list", "actions_row", "actions_detail", "actions_submit_line")
    assert [page for page in OURS.values() for kind in kinds if getattr(page, kind, ())] == []
    foreign, own = make_job(owner=other_sales), make_job(owner=other_sales, assigned_to=tech)
    for verb in ("start", "hold", "resume", "complete", "cancel", "reopen"):
        address = f"/admin/operations/job/{foreign.pk}/{verb}/"
        assert sign_in(tech).post(address, {"reason": "x"}).status_code == 404
        sign_in(admin).get(address)
        sign_in(tech).get(f"/admin/operations/job/{own.pk}/{verb}/")
    assert set(Job.objects.values_list("status", "version")) == {("pending", 1)}


# 5. The command palette


def palette(client: Client, site: str, words: str) -> list[str]:
    page = client.get(f"/{site}/search/", {"s": words, "extended": "1"})
    return [str(result.link) for result in page.context["results"]] if page.context else []


def test_5_stock_shows_what_was_found_after_the_right_is_gone(
    sign_in: Sign, settings: Settings
) -> None:
    """unfold keeps results five minutes a person, and with search_models finds rows without end."""
    cache.clear()
    settings.UNFOLD = {**project.UNFOLD, "COMMAND": {"search_models": True}}
    person = company_person("view_customer")
    rows = [make_customer(name=f"Bakery {number}") for number in range(120)]
    client = sign_in(person)
    assert len(palette(client, "stock", "bakery")) == 100
    Group.objects.get(name="Dispatch").permissions.clear()
    assert f"/stock/operations/customer/{rows[0].pk}/change/" in palette(client, "stock", "bakery")
    cache.clear()
    assert palette(client, "stock", "bakery") == []


def test_5_our_palette_finds_few_rows_and_none_after_the_right_is_gone(
    sign_in: Sign, settings: Settings
) -> None:
    settings.UNFOLD = {**project.UNFOLD, "COMMAND": {"search_models": True}}
    person = company_person("view_customer")
    for number in range(30):
        make_customer(name=f"Bakery {number}")
    client = sign_in(person)
    found = palette(client, "admin", "bakery")
    assert (len(found), found[-1]) == (SHOWN + 1, "/admin/operations/customer/?q=bakery")
    assert palette(client, "admin", "customer") == ["/admin/operations/customer/"]
    Group.objects.get(name="Dispatch").permissions.clear()
    assert palette(client, "admin", "customer") == []
    assert palette(client, "admin", "bakery") == []
    assert palette(client, "admin", "") == []


# 6. guardian's pages of object permissions


def test_6_stock_lets_who_may_change_a_row_give_it_away(sales: User, sign_in: Sign) -> None:
    """GuardedModelAdmin opens its pages to whoever may change rows of the model."""
    job = make_job(owner=sales)
    address = reverse("guarded:operations_job_permissions", args=[job.pk])
    typed = {"user": sales.username, "submit_manage_user": "Manage"}
    answer = sign_in(sales).post(address, typed)
    assert answer.status_code == 302
    assert f"/{job.pk}/permissions/user-manage/{sales.pk}" in answer["Location"]


def test_6_none_of_these_pages_is_ours(sales: User, admin: User, sign_in: Sign) -> None:
    assert [page for page in OURS.values() if isinstance(page, GuardedModelAdmin)] == []
    assert [route for name, route in names_and_routes() if "permissions" in name + route] == []
    stored = {UserObjectPermission, GroupObjectPermission, JobShare, Permission}
    assert stored & set(OURS) == set()
    job = make_job(owner=sales)
    for person in (sales, admin):
        for page in ("permissions/", f"permissions/user-manage/{sales.pk}/"):
            address = f"/admin/operations/job/{job.pk}/{page}"
            assert sign_in(person).get(address, follow=True).status_code == 404


# 7. Schedules


def offering(site: Any, person: User, field: str) -> list[str]:
    """The models for which a site lets somebody type this field."""
    request = RequestFactory().get("/")
    request.user = person
    found = []
    for model, page in site._registry.items():
        if field not in {each.name for each in model._meta.get_fields()}:
            continue
        may = page.has_add_permission(request) or page.has_change_permission(request)
        if may and field in page.get_form(request).base_fields:
            found.append(model._meta.label)
    return found


def test_7_stock_lets_who_may_edit_schedules_name_any_function(sign_in: Sign) -> None:
    """django-q2's page asks for the permission of the model, and takes os.system."""
    editor = company_person("add_schedule")
    assert offering(queue, editor, "func") == ["django_q.Schedule"]
    assert offering(queue, make_user(), "func") == []
    typed = {
        "func": "os.system",
        "args": "'true'",
        "schedule_type": Schedule.ONCE,
        "repeats": "-1",
        "next_run_0": "2030-01-31",
        "next_run_1": "08:00",
    }
    assert sign_in(editor).post("/queue/django_q/schedule/add/", typed).status_code == 302
    assert Schedule.objects.get().func == "os.system"


def test_7_stock_lets_who_may_see_failures_run_them_again(sign_in: Sign) -> None:
    """Resubmit, an action of django-q2's list of what failed, asks for no permission."""
    times = {"started": now(), "stopped": now()}
    row = {"id": "1", "name": "one", "func": "os.system", "args": ("true",), "success": False}
    failure = Failure.objects.create(**row, **times)
    viewer = company_person("view_failure")
    typed = {"action": "resubmit_task", "_selected_action": failure.pk}
    assert sign_in(viewer).post("/queue/django_q/failure/", typed).status_code == 302
    assert [task.func() for task in OrmQ.objects.all()] == ["os.system"]


def test_7_nobody_but_a_superuser_names_a_function_to_run(admin: User) -> None:
    """Nor does an Admin, or whom the company gives every permission there is, run one again."""
    models = {Schedule, Success, Failure, OrmQ}
    assert models & set(OURS) == set()
    everything = [each.codename for each in Permission.objects.all()]
    company = company_person(*everything)
    assert [offering(django_admin.site, person, "func") for person in (admin, company)] == [[], []]


# 8. Lists that are forms


def sent(*jobs: Job) -> dict[str, Any]:
    rows = {"form-TOTAL_FORMS": len(jobs), "form-INITIAL_FORMS": len(jobs), "_save": "Save"}
    for number, job in enumerate(jobs):
        rows |= {f"form-{number}-id": job.pk, f"form-{number}-title": "Typed"}
    return rows


def two_jobs(sales: User, other_sales: User) -> list[Job]:
    """One that the agent owns, and one that they may view."""
    jobs = [make_job(owner=sales, title="Own"), make_job(owner=other_sales, title="Theirs")]
    acts.share(jobs[1], sales, "view", by=other_sales)
    return jobs


def test_8_stock_saves_rows_of_a_list_that_the_person_may_not_change(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    """`list_editable` asks about the model, and never about the row."""
    jobs = two_jobs(sales, other_sales)
    assert [can(sales, "change", job) for job in jobs] == [True, False]
    assert sign_in(sales).post("/stock/operations/job/", sent(*jobs)).status_code == 302
    assert set(Job.objects.values_list("title", flat=True)) == {"Typed"}


def test_8_no_list_of_ours_is_a_form(
    sales: User, other_sales: User, admin: User, sign_in: Sign
) -> None:
    forms = [page for page in OURS.values() if page.list_editable]
    ordered = [page for page in OURS.values() if getattr(page, "ordering_field", None)]
    assert (len(OURS) >= 6, forms, ordered) == (True, [], [])
    jobs = two_jobs(sales, other_sales)
    for person in (sales, admin):
        sign_in(person).post("/admin/operations/job/", sent(*jobs))
    assert set(Job.objects.values_list("title", "version")) == {("Own", 1), ("Theirs", 1)}


# 9. Two kinds of permission, asked in one place


def test_9_stock_answers_neither_of_the_two_for_both(admin: User, sales: User) -> None:
    """has_perm with a row forgets groups; get_objects_for_user with a group forgets rows."""
    job = make_job(owner=admin)
    assert admin.has_perm("operations.view_job") is True
    assert admin.has_perm("operations.view_job", job) is False
    assert can(sales, "view", job) is False
    assert list(get_objects_for_user(sales, "operations.view_job")) == [job]


def test_9_ours_asks_group_and_row_in_one_place(sales: User, other_sales: User) -> None:
    foreign, shared = make_job(owner=other_sales), make_job(owner=other_sales)
    acts.share(shared, sales, "view", by=other_sales)
    asked = [foreign, shared]
    assert [can(sales, "view", job) for job in asked] == [False, True]
    assert list(visible_to(sales, Job.objects.all())) == [shared]
    company = company_person("view_job")
    assert [can(company, "view", job) for job in asked] == [True, True]
    assert set(visible_to(company, Job.objects.all())) == {foreign, shared}


def test_9_a_stored_permission_of_another_kind_gives_nothing(
    sales: User, other_sales: User
) -> None:
    job = make_job(owner=other_sales)
    kind = ContentType.objects.get_for_model(Job)
    for codename in ("view_job", "change_job", "delete_job"):
        what = Permission.objects.get(codename=codename)
        key = {"permission": what, "content_type": kind, "object_pk": str(job.pk)}
        UserObjectPermission.objects.create(user=sales, **key)
        GroupObjectPermission.objects.create(group=sales.groups.get(), **key)
    assert [can(sales, each, job) for each in ("view", "change", "delete")] == [False] * 3
    delete = Permission.objects.get(codename="delete_job")
    row = JobShare(user=sales, content_object=job, level="view", permission=delete)
    JobShare.objects.bulk_create([row])
    fresh = User.objects.get(pk=sales.pk)
    assert [can(fresh, each, job) for each in ("view", "change", "delete")] == [True, False, False]
