"""Every address of the product, and what it is asked with that nobody would type."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver

from core.rest.api import api

# As they stand in an address.
EXTREMES = (
    "",
    "0",
    "1",
    "-1",
    "1.5",
    str(2**63),
    "1" + "0" * 30,
    "x",
    "true",
    "%00",
    "a%00b",
    "%ED%A0%80",  # Half a character.
    "%FF",
    "%D9%A3",  # A digit to Python, though nobody here types it.
    "%C2%B2",  # A digit, and no number.
    "x" * 5000,
    "0001-01-01",
    "2026-02-30",
    "9999-12-31",
    "10000-01-01",
    "=1%2B1",
    "1,x",
    "1:1,2:x",
    f"1:{2**63}",
    "%25",
)
# In the place of a row's key.
KEYS = (
    "0",
    "-1",
    "x",
    str(2**63),
    "1" + "0" * 30,
    "a%00b",
    "%ED%A0%80",
    "x" * 5000,
    "_0A",
    "%D9%A3",
)

# Beside the filters of a list and the fields of a form.
_LIST = ("p", "o", "q", "all", "e", "_popup", "_to_field", "_changelist_filters", "_facets", "none")
_LOOKUPS = ("", "__exact", "__id__exact", "__isnull", "_from", "_to")
_FORM = ("_popup", "_to_field", "_changelist_filters", "copy", "edit", "none")
_NONE: tuple[str, ...] = ()
_ASKED = ("from", "to", "technician", "owner", "customer", "priority")
# What each page reads that is neither the list nor the form of a model.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "index": _NONE,
    "search": ("s", "page", "extended"),
    "audit_log": (
        "person",
        "since",
        "until",
        "door",
        "kind",
        "words",
        "object",
        "cursor",
        "format",
        "entry",
    ),
    "profile": _NONE,
    # As the lists, whose filters it reads.
    "export": (*_LIST, "keys", "attention", "status", "scheduled_date_from", "customer__id__exact"),
    **dict.fromkeys(
        ["exports", "export_all", "export_file", "export_download", "export_remove"], _NONE
    ),
    "company": _NONE,
    "analytics": ("period", *_ASKED),
    "analytics_rows": (*_ASKED, "equipment", "p"),
    **dict.fromkeys(["analytics_table", "analytics_paper", "analytics_pdf"], ("period", *_ASKED)),
    "own_name": _NONE,
    "skip_step": _NONE,
    "company-logo": _NONE,
    "notices": _NONE,
    "ledger": ("words", "kind", "state", "day", "before"),
    **dict.fromkeys(
        ["ledger_message", "ledger_again", "ledger_arrived", "ledger_dismiss", "ledger_test"], _NONE
    ),
    **dict.fromkeys(["background_run", "background_again", "background_dismiss"], _NONE),
    "background": ("failed", "p"),
    "imports": ("kind", "before"),
    "import": ("kind", "cursor"),
    **dict.fromkeys(
        [
            "import_template",
            "import_match",
            "import_progress",
            "import_again",
            "import_apply",
            "import_stop",
            "import_discard",
            "import_undo",
            "import_file",
            "import_refused",
        ],
        _NONE,
    ),
    "stop-mail": ("of",),
    "forgotten-password": _NONE,
    "login": ("next", "again"),
    "logout": ("next",),
    "password_change": _NONE,
    "password_change_done": _NONE,
    "autocomplete": ("app_label", "model_name", "field_name", "term", "page", "named", "customer"),
    "jsi18n": _NONE,
    "view_on_site": _NONE,
    "app_list": _NONE,
    **dict.fromkeys(["operations_job_bulk", "operations_job_undo"], ("jobs", "act")),
    "operations_job_events": ("cursor",),
    "operations_job_when": ("text", "job"),
    "operations_job_callers": ("q",),
    "operations_job_caller": _NONE,
    "operations_job_day": ("technician", "day"),
    "operations_job_day_pdf": ("technician", "day"),
    **dict.fromkeys(
        [f"operations_job_{name}{form}" for name in ("sheet", "report") for form in ("", "_pdf")],
        _NONE,
    ),
    "operations_job_hand_over": ("person", "owner", "technicians"),
    "operations_equipment_use": ("cursor",),
    "people_user_password_link": _NONE,
    "people_user_mail_works": _NONE,
    "auth_user_password_change": _NONE,
    "set-password": ("link",),
    "my-day": ("days",),
    "my-day-worker": _NONE,
    "api-docs": _NONE,
    "api-redoc": _NONE,
    **dict.fromkeys(
        [
            f"operations_job_{name}"
            for name in (
                "start",
                "hold",
                "resume",
                "complete",
                "cancel",
                "reopen",
                "share",
                "unshare",
                "progress",
            )
        ],
        _NONE,
    ),
}
# What makes an address answer more than it does by itself.
GIVEN: dict[str, tuple[str, ...]] = {
    "autocomplete": (
        "app_label=operations&model_name=job&field_name=customer",
        "app_label=operations&model_name=job&field_name=site",
        "app_label=operations&model_name=job&field_name=owner&named=1",
        "app_label=operations&model_name=task&field_name=equipment",
    ),
    "operations_job_hand_over": ("person=1&owner=2&technicians=3",),
    "audit_log": ("kind=job&object=1", "format=csv"),
    "analytics_rows": ("equipment=1",),
    "search": ("s=lane", "s=j-1&extended=1"),
    "export": ("keys=1,2", "attention=open&o=1"),
}


@dataclass(frozen=True)
class Address:
    """An address with `{places}` for keys; `model` is whose rows they name."""

    name: str
    path: str
    parameters: tuple[str, ...] = ()
    model: str = ""
    methods: tuple[str, ...] = ("get", "post")
    body: tuple[str, ...] = ()

    @property
    def places(self) -> list[str]:
        """The names of the places."""
        return re.findall(r"{(\w+)}", self.path)


@cache
def pages() -> tuple[Address, ...]:
    """Every page, the API aside. Raises KeyError for one that PARAMETERS does not know."""
    return tuple(_page(name, route) for name, route in _routes(get_resolver().url_patterns))


def _routes(patterns: Any, before: str = "") -> Iterator[tuple[str | None, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name, route
        elif isinstance(pattern, URLResolver) and route != "api/":
            yield from _routes(pattern.url_patterns, route)


def _page(name: str | None, route: str) -> Address:
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
    path = re.sub(r"\^?\(\?P<(\w+)>.*\)(/?)\$$", r"{\1}\2", path)
    named = re.match(r"/admin/(auth|operations|people)/(\w+)/", path)
    model = ".".join(named.groups()) if named else ""
    if not name:  # It leads elsewhere.
        return Address(path, path, model=model)
    return Address(name, path, _parameters(name, model), model)


def _parameters(name: str, label: str) -> tuple[str, ...]:
    if name in PARAMETERS:
        return PARAMETERS[name]
    model = apps.get_model(label)
    kind = name.removeprefix(label.replace(".", "_") + "_")
    fields = tuple(field.name for field in model._meta.get_fields())
    pages: Any = admin.site._registry[model]
    return {
        "changelist": (*_LIST, *_filters(pages)),
        "add": (*_FORM, *fields),
        "change": _FORM,
        "delete": _FORM,
        "history": ("cursor", "entry"),
    }[kind]


def _filters(pages: ModelAdmin[Any]) -> Iterator[str]:
    """What the filters of a list read, and what others would."""
    for each in pages.list_filter:
        if hasattr(each, "parameters"):
            yield from each.parameters()
            continue
        if isinstance(each, type):
            yield each.parameter_name  # type: ignore[attr-defined]
            continue
        name = each if isinstance(each, str) else each[0]
        yield from (f"{name}{lookup}" for lookup in _LOOKUPS)


@cache
def calls() -> tuple[Address, ...]:
    """Every address of the API, as its schema says."""
    schema = api.get_openapi_schema()
    parts = schema["components"]["schemas"]
    return tuple(
        Address(
            operation["operationId"],
            path,
            tuple(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"),
            methods=(method,),
            body=_body(operation, parts),
        )
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    )


def _body(operation: Any, parts: Any) -> tuple[str, ...]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        found = content["schema"]
        found = next(iter(found.get("anyOf", [found])))
        return tuple(parts[found["$ref"].rsplit("/", 1)[1]]["properties"])
    return ()


# What is asked

# Two values of one parameter.
_DOUBLED = ("1", "2"), ("", "x"), ("tool", "vehicle"), ("yes", "no"), ("x", "x")


@dataclass(frozen=True)
class Chance:
    """How much of all that can be asked somebody asks: a share of the parameters, and so many
    values of each."""

    draw: random.Random
    share: float
    values: int
    # Whether they ask for extremes too: who sees most is dealt all of them (dealt.py).
    extremes: bool = True

    def some(self, choices: tuple[Any, ...]) -> list[Any]:
        """So many of these."""
        return self.draw.sample(choices, min(self.values, len(choices)))

    def parameters(self, address: Address) -> list[str]:
        """The parameters of an address that are tried."""
        return [name for name in address.parameters if self.draw.random() < self.share]


def questions(address: Address, keys: dict[str, Any], chance: Chance) -> Iterator[str]:
    """What is asked of an address by GET; `keys` holds a key for each place."""
    plain = address.path.format(**keys)
    yield plain
    for place in address.places:
        for key in chance.some(KEYS):
            yield address.path.format(**{**keys, place: key})
    for given in GIVEN.get(address.name, ()):
        yield f"{plain}?{given}"
    for name in chance.parameters(address):
        for value in chance.some(EXTREMES) if chance.extremes else ():
            yield f"{plain}?{with_others(address, f'{name}={value}')}"
        one, other = chance.draw.choice(_DOUBLED)
        yield f"{plain}?{with_others(address, f'{name}={one}&{name}={other}')}"


def with_others(address: Address, text: str) -> str:
    """With what the address needs to come to it."""
    first = GIVEN.get(address.name, ("",))[0]
    # The later one counts where one is said twice.
    return f"{first}&{text}" if first else text


# What is sent

TYPED = (
    "",
    "0",
    "-1",
    str(2**63),
    "1" + "0" * 30,
    "x",
    "a\0b",
    "\ufffd",
    "x" * 5000,
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "25:61",
    "on",
    "²",
    "1e400",
)
SENT: tuple[Any, ...] = (
    *TYPED,
    None,
    True,
    0,
    -1,
    2**63,
    10**30,
    1e308,
    "\ud800",
    [],
    [None],
    ["x", "x"],
    [2**63],
    {},
    {"title": "\0"},
)


def typed(fields: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A form as it stands but for one field, which holds what nobody would type."""
    if not fields:
        return {"x": chance.choice(TYPED)}
    name = chance.choice(sorted(fields))
    value = chance.choice(TYPED)
    return {**fields, name: [value, chance.choice(TYPED)] if chance.random() < 0.2 else value}


def sent(address: Address, chance: random.Random) -> Any:
    """A body of a call, some of its fields extreme."""
    if not address.body or chance.random() < 0.1:
        return chance.choice(SENT)
    names = chance.sample(address.body, chance.randint(1, min(3, len(address.body))))
    return {name: chance.choice(SENT) for name in names}
