"""Files as they arrive: encodings, separators, names of columns, rows, their ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.imports.cells import Column
from shared.imports.inspection import Inspection
from shared.imports.layout import HEAD_BYTES, Layout, letters
from shared.imports.reading import BrokenRow, read_rows
from shared.imports.rejected import heading, refused_row
from shared.spreadsheets import harmless, lines_of

COLUMNS = [
    Column("reference", "code", ("reference",), is_required=True),
    Column("received_on", "date", ("received_on",), is_required=True),
    Column("own_words", "words", ("own_words",)),
]
HEADER = [column.name for column in COLUMNS]
PLAIN = "R1,02/03/2026,hello\r\n"
START = "reference,received_on,own_words\r\n"


def inspected(content: bytes, step: int = 65_536) -> Inspection:
    inspection = Inspection(COLUMNS, "reason")
    for start in range(0, len(content), step):
        inspection.feed(content[start : start + step])
    inspection.end()
    return inspection


def layout_of(content: bytes, step: int = 65_536) -> Layout:
    inspection = Inspection(COLUMNS, "reason")
    for start in range(0, len(content), step):
        inspection.feed(content[start : start + step])
    layout = inspection.end()
    assert layout is not None, inspection.fault
    return layout


def all_rows(content: bytes, layout: Layout, window: int, most: int) -> list[list[str]]:
    """Read a file as steps do: window by window, a wider one where that is too few."""
    rows: list[list[str]] = []
    position = layout.starts_at
    while position < len(content):
        size = window
        while True:
            part = content[position : position + size]
            is_end = position + len(part) >= len(content)
            found = read_rows(part, layout, is_end, most)
            if found.used or is_end:
                break
            size *= 2
        assert found.used
        position += found.used
        rows += found.cells
    return rows


# Letters whose Windows-1252 bytes are not UTF-8 by accident.
western = st.text("abz ,;\t\"'\n|=éü£ñ–€", max_size=30)
anything = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=30
)


def written(rows: Sequence[Sequence[str]], delimiter: str, end: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([HEADER, *rows])
    return text.getvalue()


def a_table(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Tables of three columns, whose first is never blank."""
    first = cells.map(lambda cell: f"x{cell}")
    return st.lists(st.tuples(first, cells, cells).map(list), min_size=1, max_size=12)


@given(
    a_table(anything),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
    st.sampled_from(["\r\n", "\n"]),
    st.integers(1, 200),
)
def test_any_table_in_utf_8_is_read_back_as_it_was(
    rows: list[list[str]], delimiter: str, encoding: str, end: str, window: int
) -> None:
    content = written(rows, delimiter, end).encode(encoding)
    layout = layout_of(content, step=7)
    assert (layout.encoding, layout.delimiter) == ("utf-8", delimiter)
    assert all_rows(content, layout, window, most=3) == rows


@given(a_table(western), st.sampled_from([",", ";", "\t"]), st.integers(1, 200))
def test_any_table_in_windows_1252_is_read_back_as_it_was(
    rows: list[list[str]], delimiter: str, window: int
) -> None:
    rows = [*rows, ["x", "", "café £5"]]
    content = written(rows, delimiter, "\r\n").encode("cp1252")
    layout = layout_of(content, step=5)
    assert (layout.encoding, layout.delimiter) == ("cp1252", delimiter)
    assert all_rows(content, layout, window, most=3) == rows


