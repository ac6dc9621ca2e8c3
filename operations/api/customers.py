"""Customers, and their sites."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, NotRequired

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router
from pydantic import ConfigDict
from typing_extensions import TypedDict

from core.access import visible_in_parts, visible_to
from core.rest.etags import answer
from core.rest.outcomes import warned
from core.rest.pages import Page, PageQuery, page
from core.rest.schemas import Body, Flag, example
from core.text.search import LONGEST
from operations import acts
from operations.api.named import Address, Line, OptionalLine, Text
from operations.models import Customer, Site

router = Router(tags=["customers"])

_COLUMNS = ("id", "name", "contact_name", "email", "phone", "notes", "is_active")
_SITE_COLUMNS = ("id", "name", "address", "access_notes")
_SITE = {"id": 9, "name": "Main building", "address": "1 Quay", "access_notes": "Gate 3"}
_CUSTOMER = {
    "id": 5,
    "name": "Harbour Hotel",
    "contact_name": "Hanna Holm",
    "email": "hanna@hotel.example",
    "phone": "+43 1 555 0101",
    "notes": "",
    "is_active": True,
    "sites": [_SITE],
}


@example(_SITE)
class SiteAnswer(TypedDict):
    """A place of a customer's where work is done. `warnings` are about what was just written."""

    id: int
    name: str
    address: str
    access_notes: str
    warnings: NotRequired[list[str]]


@example(_CUSTOMER)
class CustomerAnswer(TypedDict):
    """Who the work is for, with the sites that the caller sees. `warnings` point out what was just
    written."""

    id: int
    name: str
    contact_name: str
    email: str
    phone: str
    notes: str
    is_active: bool
    sites: list[SiteAnswer]
    warnings: NotRequired[list[str]]


class SiteChange(Body):
    """Fields to change; omitted fields keep their values."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"access_notes": "Gate 4"}]})

    name: Line = ""  # What stands here for what is left out is never used.
    address: Text = ""
    access_notes: Text = ""


class SiteIn(SiteChange):
    """A new site."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Main building", "address": "1 Quay"}]}
    )

    name: Line


class CustomerChange(Body):
    """Fields to change; omitted fields keep their values."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "+43 1 555 0102"}]})

    name: Line = ""
    contact_name: OptionalLine = ""
    email: Address = ""
    phone: Annotated[OptionalLine, Field(max_length=50)] = ""
    notes: Text = ""
    is_active: Flag = True


class CustomerIn(CustomerChange):
    """A new customer, with the first of their sites."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Harbour Hotel", "sites": [{"name": "Main building"}]}]
        }
    )

    name: Line
    sites: Annotated[list[SiteIn], Field(max_length=200)] = []


class CustomerQuery(PageQuery):
    """Which customers: those in whose name, contact, phone or e-mail every word stands."""

    is_active: bool | None = None
    search: str = Field("", max_length=LONGEST)


@router.get(
    "/customers",
    response=Page[CustomerAnswer],
    operation_id="list_customers",
    summary="List customers",
)
def list_customers(request: HttpRequest, query: Query[CustomerQuery]) -> HttpResponse:
    """The customers that the caller sees, by name, a page at a time."""
    found = Customer.objects.matching(query.search).order_by()
    if query.is_active is not None:
        found = found.filter(is_active=query.is_active)
    _rows, parts = visible_in_parts(request.user, found)

    def show(keys: list[int]) -> list[CustomerAnswer]:
        return _in_order(request, keys)

    return answer(page(request, parts, query, by=["name"], show=show))


def _in_order(request: HttpRequest, keys: list[int]) -> list[CustomerAnswer]:
    found = {each["id"]: each for each in _shown(request, Customer.objects.filter(pk__in=keys))}
    return [found[key] for key in keys if key in found]


def _shown(request: HttpRequest, customers: QuerySet[Customer]) -> list[CustomerAnswer]:
    rows = list(customers.order_by().values(*_COLUMNS))
    sites = _sites(request, [row["id"] for row in rows])
    return [{**row, "sites": sites[row["id"]]} for row in rows]  # type: ignore[typeddict-item]


def _sites(request: HttpRequest, customers: Collection[int]) -> dict[int, list[SiteAnswer]]:
    """The sites of these customers that the caller sees, by customer."""
    found: dict[int, list[SiteAnswer]] = {customer: [] for customer in customers}
    sites = visible_to(request.user, Site.objects.filter(customer__in=customers))
    for row in sites.order_by("name", "pk").values("customer_id", *_SITE_COLUMNS):
        found[row.pop("customer_id")].append(row)
    return found


def _one(request: HttpRequest, pk: int) -> CustomerAnswer:
    found = _shown(request, visible_to(request.user, Customer.objects.filter(pk=pk)))
    if not found:
        raise Http404
    return found[0]


@router.post(
    "/customers",
    response={201: CustomerAnswer},
    operation_id="create_customer",
    summary="Add a customer",
)
def create_customer(request: HttpRequest, body: CustomerIn) -> HttpResponse:
    """Adds a customer with their sites: all of it, or nothing. For Admins and sales agents."""
    by: Any = request.user
    outcome = acts.add_customer(**body.dict(exclude_unset=True), by=by)
    return answer(_one(request, outcome.row.pk) | warned(outcome), status=201)


@router.get(
    "/customers/{id}",
    response=CustomerAnswer,
    operation_id="read_customer",
    summary="Read a customer",
)
def read_customer(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002 (the name in the path)
    """A customer with their sites."""
    return answer(_one(request, id))


@router.patch(
    "/customers/{id}",
    response=CustomerAnswer,
    operation_id="change_customer",
    summary="Change a customer",
)
def change_customer(request: HttpRequest, id: int, body: CustomerChange) -> HttpResponse:  # noqa: A002
    """Changes what is given. For Admins and sales agents."""
    by: Any = request.user
    outcome = acts.edit((Customer, id), by=by, **body.dict(exclude_unset=True))
    return answer(_one(request, id) | warned(outcome))


@router.post(
    "/customers/{id}/sites",
    response={201: SiteAnswer},
    operation_id="create_site",
    summary="Add a site to a customer",
)
def create_site(request: HttpRequest, id: int, body: SiteIn) -> HttpResponse:  # noqa: A002
    """Adds a place where work is done. For Admins and sales agents."""
    by: Any = request.user
    customer = get_object_or_404(visible_to(by, Customer.objects.all()), pk=id)
    outcome = acts.add(Site(customer=customer, **body.dict(exclude_unset=True)), by=by)
    return answer(_site(outcome.row) | warned(outcome), status=201)


def _site(site: Site) -> SiteAnswer:
    return {name: getattr(site, name) for name in _SITE_COLUMNS}  # type: ignore[return-value]


@router.patch(
    "/sites/{id}", response=SiteAnswer, operation_id="change_site", summary="Change a site"
)
def change_site(request: HttpRequest, id: int, body: SiteChange) -> HttpResponse:  # noqa: A002
    """Changes what is given. For Admins and sales agents."""
    by: Any = request.user
    outcome = acts.edit((Site, id), by=by, **body.dict(exclude_unset=True))
    return answer(_site(outcome.row) | warned(outcome))
