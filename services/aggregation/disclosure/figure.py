"""What goes into the gate, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypedDict

from pydantic import BaseModel

SUPPRESSED: Final = "suppressed"
Hidden = Literal["suppressed"]


class Figure(BaseModel):
    """One published value; only the gate makes one.

    `suppressed` is a value of its own: never 0, never absent.
    """

    month: str | None = None
    group: str | None = None
    value: int | Hidden
    numerator: int | Hidden
    denominator: int | Hidden
    p90: int | Hidden | None = None
    within_28: int | Hidden | None = None
    completeness: int | Hidden | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """True counts of one cell; they never leave but through the gate.

    Attributes:
        days: For waits, (days, people) in ascending order of days.
    """

    numerator: int = 0
    denominator: int = 0
    days: tuple[tuple[int, int], ...] = ()


class About(TypedDict):
    """What holds for all figures of a row: its month, and how complete it is."""

    month: str | None
    completeness: int | Hidden | None


Cells = Mapping[str | None, Counted]
