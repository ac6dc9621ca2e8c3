"""What stands in a cell of a list.

unfold renders a template for each of its labels and headers, which for fifty rows takes as long as
all else of the page.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

Text = str | Promise | SafeString


def badge(status: str, text: Text) -> SafeString:
    """A word in the colour of a status."""
    return format_html('<span class="jobops-badge" data-status="{}">{}</span>', status, text)


def two_lines(first: Text, second: Text) -> SafeString:
    """What it is, and below it in small what else is to know."""
    # Not by format_html, which takes three times as long: each row of a list has some.
    above, below = conditional_escape(str(first)), conditional_escape(str(second))
    below = SafeString(f" <small>{below}</small>") if second else below
    return SafeString(f'<span class="jobops-two-lines">{above}{below}</span>')


@lru_cache(maxsize=1000)
def bar(done: int, number: int) -> SafeString:
    """How many of how many, and a bar as long as their share; a dash where there are none."""
    if not number:
        return SafeString("–")
    return format_html(
        '<span class="jobops-bar">{}/{}<progress max="{}" value="{}" aria-hidden="true">'
        "</progress></span>",
        *(done, number, number, done),
    )
