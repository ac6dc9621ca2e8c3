"""The region: its formats are those of Django's locales, and what pages show can be typed."""

from __future__ import annotations

from pathlib import Path

import django.conf.locale
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import get_format

from core.formats.en import formats
from core.text.region import meant, region
from tests.conftest import SetRegion

LOCALES = Path(django.conf.locale.__file__).parent


@pytest.mark.parametrize("code", ["", "de", "de-", "-AT", "de-at", "DE-AT", "tlh-AT", "de-XX"])
def test_what_is_no_region_is_refused(code: str) -> None:
    with pytest.raises(
        ValueError, match=f"^{code.partition('-')[0] if code == 'tlh-AT' else code}$"
    ):
        region(code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("de_AT", "de-AT"), ("de-at", "de-AT"), ("de_AT.UTF-8", "de-AT"), (" de-AT ", "de-AT")),
        *(("en-UK", "en-GB"), ("DE-AT", "de-AT"), ("de", ""), ("Vienna", ""), ("", "")),
    ],
)
def test_a_region_written_another_way_is_known(text: str, code: str) -> None:
    assert meant(text) == code


@pytest.mark.parametrize(
    ("code", "short", "clock", "first", "paper"),
    [
        ("en-GB", "j M Y", "H:i", 1, "A4"),
        ("en-US", "m/d/Y", "g:i A", 0, "Letter"),
        ("en-CA", "Y-m-d", "g:i A", 0, "Letter"),
        ("en-AU", "d/m/Y", "g:i A", 0, "A4"),
        # Written as in Great Britain, where Django has nothing of the country itself.
        ("en-NZ", "j M Y", "H:i", 1, "A4"),
        ("en-PH", "m/d/Y", "g:i A", 0, "Letter"),
        ("de-AT", "d.m.Y", "H:i", 1, "A4"),
        ("de-CH", "d.m.Y", "H:i", 1, "A4"),
        ("fr-CA", "Y-m-d", "H:i", 0, "Letter"),
        ("es-MX", "d/m/Y", "H:i", 1, "Letter"),
        ("fi-FI", "j.n.Y", "G.i", 1, "A4"),
        ("zh-CN", "Y年n月j日", "H:i", 1, "A4"),
        ("zh-TW", "Y年n月j日", "H:i", 1, "A4"),
    ],
)
def test_days_times_weeks_and_paper_are_as_in_the_region(
    code: str, short: str, clock: str, first: int, paper: str
) -> None:
    it = region(code)
    names = ("SHORT_DATE_FORMAT", "TIME_FORMAT", "FIRST_DAY_OF_WEEK")
    assert ([it.formats[name] for name in names], it.paper) == ([short, clock, first], paper)
    assert it.formats["SHORT_DATETIME_FORMAT"] == f"{short}, {clock}"


def test_every_locale_of_djangos_has_times_that_can_be_typed() -> None:
    languages = {path.parent.name.split("_")[0] for path in LOCALES.glob("*/formats.py")}
    assert len(languages) > 60
    clocks = {region(f"{language}-AT").formats["TIME_FORMAT"] for language in languages}
    assert clocks == {"H:i", "G:i", "G.i", "g:i A"}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_formats_are_the_regions_in_each_language(language: str, set_region: SetRegion) -> None:
    with translation.override(language):
        assert get_format("SHORT_DATE_FORMAT") == "j M Y"
        set_region("en-US")
        formats = [get_format(name) for name in ("SHORT_DATE_FORMAT", "TIME_FORMAT")]
        assert (formats, get_format("FIRST_DAY_OF_WEEK")) == (["m/d/Y", "g:i A"], 0)


def test_what_a_region_does_not_say_is_djangos() -> None:
    assert not hasattr(formats, "DATETIME_INPUT_FORMATS")
    assert get_format("DATETIME_INPUT_FORMATS")[0] == "%Y-%m-%d %H:%M:%S"
