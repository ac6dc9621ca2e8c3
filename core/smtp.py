"""SMTP, as Django does it; and it is known whether a message that failed may have arrived."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

_END_OF_DATA = b"\r\n.\r\n"


class _Tells:
    """Tells whether a whole message was handed over last, its end included: from then on until the
    server answers, nobody knows whether it took it."""

    is_handed_over = False

    def send(self, s: Any) -> None:
        """As smtplib does."""
        self.is_handed_over = False
        super().send(s)  # type: ignore[misc]  # A mixin.
        self.is_handed_over = isinstance(s, bytes) and s.endswith(_END_OF_DATA)


class _Plain(_Tells, smtplib.SMTP):
    pass


class _Secure(_Tells, smtplib.SMTP_SSL):
    pass


class Backend(EmailBackend):
    """Django's, on a connection that tells."""

    @property
    def connection_class(self) -> type[_Plain | _Secure]:
        """As Django's."""
        return _Secure if self.use_ssl else _Plain

    @property
    def is_handed_over(self) -> bool:
        """Was a whole message handed over last, to which there may be no answer yet?"""
        return bool(getattr(self.connection, "is_handed_over", False))
