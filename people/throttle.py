"""Sign-in is throttled on failures: per account from one address, and per address."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import Sum
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


def too_many(request: HttpRequest, *_: Any) -> HttpResponse:
    """The answer to a throttled sign-in: 429, saying how long to wait."""
    wait = settings.AXES_COOLOFF_TIME
    response = render(
        request,
        "people/too_many_sign_ins.html",
        {"minutes": int(wait.total_seconds() // 60), "until": timezone.now() + wait},
        status=429,
    )
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response
