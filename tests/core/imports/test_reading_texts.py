"""Text files: encodings, delimiters and quotes, found or chosen."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports.delimited import MOST_COLUMNS
from core.imports.encodings import ENCODINGS, encoding_of
from core.imports.reading import DELIMITERS, Form, Table, UnusableFile, opened
from tests.core.imports.test_reading import why_not

GRUEN = "name;city\r\nGrün & Söhne;Köln\r\n"


def table_of(data: bytes, form: Form | None = None) -> Table:
    return opened(io.BytesIO(data), "table.csv", form or Form())


def rows(table: Table) -> list[list[object]]:
    return [list(record.cells.values()) for record in table.records()]


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
    ],
)
def test_the_encoding_is_found(codec: str, found: str) -> None:
    table = table_of(GRUEN.encode(codec))
    assert (table.encoding, table.delimiter) == (found, ";")
    assert rows(table) == [["Grün & Söhne", "Köln"]]


ON_A_MAC = "name,city\rMüller & Söhne,Köln Straße\rÄrztehaus,Françoise Lefèvre’s\r"


def test_a_file_of_excel_for_mac_is_found() -> None:
    table = table_of(ON_A_MAC.encode("mac-roman"))
    assert table.encoding == "mac-roman"
    assert rows(table) == [
        ["Müller & Söhne", "Köln Straße"],
        ["Ärztehaus", "Françoise Lefèvre’s"],
    ]


@pytest.mark.parametrize(
    "text", ["Řešeř žluť", "ışığı dağ", "nők fűtő", "Łódź ąę", "مرحبا بكم", "株式会社", "🙂🙂"]
)
def test_one_wrong_byte_turns_no_language_into_another(text: str) -> None:
    data = "\n".join(["name", *[f"{text} {number}" for number in range(15)]]).encode()
    for wrong in (b"\nM\xfcller", b"\nElektro Fr\xc5"):
        with pytest.raises(UnusableFile, match="not in UTF-8"):
            table_of(data + wrong)


def test_what_is_utf_8_by_chance_is_none() -> None:
    lines = "name;notes\nMüller;die „MENÜ“\nWeiß;Ü“\nBär;\n".encode("cp1252")
    assert rows(table_of(lines))[0] == ["Müller", "die „MENÜ“"]


def test_polish_of_windows_is_found_and_any_of_its_encoding_can_be_chosen() -> None:
    lines = "name;city\nMałgorzata Żuk;Łódź\nZakład Prąd;Dąbrowa\n"
    table = table_of(lines.encode("cp1250"))
    assert (table.encoding, rows(table)) == (
        "cp1250",
        [["Małgorzata Żuk", "Łódź"], ["Zakład Prąd", "Dąbrowa"]],
    )
    # Neither a power nor a footnote is a letter of Poland.
    assert table_of("name;size\nHall;20 m³\nHut¹;1\n".encode("cp1252")).encoding == "cp1252"
    czech = "name;city\nDvořák;Plzeň\n".encode("cp1250")
    assert rows(table_of(czech, Form(encoding="cp1250"))) == [["Dvořák", "Plzeň"]]


@pytest.mark.parametrize(
    "text",
    [
        "Björn,Köln",  # Bjšrn, Kšln: what may be a name stays one, and the other is to choose.
        "Straße,Fuß",
        "Ärzte,Öl",
        "niño,canción",
    ],
)
def test_one_that_may_be_of_windows_is_read_so_unless_somebody_chooses(text: str) -> None:
    data = f"name,city\r{text}\r".encode("mac-roman")
    assert table_of(data).encoding == "cp1252"
    chosen = table_of(data, Form(encoding="mac-roman"))
    assert (chosen.encoding, rows(chosen)) == ("mac-roman", [text.split(",")])


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Müller,Straße,L’Haÿ-les-Roses,L’HAŸ", "cp1252"),
        ("Tomáš Žižka,Œuvre,cœur,10 € – „gut“… •,Škoda", "cp1252"),
        ("§ 5,gemäß§4,abs§nr,O‘Brien,A–B,x…y,Moët,Çelik", "cp1252"),
    ],
)
def test_what_is_of_windows_is_read_so(text: str, codec: str) -> None:
    table = table_of(f"a,b,c,d,e,f,g,h\r\n{text}\r\n".encode(codec))
    assert table.encoding == "cp1252"
    assert rows(table)[0][0] == text.split(",", maxsplit=1)[0]


# In any text at all, of letters of Western Europe as people write them.
WORDS = st.text(st.sampled_from("abzABZäöüßÄÖÜéèêëçàâîïôûùœæÿñóíáúåøŠšŽžŒŸ’–„“€§°"), min_size=1)
WRITTEN = st.lists(WORDS.map(lambda word: word[0] + word[1:].lower()), min_size=1)


@given(words=WRITTEN)
@settings(max_examples=300)
def test_no_file_of_windows_is_taken_for_one_of_a_mac(words: list[str]) -> None:
    data = f"name\n{' '.join(words)}\n".encode("cp1252")
    assert encoding_of(data).name in {"cp1252", "utf-8"}


@pytest.mark.parametrize(
    "data",
    [
        "für Müller".encode("cp850"),
        "für Ángel, ürün".encode("cp850"),
        "Łódź ťažký Ďáblice".encode("cp1250"),
        "Grün".encode() + b" quot\x81x \xfc",
    ],
)
def test_what_is_neither_is_refused(data: bytes) -> None:
    assert why_not(b"name\n" + data + b"\n").startswith("The file is not in Windows-1252")


def test_utf_16_with_its_mark_is_read_in_either_order() -> None:
    for codec, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        table = table_of(mark + GRUEN.encode(codec))
        assert (table.encoding, rows(table)) == ("utf-16", [["Grün & Söhne", "Köln"]])


def test_plain_letters_are_utf_8() -> None:
    assert table_of(b"a\n1\n").encoding == "utf-8"


@pytest.mark.parametrize(
    ("data", "encoding", "cell"),
    [
        (GRUEN.encode(), "cp1252", "GrÃ¼n & SÃ¶hne"),
        (GRUEN.encode("utf-8-sig"), "utf-8", "Grün & Söhne"),
        (GRUEN.encode("utf-16-le"), "utf-16", "Grün & Söhne"),
        ("n;m\r\nЖ;Ж\r\n".encode("utf-16-be"), "utf-16", "Ж"),
        ("漢字;漢字\n漢;漢\n".encode("utf-16-le"), "utf-16", "漢"),
    ],
)
def test_an_encoding_that_is_chosen_is_taken(data: bytes, encoding: str, cell: str) -> None:
    table = table_of(data, Form(encoding=encoding))
    assert (table.encoding, rows(table)[0][0]) == (encoding, cell)


@pytest.mark.parametrize(
    ("data", "chosen", "sentence"),
    [
        (
            GRUEN.encode("cp1252"),
            "utf-8",
            "The file is not in UTF-8: byte 14 does not fit. Save it as CSV in UTF-8.",
        ),
        (
            b"abc\n1\n\n",
            "utf-16",
            "The file is not in UTF-16: byte 7 does not fit. Save it as CSV in UTF-8.",
        ),
        (
            b"a\n\x81\n",
            "",
            "The file is not in Windows-1252 (Western Europe): byte 3 does not fit. Save "
            "it as CSV in UTF-8.",
        ),
        (b"a\n1\n", "latin-9", "latin-9 is not one of the encodings."),
    ],
)
def test_an_encoding_that_does_not_fit_is_told(data: bytes, chosen: str, sentence: str) -> None:
    assert why_not(data, form=Form(encoding=chosen)) == sentence


def test_where_the_first_wrong_byte_stands_is_told_wherever_it_is() -> None:
    data = b"\xef\xbb\xbfa\n" + b"x" * 65_534 + "ü".encode() + b"y" * 70_000 + b"\xff\n"
    assert why_not(data, form=Form(encoding="utf-8")) == (
        f"The file is not in UTF-8: byte {len(data) - 1} does not fit. Save it as CSV in UTF-8."
    )


def test_a_few_wrong_bytes_do_not_make_other_letters_of_all_others() -> None:
    data = b"name\n" + "Grün & Söhne\n".encode() * 20 + b"Stra\xdfe\n"
    assert why_not(data).startswith("The file is not in UTF-8: byte 310 does not fit.")
    assert table_of(data, Form(encoding="cp1252")).encoding == "cp1252"


EIGHT = [
    *("Bäckerei Süß", "Müller KG", "Gasthof Grüner Baum", "Schöne Aussicht"),
    *("Café Zürich", "Höfer & Söhne", "Käserei", "Bürohaus"),
]


@pytest.mark.parametrize("odd", [b"Elektro Fr\xc3", b"Wei\xdf GmbH", b"\x81 or \xdf"])
@pytest.mark.parametrize("is_last", [True, False])
def test_a_text_of_two_encodings_is_refused_where_the_second_begins(
    odd: bytes, is_last: bool
) -> None:
    names = [name.encode() for name in EIGHT]
    names.insert(len(names) if is_last else 0, odd)
    data = b"name\n" + b"\n".join(names) + b"\n"
    place = data.index(odd) + next(at for at, byte in enumerate(odd) if byte > 127) + 1
    assert why_not(data) == (
        f"The file is not in UTF-8: byte {place} does not fit. Save it as CSV in UTF-8."
    )
    if b"\x81" not in odd:
        assert table_of(data, Form(encoding="cp1252")).encoding == "cp1252"


def test_letters_that_are_signs_of_another_encoding_by_chance_are_of_that() -> None:
    text = "name\nCAFÉ\xa0: Crêpes à la crème\nMENÜ“ für Gäste\n"
    assert table_of(text.encode("cp1252")).encoding == "cp1252"


def test_a_letter_that_is_cut_off_is_no_letter() -> None:
    assert why_not("a\nü".encode()[:-1], form=Form(encoding="utf-8")).startswith("The file is not")


@pytest.mark.parametrize(
    ("text", "delimiter", "headers"),
    [
        ("a,b\n1;2,3\n", ",", ("a", "b")),
        ("a;b\n1,2,3;4,5,6\n", ";", ("a", "b")),
        ("a\tb\n1\t2\n", "\t", ("a", "b")),
        ('"x,y";b;c\n1;2;3\n', ";", ("x,y", "b", "c")),
        ("name\nSmith, John\nBond, James\n", ";", ("name",)),
        ("name\nAda\n", ",", ("name",)),
        ("sep=;\na,x;b\n1;2\n", ";", ("a,x", "b")),
        # What stands in a text is no delimiter, however often.
        (
            "Name, Vorname;Telefon\nMüller, Hans;1\nHuber, Eva;2\n",
            ";",
            ("Name, Vorname", "Telefon"),
        ),
        (
            "Kunde;Ort (Straße, Nr, PLZ);Tel\nHotel;Seeweg 1;1\nSpa;Alm 2;2\n",
            ";",
            ("Kunde", "Ort (Straße, Nr, PLZ)", "Tel"),
        ),
        ("Name, first\tPhone, mobile\nAda\t1\n", "\t", ("Name, first", "Phone, mobile")),
        ("Preis,netto;Menge\n1,5;2\n2,5;3\n", ";", ("Preis,netto", "Menge")),
        ('name,"notes; a; b; c"\nx,y\n', ",", ("name", "notes; a; b; c")),
        ("a;b;c\n1;2\n3\n", ";", ("a", "b", "c")),
        ('name,notes\nAda,"x; y; z"\nBob,p; q\n', ",", ("name", "notes")),
        ('"sep=\t"\r\na\tb\r\n1\t2\r\n', "\t", ("a", "b")),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str, headers: tuple[str, ...]) -> None:
    table = table_of(text.encode())
    assert (table.delimiter, table.headers) == (delimiter, headers)


def test_a_delimiter_that_is_chosen_is_taken() -> None:
    table = table_of(b"a;b,c\n1;2,3\n", Form(delimiter=","))
    assert (table.delimiter, table.headers) == (",", ("a;b", "c"))


def test_the_line_that_names_the_delimiter_is_no_row() -> None:
    (record,) = table_of(b"sep=,\na,b\n1,2\n").records()
    assert record.row == 2


def test_another_delimiter_is_not_read() -> None:
    sentence = "The cells are separated by |: save the file with commas, semicolons or tabs."
    assert why_not(b"sep=|\na|b\n1|2\n") == sentence
    assert why_not(b"a|b\n1|2\n", form=Form(delimiter="|")) == sentence


def test_lines_end_as_they_are_written() -> None:
    assert rows(table_of(b"a,b\r1,2\r3,4\r")) == [["1", "2"], ["3", "4"]]


def test_a_mark_at_the_beginning_of_a_line_is_none_and_one_in_the_middle_is_text() -> None:
    table = table_of("\ufeff\ufeffa,\ufeffb\n\ufeff1,\ufeff2\n".encode())
    assert (table.headers, rows(table)) == (("a", "b"), [["1", "\ufeff2"]])


def test_the_names_and_quotes_of_a_file_put_below_another_are_known_behind_its_mark() -> None:
    table = table_of('\ufeffa,b\n1,2\n\ufeffa,b\n\ufeff"3,4",5\n'.encode())
    assert rows(table) == [["1", "2"], ["a", "b"], ["3,4", "5"]]
    assert [bool(record.problems) for record in table.records()] == [False, True, False]


def test_a_quote_within_a_text_is_a_sign_like_others() -> None:
    assert rows(table_of(b'a,b\n5" pipe,"6"" pipe"\n')) == [['5" pipe', '6" pipe']]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('a\n1\n"2\n3\n', "The quote that begins in row 3 (line 3) is never closed."),
        (
            'a,b\n"x\ny",1\n"5" pipe",2\n',
            "In row 3 (line 4), text follows a closing quote. Inside a quoted text, write "
            "each quote twice.",
        ),
    ],
)
def test_quotes_that_are_wrong_are_told_where_they_begin(text: str, sentence: str) -> None:
    assert why_not(text.encode()) == sentence


def test_a_row_without_end_is_refused() -> None:
    commas = "," * MOST_COLUMNS
    assert why_not(f"a\n{commas}\n".encode(), form=Form(delimiter=",")) == (
        "Row 2 has 16385 cells. No table has more than 16384 columns."
    )


def test_empty_files_hold_nothing() -> None:
    for data in (b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b"sep=;", b" , ,\n"):
        assert why_not(data) == ("The file is empty. Its first row must name the columns.")


# What people write; the first cell of a row shows something.
SIGNS = st.characters(codec="cp1252", exclude_categories=["Cc", "Cf", "Zs"])
TEXT = st.text(st.one_of(SIGNS, st.sampled_from('",;\t "\n\r')), max_size=12)
CELLS = st.tuples(st.text(SIGNS, min_size=1, max_size=5), TEXT, TEXT)
CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}


@settings(deadline=None, max_examples=50)
@given(
    cells=st.lists(CELLS, min_size=1, max_size=8),
    delimiter=st.sampled_from(sorted(DELIMITERS)),
    encoding=st.sampled_from(sorted(CODECS)),
)
def test_what_is_written_is_read(
    cells: list[tuple[str, str, str]], delimiter: str, encoding: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([("name", "b", "c"), *cells])
    # How it is written is found from its mark, or chosen where it has none.
    form = Form(encoding="cp1252") if encoding == "cp1252" else Form()
    table = table_of(text.getvalue().encode(CODECS[encoding]), form)
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert rows(table) == [list(each) for each in cells]
    assert [record.row for record in table.records()] == list(range(2, len(cells) + 2))


@settings(deadline=None, max_examples=50)
@given(data=st.binary(max_size=400), form=st.sampled_from(["", *ENCODINGS]))
def test_whatever_is_sent_is_a_table_or_refused_in_a_sentence(data: bytes, form: str) -> None:
    sentences, records = [], []
    try:
        records = list(table_of(data, Form(encoding=form)).records())
    except UnusableFile as error:
        sentences = error.messages
    assert bool(records) == (not sentences)


def test_what_another_sign_separates_is_told() -> None:
    sentence = "The cells are separated by |: save the file with commas, semicolons or tabs."
    assert why_not(b"name|city\nAda|Graz\n") == sentence
    assert table_of(b"name|city\nAda\n").headers == ("name|city",)
    assert table_of(b"name|city\nAda|Graz\n", Form(delimiter=";")).headers == ("name|city",)


def test_a_file_of_more_rows_than_a_sheet_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.imports.delimited.MOST_ROWS", 5)
    assert rows(table_of(b"name;city\n;\n;\n;\nAda;Graz\n")) == [["Ada", "Graz"]]
    assert why_not(b"name;city\n;\n;\n;\n;\nAda;Graz\n") == (
        "The file has more than 5 rows. Delete those that are empty, or split it into several."
    )
