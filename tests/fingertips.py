"""Files as OHID Fingertips saves them, of invented areas and values."""

from __future__ import annotations

import csv
import io

AREA = "E06009999"
A_ROW = {
    "Indicator ID": "90001",
    "Indicator Name": "People who often feel lonely",
    "Parent Code": "E92000001",
    "Parent Name": "England",
    "Area Code": AREA,
    "Area Name": "Riverside UA",
    "Area Type": "Counties & UAs (from Apr 2023)",
    "Sex": "Persons",
    "Age": "16+ yrs",
    "Category Type": "",
    "Category": "",
    "Time period": "2024/25",
    "Value": "12.5",
    "Lower CI 95.0 limit": "11.1",
    "Upper CI 95.0 limit": "13.9",
    "Lower CI 99.8 limit": "",
    "Upper CI 99.8 limit": "",
    "Count": "125",
    "Denominator": "1000",
    "Value note": "",
    "Recent Trend": "No significant change",
    "Time period Sortable": "20240000",
}


def a_row(**changes: str) -> dict[str, str]:
    """Return a row of such a file."""
    return A_ROW | changes


def a_file(*rows: dict[str, str]) -> str:
    """Return such a file with these rows."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, A_ROW)
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()
