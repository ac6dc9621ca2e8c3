"""Sign-in is throttled on failures: per account from one address, and per address."""

import math
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

# An address may fail this many times as often as one account from it.
ADDRESS_FACTOR = 10


class SignInThrottle(AxesDatabaseHandler):
    """Axes with two limits: an account from an address, and ten times as many for the address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Failures in the window, on the scale of the limit for an account from an address."""
        account, address = (
            rows.aggregate(total=Sum("failures_since_start"))["total"] or 0
            for rows in self.get_user_attempts(request, credentials)
        )
        return int(max(account, address // ADDRESS_FACTOR))

    def reset_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> int:
        """A success forgives the account alone: else one good password would free the address."""
        account, _address = self.filter_user_attempts(request, credentials)
        count, _rows = account.delete()
        return int(count)

    def wait(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> timedelta:
        """How long until so many failures are forgotten that this sign-in is let try again."""
        account, address = self.get_user_attempts(request, credentials)
        limit = settings.AXES_FAILURE_LIMIT
        now = timezone.now()
        return max(
            _free_at(account, limit, now=now) - now,
            _free_at(address, limit * ADDRESS_FACTOR, now=now) - now,
        )


def _free_at(failures: QuerySet[Any], limit: int, *, now: datetime) -> datetime:
    total = 0
    rows = failures.order_by("-attempt_time").values_list("attempt_time", "failures_since_start")
    for at, count in rows:
        total += count
        if total >= limit:
            return at + settings.AXES_COOLOFF_TIME  # The newer ones alone are too few.
    return now


def account(_request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that a sign-in names, as far as the table of failures can hold it."""
    return str((credentials or {}).get("username") or "")[:255]


def too_many(
    request: HttpRequest, _refused: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """The answer to a throttled sign-in: 429, saying how long to wait."""
    seconds = math.ceil(SignInThrottle().wait(request, credentials).total_seconds())
    context = {**admin.site.each_context(request), "minutes": math.ceil(seconds / 60)}
    response = render(request, "people/too_many_sign_ins.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
