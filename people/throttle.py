"""Sign-in is throttled on failures: per account from one address, and per address.

Tokens that we never gave out count for their address. Good ones are never throttled.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import admin
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from core.rest.problems import problem
from people.user_queries import typed_name

if TYPE_CHECKING:
    from people.models import User

# An address may fail this many times as often as one account from it.
ADDRESS_FACTOR = 10
# What stands in place of a user name where a token was shown; no user name has these signs.
TOKEN = "(token)"  # noqa: S105 (it is none)


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

    def count_token(self, request: HttpRequest) -> None:
        """Count a token that is none of ours; too many of them are answered as `too_many` says."""
        AxesProxyHandler.update_request(request)
        if not self._address_is_shut(request):
            self._add_token(request)
        # What axes' middleware looks at, as after a sign-in that fails.
        request.axes_locked_out = self._address_is_shut(request)  # type: ignore[attr-defined]

    def forgive(self, request: HttpRequest, user: User) -> None:
        """Forget the failures of an account that a program has signed in to from here."""
        self.reset_user_attempts(request, {"username": user.get_username()})

    def _address_is_shut(self, request: HttpRequest) -> bool:
        _account, address = self.get_user_attempts(request)
        total = address.aggregate(total=Sum("failures_since_start"))["total"] or 0
        return bool(total >= settings.AXES_FAILURE_LIMIT * ADDRESS_FACTOR)

    def _add_token(self, request: Any) -> None:
        from axes.models import AccessAttempt

        self.clean_expired_user_attempts(request)
        # A row a minute, so that each failure is forgotten in its time.
        attempt, new = AccessAttempt.objects.get_or_create(
            username=TOKEN,
            ip_address=request.axes_ip_address,
            user_agent=f"{request.axes_attempt_time:%H:%M}",
            defaults={"failures_since_start": 1, "path_info": request.path[:255]},
        )
        if not new:
            same = AccessAttempt.objects.filter(pk=attempt.pk)
            same.update(failures_since_start=F("failures_since_start") + 1)


def _free_at(failures: QuerySet[Any], limit: int, *, now: datetime) -> datetime:
    total = 0
    rows = failures.order_by("-attempt_time").values_list("attempt_time", "failures_since_start")
    for at, count in rows:
        total += count
        if total >= limit:
            return at + settings.AXES_COOLOFF_TIME  # The newer ones alone are too few.
    return now


def account(_request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that a sign-in names, however it is spelled, as far as the table of failures can
    hold it."""
    return typed_name(str((credentials or {}).get("username") or ""))[:255]


def too_many(
    request: HttpRequest, _refused: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """The answer to a throttled sign-in: 429, saying how long to wait."""
    seconds = math.ceil(SignInThrottle().wait(request, credentials).total_seconds())
    if request.path.startswith("/api/"):
        response = problem(429, _wait_text(seconds))
    else:
        response = _page(request, seconds)
    response["Retry-After"] = str(seconds)
    return response


def _page(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "minutes": math.ceil(seconds / 60),
        # What somebody typed while their session ended outlives the wait
        # (core/backoffice/kept_forms.py).
        "kept": request.POST.get("kept", ""),
    }
    return render(request, "people/too_many_sign_ins.html", context, status=429)


def _wait_text(seconds: int) -> str:
    return ngettext(
        "Too many failed sign-ins. Try again in %(count)d second.",
        "Too many failed sign-ins. Try again in %(count)d seconds.",
        seconds,
    ) % {"count": seconds}
