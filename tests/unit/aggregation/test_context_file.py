"""A saved public indicator file: what is read of it, and what it is refused for."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from services.aggregation.context import BadFile, read_rows
from tests.fingertips import AREA, a_file, a_row

SUPPRESSED = "Value suppressed for disclosure control due to small count"


def values(*rows: dict[str, str]) -> list[dict[str, Any]]:
    return [dict(row.values) for row in read_rows(io.StringIO(a_file(*rows)), AREA)]


def test_a_value_comes_with_its_interval_count_and_period() -> None:
    [row] = values(a_row())
    assert (row["value"], row["low"], row["high"]) == (
        Decimal("12.5"),
        Decimal("11.1"),
        Decimal("13.9"),
    )
    assert (row["count"], row["denominator"], row["period"]) == (125, 1000, "2024/25")
    assert row["why_none"] is None


@pytest.mark.parametrize(
    ("value", "note", "why"),
    [
        ("", "", "missing"),
        ("", "Value missing in source data", "missing"),
        ("", SUPPRESSED, "suppressed"),
        ("0", SUPPRESSED, "suppressed"),
        ("-1", SUPPRESSED.upper(), "suppressed"),
        ("0", "Value missing due to small sample size", "missing"),
        ("3.5", "Value not published for data quality reasons", "missing"),
        ("0", "", None),
        ("12.5", "Value estimated", None),
    ],
)
def test_a_value_that_the_source_hides_or_lacks_is_never_0(
    value: str, note: str, why: str | None
) -> None:
    [row] = values(a_row(**{"Value": value, "Value note": note}))
    assert row["why_none"] == why
    assert row["value"] == (None if why else Decimal(value))
    if why:
        assert row["count"] is None
        assert row["low"] is None


def test_only_the_rows_of_the_area_are_read_and_the_last_of_equal_ones() -> None:
    elsewhere = a_row(**{"Area Code": "E92000001", "Value": "not read"})
    found = values(elsewhere, a_row(Value="1"), a_row(Value="2"), a_row(Sex="Male"))
    assert [(row["sex"], row["value"]) for row in found] == [
        ("Persons", 2),
        ("Male", Decimal("12.5")),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        a_file(),
        a_file(a_row(**{"Area Code": "E92000001"})),
        a_file(a_row(Value="twelve")),
        a_file(a_row(Value="NaN")),
        a_file(a_row(Value="1e999")),
        a_file(a_row(Count="1,234")),
        a_file(a_row(**{"Time period Sortable": "soon"})),
        a_file(a_row(Age="\x00")),
        a_file(a_row()).replace("Value note", "Value Note"),
        a_file(a_row()) + '"unended',
        "",
        "one\nline\n",
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(wrong: str) -> None:
    with pytest.raises(BadFile, match=r"\.$"):
        read_rows(io.StringIO(wrong), AREA)


def test_columns_that_are_not_needed_may_be_there_or_not() -> None:
    row = a_row()
    del row["Time period Sortable"]
    row["Compared to England value or percentiles"] = "Similar"
    lines = io.StringIO()
    writer = csv.DictWriter(lines, row)
    writer.writeheader()
    writer.writerow(row)
    [found] = read_rows(io.StringIO(lines.getvalue()), AREA)
    assert found.values["sort"] == 0
