"""What an app has to do when something happens to a person: it declares, and people collects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class PersonHooks:
    """Paths of functions that take a person: `renamed` writes anew what is found by their name;
    `left_open` says in a sentence what needs somebody else, should they leave, or nothing."""

    renamed: str
    left_open: str


@dataclass(frozen=True)
class Step:
    """A step from an empty installation to the first job: what to do, and the page where it is
    done, by the name of its URL. It is done once there are `least` rows of `model`, of those that
    have these values."""

    name: str
    title: str | Promise
    text: str | Promise
    verb: str | Promise
    icon: str
    url: str
    model: str
    place: int
    least: int = 1
    having: Mapping[str, Any] = field(default_factory=dict)
