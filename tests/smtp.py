"""A real mail server on this machine alone, which keeps what it gets, and fails as it is told."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """What came, and what the server is to answer."""

    def __init__(self, *, pause: float = 0) -> None:
        self.pause = pause
        self.came: list[EmailMessage] = []
        self.to: list[str] = []
        # By address: what is answered to it.
        self.refused: dict[str, str] = {}
        # What is answered to the content of each message in turn, before all is well.
        self.answers: list[str] = []
        self.port = 0
        # At which recipient it hangs up, counted from the first; at each, below none.
        self.hangs_up_at_rcpt: int | None = None
        self._recipients = 0

    @property
    def url(self) -> str:
        """For MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd names them)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Somebody to whom it is."""
        self._recipients += 1
        if self.hangs_up_at_rcpt in {-1, self._recipients - 1}:
            server.transport.abort()
            return "451 Never read"
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (likewise)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """What it says."""
        answer = self.answers.pop(0) if self.answers else "250 Taken"
        await asyncio.sleep(self.pause)
        if answer == "hang":
            await asyncio.sleep(2)
        if not answer[0].isdigit() or answer.startswith("2"):
            content: Any = envelope.content
            self.came.append(email.message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
            self.to += envelope.rcpt_tos
        if answer == "hang up":
            server.transport.abort()
        return answer if answer[0].isdigit() else "250 Taken"


@contextmanager
def serving(mailbox: Mailbox | None = None, *, port: int = 0) -> Iterator[Mailbox]:
    """A mail server, as long as this lasts."""
    mailbox = mailbox or Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=10)
    if not port:
        controller.port = free_port()
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
