"""What is kept of a text, what counts as the same, and what a search looks through."""

from __future__ import annotations

import pytest

from core.text.typed import folded, one_line, searchable, several_lines
from operations.models import Customer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ärztehaus Nord", "ärztehaus nord"),
        ("ÄRZTEHAUS NORD", "ärztehaus nord"),
        ("Sommer & Thal", "Sommer\N{NO-BREAK SPACE}&  Thal "),
        ("Nord", "Nord\N{ZERO WIDTH SPACE}"),
        ("Nord", "\N{ZERO WIDTH NO-BREAK SPACE}Nord"),
        ("Nord", "No\N{SOFT HYPHEN}rd"),
        ("Nord", "\N{RIGHT-TO-LEFT OVERRIDE}Nord"),
        ("Nord", "N\x07ord\x00"),
        ("Nord Ost", "Nord\N{BRAILLE PATTERN BLANK}Ost"),
        ("Nord Ost", "Nord\n\tOst"),
        ("\N{LATIN CAPITAL LETTER A WITH DIAERESIS}x", "A\N{COMBINING DIAERESIS}x"),
        ("Straße", "STRASSE"),
        ("Ⅷ", "ⅷ"),
        ("SN-Q1", "sn\N{HYPHEN}q1"),
        ("SN-Q1", "SN\N{NON-BREAKING HYPHEN}Q1"),
        ("Nord", "Nord\uffff\ufdd0"),
        ("Nord", "Nord\N{OBJECT REPLACEMENT CHARACTER}\N{MUSICAL SYMBOL NULL NOTEHEAD}"),
        ("Nord", "Nord\ue000"),
        ("", "\N{HANGUL FILLER}\N{WORD JOINER} \n"),
    ],
)
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Café", "Cafe"), ("Nord 1", "Nord 2"), ("NordOst", "Nord Ost"), ("ß", "s")]
)
def test_what_differs_to_the_eye_stays_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("m²", "m2"), ("Hall ①", "Hall 1"), ("№ 7", "No 7"), ("½ t", "1⁄2 t")]
)
def test_what_reads_alike_and_is_written_apart_is_two_names_and_one_search(
    one: str, other: str
) -> None:
    assert folded(one) != folded(other)
    assert searchable(one) == searchable(other)


def test_a_ligature_is_its_letters() -> None:
    assert (folded("ﬁne"), searchable("ﬁne")) == ("fine", "fine")


def test_folding_twice_is_folding_once() -> None:
    for text in ("İstanbul", "ǰ", "ΰ", "Ärzte \u200b Haus", "ﬁ", "A\u030a"):
        assert folded(folded(text)) == folded(text)
        assert searchable(searchable(text)) == searchable(text)


def test_what_a_search_looks_through_is_found_by_itself() -> None:
    # Of each sign up to the Chinese ones: what a step lays bare is read by those before it, too.
    for sign in map(chr, (*range(0x80, 0x3400), *range(0xFB00, 0xFFFE))):
        found = searchable(f"a{sign}b")
        assert (sign, searchable(found)) == (sign, found)
    assert searchable("Ǿrsted Ħal ŧ Ǽgir") == "orsted hal t aegir"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Boiler\nBcc: x  ", "Boiler Bcc: x"),
        ("Boiler\r\n\tservice", "Boiler service"),
        ("Boiler\x1b[31m", "Boiler[31m"),
        ("Boiler\x00", "Boiler\x00"),
        ("\x00", "\x00"),
        ("Boiler\u2028two", "Boiler two"),
        ("\u202eexe.Boiler", "exe.Boiler"),
        ("A\u0308rzte  Haus", "Ärzte  Haus"),
        ("\u200b\u2060", ""),
        ("\u3164", ""),
        ("\ue000\ufffc", ""),
        ("👨\u200d👩\u200d👧 family", "👨\u200d👩\u200d👧 family"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_line_is_kept_without_line_breaks_and_what_nobody_sees(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


def test_a_text_keeps_its_lines_which_end_alike() -> None:
    assert several_lines(" one\r\ntwo\rthree\n\nfour\x0b\x07 ") == "one\ntwo\nthree\n\nfour"
    assert several_lines("\u200b\n\u200b") == ""


def test_a_search_looks_past_accents_case_and_typography() -> None:
    assert searchable("Bäckerei CAFÉ Łódź Ørsted", "O’Brien – Søn", "ﬁne ① Œuvre") == (
        "backerei cafe lodz orsted o'brien - son fine 1 oeuvre"
    )
    # A mark that is a letter of its script stays.
    assert searchable("हिन्दी") != searchable("हनद")


def test_to_the_database_our_fields_are_those_of_django() -> None:
    _name, line, _args, found = Customer._meta.get_field("name").deconstruct()
    assert (line, found["max_length"]) == ("django.db.models.CharField", 200)
    _name, text, _args, found = Customer._meta.get_field("notes").deconstruct()
    assert (text, "max_length" in found) == ("django.db.models.TextField", False)


def test_long_runs_of_blanks_cost_no_more_than_their_length() -> None:
    assert one_line("x" + " " * 1_000_000 + "\n" + " " * 1_000_000 + "y").startswith("x ")


@pytest.mark.parametrize(
    "text", ["", "  ", "".join(map(chr, range(32, 127))), " Main   House ", "SN-Q1'\"", "0"]
)
def test_plain_text_is_read_at_once_as_it_is_step_by_step(text: str) -> None:
    # What nobody sees is no part of it, and makes a text that is not plain.
    unseen = f"{text}\N{SOFT HYPHEN}"
    for read in (one_line, several_lines, folded, searchable):
        assert read(text) == read(unseen)


def test_marks_beyond_any_writing_are_left_out_and_cost_no_more_than_their_length() -> None:
    heap = "a" + "\N{COMBINING ACUTE ACCENT}\N{COMBINING GRAVE ACCENT BELOW}" * 500_000 + "b"
    assert [len(read(heap)) for read in (one_line, several_lines, folded)] == [31, 31, 31]
    assert searchable(heap) == "ab"
    some = "a" + "\N{COMBINING GRAVE ACCENT BELOW}" * 30 + "b"
    assert several_lines(some * 100) == some * 100
