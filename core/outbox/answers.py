"""What becomes of a message that a channel is given: what it answers, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ledger import Message
from core.outbox.letters import Letter


class NotSent(Exception):
    """It was not taken, and may be later."""


class Away(NotSent):
    """There is nobody to take it: no other message would get through either."""


class NeverSent(Exception):
    """It was not taken, and never will be as it is."""


class Unknown(Exception):
    """It was handed over, and no answer came: nobody knows."""


@dataclass(frozen=True)
class Ready:
    """What is sent, and where to."""

    address: str
    letter: Letter


@dataclass(frozen=True)
class NotNeeded:
    """Nothing is to be sent, and why."""

    why: str


@dataclass(frozen=True)
class Later:
    """It is to wait until then."""

    until: datetime


@dataclass(frozen=True)
class Broken:
    """It could not be made, and why."""

    why: str


Prepared = Ready | NotNeeded | Later | Broken


class Sender(Protocol):
    """A channel, for one run of messages."""

    def prepare(self, messages: Sequence[Message], *, at: datetime) -> list[Prepared]:
        """What each says, by what is true now."""

    def send(self, message: Message, ready: Ready) -> str:
        """Send it; the name that whoever took it has for it, or nothing. Raises the above."""

    def close(self) -> None:
        """Nothing more is sent."""
