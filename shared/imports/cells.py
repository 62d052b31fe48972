"""What a cell of a spreadsheet means, and what spreadsheets do to codes and dates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["code", "words", "list", "date", "whole", "yes_no", "nhs_number", "json"]

ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
DAY_FIRST = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: 00:00(?::00)?)?")
SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
SHORT = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{2}|[0-9]{4})")
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")
DECIMAL = re.compile(r"([0-9]+)\.0+")
WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
FORMULA_TEXT = re.compile(r'="([^"]*)"')
SEPARATORS = re.compile(r"[|;]")
MONTHS = 12

SENTENCE_SCIENTIFIC = (
    "has become a number such as 9.99E+09 in a spreadsheet, and its last digits are"
    " lost: format the column as Text, enter it again and save again"
)
SENTENCE_DECIMAL = (
    "has become a decimal number in a spreadsheet, and zeros in front may be lost:"
    " format the column as Text and enter it again"
)
SENTENCE_SERIAL = (
    "is a spreadsheet's own number of a day, such as 45000: format the column as a"
    " date, DD/MM/YYYY, and save again"
)
SENTENCE_SHORT = (
    "can be read in two ways: write the date as DD/MM/YYYY, with two digits for day"
    " and month and four for the year, or as YYYY-MM-DD"
)
SENTENCE_DATE = "is not a date: write it as DD/MM/YYYY or YYYY-MM-DD"
SENTENCE_MONTH = "has no such month: the day comes first, DD/MM/YYYY"
SENTENCE_WHOLE = "is not a whole number"
SENTENCE_YES_NO = "is neither yes nor no"
SENTENCE_JSON = "is not a JSON object"
SENTENCE_MISSING = "is missing"

YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "1"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
}


class Fault(str):
    """Why a cell cannot be taken: the rest of a sentence that begins with its name."""

    __slots__ = ()


@dataclass(frozen=True)
class Column:
    """A column of a resource.

    Attributes:
        path: Where its value goes in the body.
        empty: Value of an empty cell.
        digits: A code of digits only has as many; zeros in front that a spreadsheet
            has dropped are put back.
        choices: The only values, if there are few.
    """

    name: str
    kind: Kind
    path: tuple[str, ...]
    is_required: bool = False
    empty: object = None
    digits: int = 0
    choices: tuple[str, ...] = field(default=())

    def value_of(self, cell: str) -> object:
        """Return what the cell means, or a `Fault`."""
        if self.kind == "words":
            return cell or self._nothing()
        text = cell.strip()
        if text[:1] in ("=", "'"):
            text = unwrapped(text)
        if not text:
            return self._nothing()
        if self.choices:
            return self._choice(text)
        value = READ[self.kind](text)
        return self._padded(value) if self.digits else value

    def _nothing(self) -> object:
        if self.is_required:
            return Fault(SENTENCE_MISSING)
        return list(self.empty) if isinstance(self.empty, list) else self.empty

    def _choice(self, text: str) -> object:
        plain = re.sub(r"[\s-]+", "_", text.lower())
        if plain in self.choices:
            return plain
        return Fault(f"is not one of {', '.join(self.choices)}")

    def _padded(self, value: object) -> object:
        if isinstance(value, list):
            return [self._padded(one) for one in value]
        if isinstance(value, Fault) or not isinstance(value, str):
            return value
        is_short = value.isascii() and value.isdigit() and len(value) < self.digits
        return value.zfill(self.digits) if is_short else value


def unwrapped(text: str) -> str:
    """Return a cell without what keeps spreadsheets from reading it as a number."""
    formula = FORMULA_TEXT.fullmatch(text)
    return (formula[1] if formula else text.removeprefix("'")).strip()


def _code(text: str) -> str:
    if "+" in text and SCIENTIFIC.fullmatch(text):
        return Fault(SENTENCE_SCIENTIFIC)
    if DECIMAL.fullmatch(text):
        return Fault(SENTENCE_DECIMAL)
    return text


def _nhs_number(text: str) -> str:
    if SCIENTIFIC.fullmatch(text):
        return Fault(SENTENCE_SCIENTIFIC)
    decimal = DECIMAL.fullmatch(text)
    return decimal[1] if decimal else text


def _list(text: str) -> list[str] | Fault:
    values = [_code(part.strip()) for part in SEPARATORS.split(text) if part.strip()]
    return next((one for one in values if isinstance(one, Fault)), values)


def _date(text: str) -> str:
    iso = ISO.fullmatch(text)
    if iso:
        return iso[1]
    day_first = DAY_FIRST.fullmatch(text)
    if day_first:
        day, month, year = day_first.groups()
        if int(month) > MONTHS:
            return Fault(SENTENCE_MONTH)
        return f"{year}-{month}-{day}"
    if SERIAL.fullmatch(text):
        return Fault(SENTENCE_SERIAL)
    return Fault(SENTENCE_SHORT if SHORT.fullmatch(text) else SENTENCE_DATE)


def looks_american(cell: str) -> bool:
    """Say whether a cell is a date whose month can only come first."""
    found = DAY_FIRST.fullmatch(cell.strip())
    return found is not None and int(found[1]) <= MONTHS < int(found[2])


def looks_british(cell: str) -> bool:
    """Say whether a cell is a date whose day can only come first."""
    found = DAY_FIRST.fullmatch(cell.strip())
    return found is not None and int(found[2]) <= MONTHS < int(found[1])


def _whole(text: str) -> int | Fault:
    found = WHOLE.fullmatch(text)
    return int(found[1]) if found else Fault(SENTENCE_WHOLE)


def _yes_no(text: str) -> bool | Fault:
    value = YES_NO.get(text.lower())
    return Fault(SENTENCE_YES_NO) if value is None else value


def _json(text: str) -> object:
    try:
        value = json.loads(text)
        again = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return Fault(SENTENCE_JSON)
    # A database stores neither half a character nor NUL.
    is_storable = isinstance(value, dict) and rb"\u0000" not in again
    return value if is_storable else Fault(SENTENCE_JSON)


READ: dict[Kind, Callable[[str], object]] = {
    "code": _code,
    "words": str,
    "list": _list,
    "date": _date,
    "whole": _whole,
    "yes_no": _yes_no,
    "nhs_number": _nhs_number,
    "json": _json,
}