@given(st.binary(max_size=300), st.booleans(), st.integers(1, 50))
@example(b"\xef\xbb\xbf", False, 1)
@example(b"\xef\xbb\xbf\r\n", False, 1)
@example(b"sep=;", False, 5)
def test_no_bytes_at_all_are_beyond_reading(
    content: bytes, has_header: bool, step: int
) -> None:
    if has_header:
        content = START.encode() + content
    inspection = Inspection(COLUMNS, "reason")
    for start in range(0, len(content), step):
        inspection.feed(content[start : start + step])
    layout = inspection.end()
    if layout is None:
        assert inspection.fault is None or inspection.fault.endswith(".")
        return
    position = layout.starts_at
    while position < len(content):
        try:
            found = read_rows(content[position:], layout, True, most=2)
        except BrokenRow:
            return
        assert found.used > 0
        position += found.used


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (b"PK\x03\x04" + bytes(100), "workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "old Excel"),
        (b"%PDF-1.7\x00", "PDF"),
        (START.encode("utf-16"), "UTF-16"),
        (b"\xff\xfe\xff\xff", "UTF-16"),
        ((START + "R1,\x00,").encode(), "NUL"),
        (START.encode(), "no rows"),
        ((START + "\r\n,,\r\n").encode(), "no rows"),
        (b"R1,02/03/2026,hello\r\n", "names of the columns"),
        (b"x" * (HEAD_BYTES + 5), "longer than a megabyte"),
        (b"reference,received_on,colour\r\nR1,x,y", "Column C"),
        (b"reference,received_on,reference\r\nR1,x,y", "twice"),
        (b"reference,own_words\r\nR1,x", "received_on is missing"),
        (f"{START}R1,é,\r\n".encode() + "ü".encode("cp1252"), "neither all UTF-8"),
        ((START + "é,").encode("cp1252") + b"\x81", "neither all UTF-8"),
        ((START + "R1,04/13/2026,x\r\n" * 3).encode(), "month/day/year"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why(content: bytes, said: str) -> None:
    for step in (3, 65_536):
        fault = inspected(content, step if len(content) < 1_000 else 65_536).fault
        assert fault is not None
        assert said in fault


def test_the_names_that_are_known_are_said_and_those_sent_are_not() -> None:
    fault = inspected(b"reference,Ada Lovelace\r\nR1,x").fault or ""
    assert "Known columns: reference, received_on, own_words" in fault
    assert "Lovelace" not in fault


def test_names_are_read_as_people_write_them() -> None:
    layout = layout_of(b' Reference ,"Received On",own-words,\r\nR1,,,')
    assert layout.header == [*HEADER, ""]


def test_a_file_that_names_its_separator_is_read_by_it() -> None:
    content = b"sep=;\r\nreference;received_on\r\nR1;x\r\n"
    layout = layout_of(content)
    assert layout.delimiter == ";"
    assert all_rows(content, layout, 100, 10) == [["R1", "x"]]


def test_lines_may_end_as_old_spreadsheets_end_them() -> None:
    content = b"reference,received_on\rR1,x\rR2,y"
    assert all_rows(content, layout_of(content), 5, 1) == [["R1", "x"], ["R2", "y"]]


def test_a_date_with_month_and_day_swapped_once_is_no_reason_to_refuse_a_file() -> None:
    rows = "R1,04/13/2026,x\r\nR2,13/04/2026,x\r\n"
    assert inspected((START + rows).encode()).fault is None


def test_a_quotation_mark_that_is_never_closed_stops_after_the_rows_before() -> None:
    content = (START + PLAIN * 3 + 'R4,02/03/2026,"open\r\n' + PLAIN).encode()
    layout = layout_of(content)
    rows = content[layout.starts_at :]
    found = read_rows(rows, layout, is_end=True, most=10)
    assert len(found.cells) == 3
    with pytest.raises(BrokenRow):
        read_rows(rows[found.used :], layout, is_end=True, most=10)


def test_a_cell_that_is_far_too_long_stops_after_the_rows_before() -> None:
    content = (START + PLAIN + "R2,02/03/2026," + "x" * 200_000 + "\r\n").encode()
    layout = layout_of(content)
    rows = content[layout.starts_at :]
    found = read_rows(rows, layout, is_end=True, most=10)
    assert len(found.cells) == 1
    with pytest.raises(BrokenRow):
        read_rows(rows[found.used :], layout, is_end=True, most=10)


def test_an_inch_mark_is_no_quotation_mark() -> None:
    content = (START + 'R1,02/03/2026,a 5" nail').encode()
    assert all_rows(content, layout_of(content), 100, 5)[0][2] == 'a 5" nail'


@given(st.text(max_size=20))
def test_a_harmless_cell_never_starts_a_formula_and_can_be_taken_back(
    cell: str,
) -> None:
    shown = harmless(cell)
    is_number = re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?", shown)
    assert shown[:1] not in set("=+-@\t\r") or is_number
    assert shown in (cell, f"'{cell}")


@given(a_table(st.text("ab'=+-@\t,;\"\n1é", max_size=9)))
def test_refused_rows_can_be_sent_again_as_they_came_back(
    rows: list[list[str]],
) -> None:
    layout = Layout(delimiter=";", header=HEADER, starts_at=0, is_returned=False)
    back = [
        refused_row(row, "own_words: is too long", layout, "reason") for row in rows
    ]
    text = heading(layout, "reason") + "".join(lines_of(back, ";"))
    again = layout_of(text.encode())
    assert again.is_returned
    found = all_rows(text.encode(), again, 100, 4)
    assert [row[1:] for row in found] == rows
    # And once more: the old reason gives way to the new one.
    twice = refused_row(found[0], "new", again, "reason")
    assert twice == ["new", *rows[0]]


def test_columns_have_the_letters_that_spreadsheets_show() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
