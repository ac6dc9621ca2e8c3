"""What is dialled of a phone number, as people of many countries write it."""

from __future__ import annotations

import pytest

from core.backoffice.panels import phone_link
from core.text.phones import dialled


@pytest.mark.parametrize(
    ("written", "number"),
    [
        # The 0 in brackets is for calls from within the country.
        ("+44 (0)20 7946 0018, gate 2", "+442079460018"),
        ("+44(0)2079460018", "+442079460018"),
        ("(+44) (0)20 7946 0018", "+442079460018"),
        ("0044 ( 0 ) 20 7946 0018", "00442079460018"),
        ("+33 (0)1.23.45.67.89", "+33123456789"),
        ("+353 (0) 1 234 5678", "+35312345678"),
        ("+49 (030) 1234567", "+49301234567"),
        ("+86 (0755) 1234 5678", "+8675512345678"),
        ("(0)20 7946 0018", "02079460018"),
        ("(020) 7946 0018", "02079460018"),
        ("0 (212) 555 01 23", "02125550123"),
        # Italy and San Marino dial it from abroad as well.
        ("+39 (0)6 698 82382", "+390669882382"),
        ("+39 06 698 82382", "+390669882382"),
        ("+378 (0)549 882914", "+3780549882914"),
        # Digits in brackets that are an area code.
        ("+1 (212) 555-0123", "+12125550123"),
        ("+55 (11) 98765-4321", "+5511987654321"),
        ("8 (800) 555-35-35", "88005553535"),
        ("+7 (49624) 1-23-45", "+74962412345"),
        # A stroke after an area code, and after a whole number.
        ("0732/7788-0", "073277880"),
        ("0 30 / 12 34 56", "030123456"),
        ("0032 (0)475/12.34.56", "0032475123456"),
        ("0049 (0)33203 / 12345", "00493320312345"),
        ("020 7946 0018 / 020 7946 0019", "02079460018"),
        ("+61 (0)2 9876 5432 / +61 (0)2 9876 5433", "+61298765432"),
        ("+44 20 7946 0018 +44 20 7946 0019", "+442079460018"),
        # Extensions, and what is said before and after.
        ("212.555.0123 ext. 45", "2125550123"),
        ("+1 212 555 0123 x45", "+12125550123"),
        ("+44 20 7946 0018#45", "+442079460018"),
        ("+43 1 555 0140 DW 12", "+4315550140"),
        ("+47 22 12 34 56 (24h)", "+4722123456"),
        ("1-800-555-0123 (toll free)", "18005550123"),
        ("tel.: +31 (0)20-1234567", "+31201234567"),
        ("Gate 2, 020 7946 0018", "02079460018"),
        ("Room 101: 020 7946 0018", "02079460018"),
        # Signs of other keyboards.
        ("+49\N{NO-BREAK SPACE}89\N{EN DASH}123456", "+4989123456"),
        ("\uff10\uff13-\uff11\uff12\uff13\uff14-\uff15\uff16\uff17\uff18", "0312345678"),
        ("\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "012345678"),
        # Short numbers, and none.
        ("555 0140", "5550140"),
        ("112", "112"),
        ("ask at gate 12", ""),
        ("", ""),
    ],
)
def test_what_is_dialled_is_the_first_number_without_what_stands_around_it(
    written: str, number: str
) -> None:
    assert dialled(written) == number


def test_a_number_of_the_back_office_calls_what_is_dialled_of_it() -> None:
    written = "+44 (0)20 7946 0018, gate 2"
    assert phone_link(written) == f'<a href="tel:+442079460018">{written}</a>'
    assert phone_link("ask at gate 12") == "ask at gate 12"
