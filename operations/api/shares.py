"""Shares: who else sees a job, or progresses it."""

from __future__ import annotations

from typing import Any, NotRequired

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import ConfigDict
from typing_extensions import TypedDict

from core.access import require, visible_to
from core.rest.etags import answer
from core.rest.outcomes import warned
from core.rest.pages import Page, PageQuery, page
from core.rest.schemas import Body, example
from operations import acts
from operations.api.named import Key, PersonNamed, ShareLevel, person, person_columns
from operations.models import Job, JobShare

router = Router(tags=["shares"])


@example({"user": {"id": 3, "username": "tech", "name": "Tina Tech"}, "level": "progress"})
class ShareAnswer(TypedDict):
    """With whom a job is shared, and how far. `warnings` are about what was just written."""

    user: PersonNamed
    level: ShareLevel
    warnings: NotRequired[list[str]]


class ShareIn(Body):
    """With whom to share, and how far; sharing again changes how far."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user": 3, "level": "progress"}]})

    user: Key
    level: ShareLevel


def _shares(request: HttpRequest, pk: int) -> QuerySet[JobShare]:
    job: Job = get_object_or_404(visible_to(request.user, Job.objects.all()), pk=pk)
    require(request.user, "view", JobShare)
    return visible_to(request.user, job.shares.order_by())


def _listed(keys: list[int]) -> list[ShareAnswer]:
    rows = JobShare.objects.filter(pk__in=keys).values("level", *person_columns("user"))
    return [_share(row) for row in rows.order_by("pk")]


def _share(row: Any) -> ShareAnswer:
    user: Any = person(row, "user")
    return {"user": user, "level": row["level"]}


@router.get(
    "/jobs/{id}/shares",
    response=Page[ShareAnswer],
    operation_id="list_shares",
    summary="List the shares of a job",
)
def list_shares(request: HttpRequest, id: int, query: Query[PageQuery]) -> HttpResponse:  # noqa: A002
    """With whom the job is shared. For whoever sees it."""
    shares = _shares(request, id)
    return answer(page(request, shares, query, by=["id"], show=_listed))


@router.post(
    "/jobs/{id}/shares",
    response={201: ShareAnswer},
    operation_id="share_job",
    summary="Share a job",
)
def share_job(request: HttpRequest, id: int, body: ShareIn) -> HttpResponse:  # noqa: A002
    """Gives a colleague access to the job. For its owner and Admins."""
    by: Any = request.user
    outcome = acts.share((Job, id), body.user, body.level, by=by)
    return answer(_listed([outcome.row.pk])[0] | warned(outcome), status=201)


@router.delete(
    "/jobs/{id}/shares/{user}",
    response={204: None},
    operation_id="unshare_job",
    summary="End a share",
)
def unshare_job(request: HttpRequest, id: int, user: int) -> Status[None]:  # noqa: A002
    """Takes a colleague's access away again. For the job's owner and Admins."""
    by: Any = request.user
    if not acts.unshare((Job, id), user, by=by).changed:
        raise Http404
    return Status(204, None)
