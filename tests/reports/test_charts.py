"""Charts: what is drawn, and what can be read of it without seeing it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from reports.charts import Bar, Chart, Mark

SVG = "{http://www.w3.org/2000/svg}"


def chart(*values: tuple[float, ...], **more: object) -> Chart:
    bars = tuple(
        Bar(
            f"Day {n}",
            tuple(Mark(v, f"{v:g} <jobs>", f"/rows?n={n}&v={v:g}") for v in each),
            f"{n}",
        )
        for n, each in enumerate(values, start=1)
    )
    series = ("on time", "late")[: len(values[0])]
    return Chart("kept", "Kept & late", "jobs", series, bars, **more)  # type: ignore[arg-type]


def read(drawn: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(str(drawn.svg))  # noqa: S314 (what we have drawn)


def boxes(drawn: Chart) -> list[list[float]]:
    """Place, height and width of each mark."""
    found = [rect for link in read(drawn).iter(f"{SVG}a") for rect in link.iter(f"{SVG}rect")]
    return [
        [float(rect.get(name, "")) for name in ("x", "y", "width", "height")]
        for rect in found
        if rect.get("class")
    ]


def test_it_is_well_formed_and_named_whatever_stands_in_it() -> None:
    root = read(chart((3, 1), (2, 2)))
    assert root.get("aria-labelledby") == "chart-kept"
    assert root.find(f"{SVG}title").text == "Kept & late"  # type: ignore[union-attr]
    titles = [link.find(f"{SVG}title").text for link in root.iter(f"{SVG}a")]  # type: ignore[union-attr]
    assert titles == [
        "Day 1, on time, 3 <jobs>",
        "Day 1, late, 1 <jobs>",
        "Day 2, on time, 2 <jobs>",
        "Day 2, late, 2 <jobs>",
    ]
    assert next(link.get("href") for link in root.iter(f"{SVG}a")) == "/rows?n=1&v=3"


def test_series_stand_upon_each_other_or_beside() -> None:
    (_x, low, wide, high), (_x2, above, _wide, small) = boxes(chart((3, 1)))
    assert round(high / small) == 3
    assert round(above + small - low, 1) == 0
    first, second = boxes(chart((3, 1), beside=True))
    assert round(first[0] + first[2] - second[0], 1) == 0
    assert round(2 * first[2] - wide, 1) == 0


def test_what_lies_is_as_long_as_it_is_much() -> None:
    lying = chart((4,), (2,), (0,), lying=True)
    first, second = boxes(lying)
    assert first[2] == 2 * second[2]
    assert [text.text for text in read(lying).iter(f"{SVG}text")][:2] == ["Day 1", "4 <jobs>"]


def test_a_mark_without_rows_is_no_link() -> None:
    plain = Chart("one", "One", "jobs", ("jobs",), (Bar("Day", (Mark(1, "1"),)),))
    assert list(read(plain).iter(f"{SVG}a")) == []
    assert "<title>Day, 1</title>" in str(plain.svg)


def test_a_picture_for_a_pdf_has_its_name_and_no_links() -> None:
    drawn = chart((3, 1), (2, 2))
    still = ElementTree.fromstring(str(drawn.still))  # noqa: S314 (what we have drawn)
    assert [title.text for title in still.iter(f"{SVG}title")] == ["Kept & late"]
    assert list(still.iter(f"{SVG}a")) == []
    assert len(list(still.iter(f"{SVG}rect"))) == len(list(read(drawn).iter(f"{SVG}rect")))


def test_series_differ_by_pattern_and_are_named() -> None:
    several = chart((1, 1))
    assert re.findall(r'<pattern id="([^"]+)"', str(several.svg)) == ["kept-1"]
    assert [name for _sample, name in several.legend] == ["on time", "late"]
    single = chart((1,))
    assert (single.legend, "<defs>" in str(single.svg)) == ([], False)


def test_nothing_but_noughts_is_empty() -> None:
    assert chart((0, 0), (0, 0)).is_empty
    assert not chart((0, 0), (0, 1)).is_empty


def test_the_scale_ends_at_a_number_that_is_easy_to_halve() -> None:
    def scale(highest: float) -> list[str | None]:
        texts = [text.text for text in read(chart((highest,))).iter(f"{SVG}text")]
        return texts[:3]

    assert scale(1) == ["0", "1", "2"]
    assert scale(3) == ["0", "2", "4"]
    assert scale(7) == ["0", "5", "10"]
    assert scale(100) == ["0", "50", "100"]
    assert scale(101) == ["0", "100", "200"]


def test_labels_leave_room_for_each_other_and_long_names_are_cut() -> None:
    many = chart(*[(1.0,)] * 200)
    below = [text.text for text in read(many).iter(f"{SVG}text")][3:]
    assert len([text for text in below if text and text.isdigit()]) < 30
    long = Chart("l", "L", "jobs", ("jobs",), (Bar("x" * 40, (Mark(1, "1"),)),), lying=True)
    assert f"{'x' * 26}…" in str(long.svg)
