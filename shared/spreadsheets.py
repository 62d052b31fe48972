"""CSV files that spreadsheets open: their encoding told, no cell a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from starlette.responses import Response

CSV = "text/csv"
# A spreadsheet takes these for formulas; a plain number is none.
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
START = "\ufeff"


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    if DANGEROUS.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def lines_of(rows: Iterable[Sequence[str]], delimiter: str = ",") -> list[str]:
    """Return each row as a line of CSV."""
    buffer = io.StringIO()
    write = csv.writer(buffer, delimiter=delimiter).writerow
    lines = []
    for row in rows:
        write([harmless(cell) for cell in row])
        lines.append(buffer.getvalue())
        buffer.seek(0)
        buffer.truncate()
    return lines


def attachment(response: Response, name: str) -> Response:
    """Have browsers save an answer as a file."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
