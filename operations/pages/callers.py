"""Who calls: customers as they are found while somebody types, and what is known of one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core.access import require, visible_to
from core.backoffice.panels import Link, mail_link, phone_link
from operations.models import Customer, Job, Site
from operations.pages import job_panels

# How many are offered at once.
MOST = 8


def found(request: HttpRequest) -> JsonResponse:
    """The customers whose name, contact, phone, e-mail or address has the words, active ones first;
    one that is found by a site comes with it."""
    require(request.user, "add", Job)
    words = request.GET.get("q", "").strip()[:200]
    if "\0" in words:
        raise BadRequest(_("This character cannot be used in text."))
    if not words:
        return JsonResponse({"found": []})
    rows = visible_to(request.user, Customer.objects.matching(words))
    customers = list(rows.order_by("-is_active", "name", "pk")[:MOST])
    answer = [_choice(customer) for customer in customers]
    if len(customers) < MOST:
        sites = visible_to(request.user, Site.objects.matching(words))
        others = sites.exclude(customer__in=customers).select_related("customer")
        named = others.order_by("-customer__is_active", "customer__name", "name", "pk")
        answer += [_choice(site.customer, site) for site in named[: MOST - len(customers)]]
    return JsonResponse({"found": answer})


def _choice(customer: Customer, site: Site | None = None) -> dict[str, Any]:
    details = [customer.contact_name, customer.phone]
    if site:
        details = [site.own_name, " ".join(site.address.split())]
    if not customer.is_active:
        details.append(_("not active"))
    return {
        "id": customer.pk,
        "text": customer.name,
        "meta": " · ".join(filter(None, details)),
        "site": site.pk if site else None,
        "barred": not customer.is_active,
    }


def one(request: HttpRequest, pk: int) -> JsonResponse:
    """A customer: their sites, and what they have open or had lately, as far as it is seen."""
    require(request.user, "add", Job)
    customer = get_object_or_404(visible_to(request.user, Customer.objects.filter(pk=pk)))
    known = about(request, customer)
    sites = [{"id": each.pk, "text": site_text(each)} for each in known["sites"]]
    html = render_to_string("operations/caller.html", known, request)
    return JsonResponse({"id": pk, "text": customer.name, "sites": sites, "html": html})


def about(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What stands beside a new job of theirs."""
    jobs = visible_to(request.user, Job.objects.filter(customer=customer))
    everything = job_panels.jobs_url(customer__id__exact=customer.pk)
    more = Link(everything, _("All jobs of %(name)s") % {"name": customer})
    return {
        "caller": customer,
        "phone": phone_link(customer.phone),
        "mail": mail_link(customer.email),
        "sites": list(sites_of(request, customer)),
        "open_jobs": job_panels.open_jobs(jobs, of=customer),
        "past_jobs": job_panels.past_jobs(jobs, of=customer, more=more),
        "more": more,
    }


def sites_of(request: HttpRequest, customer: Customer) -> Any:
    """Their sites, as far as the person sees them."""
    return visible_to(request.user, Site.objects.filter(customer=customer)).order_by("name", "pk")


def site_text(site: Site) -> str:
    """A site among those of its customer: its name, and where it is."""
    address = " ".join(site.address.split())
    return ", ".join(filter(None, [site.own_name, address]))
