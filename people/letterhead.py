"""What stands at the head of a paper: the company, as its page says it."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from people.company import Logo, company


@dataclass(frozen=True)
class Letterhead:
    """The company's name and address, and its logo as it stands in a page itself: each empty where
    nobody has said it."""

    name: str
    address: str
    logo: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.address or self.logo)


def letterhead() -> Letterhead:
    """That of the company as it is now. Two statements."""
    row = company()
    logo = Logo.objects.filter(mark=row.logo_mark).first()
    if logo is None:
        return Letterhead(row.name, row.address)
    picture = base64.b64encode(bytes(logo.picture)).decode()
    return Letterhead(row.name, row.address, f"data:{logo.content_type};base64,{picture}")
