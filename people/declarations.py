"""What an app has to do when something happens to a person: it declares, and people collects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WithPeople:
    """Paths of functions that take a person: `renamed` writes anew what is found by their name;
    `left_open` says in a sentence what needs somebody else, should they leave, or nothing."""

    renamed: str
    left_open: str
