"""Somebody who walks past the addresses, and notes where a fault happened."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable
from typing import Any

from django.test import Client
from django.test.client import RedirectCycleError

from tests.operations.pages import fields
from tests.walk.addresses import Address, Chance, questions, sent, typed, with_others
from tests.walk.company import Company

# Ends the session of who walks.
LEAVES = {"logout", "sign_out"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Walker:
    """Asks, types and sends as somebody of a company; `faults` by where they happened."""

    def __init__(self, company: Company, chance: Chance) -> None:
        self.company, self.chance = company, chance
        self.faults: dict[str, str] = {}
        self.client = Client(raise_request_exception=False)
        self.client.force_login(company.person, backend=BACKEND)

    def read(self, addresses: Iterable[Address]) -> None:
        """Ask what can be asked of each."""
        for address in addresses:
            if "get" in address.methods and address.name not in LEAVES:
                for asked in questions(address, self._places(address), self.chance):
                    self._request("get", asked)
                if address.name.endswith("_changelist"):
                    # Some keep what was asked: it must not shut them.
                    self._request("get", self._plain(address), follow=True)

    def sees(self, address: Address) -> bool:
        """Is there a page for them, asked with nothing but what leads to it?"""
        asked = with_others(address, "")
        page = self._request("get", f"{self._plain(address)}?{asked}", follow=True)
        return page is not None and page.status_code == 200

    def ask(self, address: Address, query: str) -> None:
        """Ask an address this."""
        self._request("get", f"{self._plain(address)}?{query}")

    def type(self, addresses: Iterable[Address]) -> None:
        """Send each page what it shows, with a field changed to what nobody would type."""
        for address in sorted(addresses, key=lambda each: "delete" in each.name):
            if address.name in LEAVES:
                continue
            page = self._request("get", self._plain(address))
            shown = page is not None and page.status_code == 200 and not page.streaming
            forms = shown and b"<form" in page.content
            form = fields(page) if forms else {}
            for _each in range(self.chance.values):
                self._request("post", self._plain(address), typed(form, self.chance.draw))

    def send(self, addresses: Iterable[Address]) -> None:
        """Call each with bodies that no program would send."""
        for address in sorted(addresses, key=lambda each: "delete" in each.methods):
            if address.methods == ("get",) or address.name in LEAVES:
                continue
            for _each in range(self.chance.values):
                body = json.dumps(sent(address, self.chance.draw))
                how = {"content_type": "application/json"}
                self._request(address.methods[0], self._plain(address), body, **how)

    def _plain(self, address: Address) -> str:
        return address.path.format(**self._places(address))

    def _places(self, address: Address) -> dict[str, Any]:
        return self.company.places(address.model, address.path)

    def _request(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        asked = f"{method} {path} {body or ''!r}"[:300]
        try:
            response = getattr(self.client, method)(path, body, **how)
            if response.streaming:
                b"".join(response.streaming_content)
        except Exception as error:
            self._note(asked, error)
            return None
        if response.status_code >= 500:
            exc_info = getattr(response, "exc_info", None) or (None, None)
            self._note(asked, exc_info[1])
        return response

    def _note(self, asked: str, error: BaseException | None) -> None:
        if isinstance(error, RedirectCycleError):
            error = None
            asked += " leads round and round"
        frames = traceback.extract_tb(error.__traceback__)[-6:] if error else []
        where = "\n".join(f"    {f.filename}:{f.lineno} {f.name}" for f in frames)
        self.faults.setdefault(where or asked, f"{asked}\n  {error!r:.300}\n{where}")
