"""Which of a referral's values are its first and its latest.

Source: CMH PROMs Dashboard and its preparation of assessments, NHS England (github
nhsengland/MHSDS at dc7bf10). Chosen here: the latest value is of a later day than the
first, and what was completed before the referral was received is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.measures.instruments.pieces import Number


@dataclass(frozen=True, slots=True)
class Period:
    """The days that count, both included; None is open."""

    received_on: date | None = None
    until: date | None = None

    def outside(self, on: date) -> Literal["before_referral", "after_period"] | None:
        """Say why a day does not count, or None where it does."""
        if self.received_on is not None and on < self.received_on:
            return "before_referral"
        if self.until is not None and on > self.until:
            return "after_period"
        return None


@dataclass(frozen=True, slots=True)
class Dated:
    """A value with its day; without one where there is no valid one."""

    id: str
    on: date
    score: Number | None


Pair = tuple[Dated | None, Dated | None]


def pair(scores: Sequence[Dated], period: Period) -> Pair:
    """Return the first and the latest valid score; the latest is of a later day.

    Scores of one day are told apart by their ids, so the answer is always the same.
    """
    valid = sorted(
        (
            one
            for one in scores
            if one.score is not None and period.outside(one.on) is None
        ),
        key=lambda one: (one.on, one.id),
    )
    if not valid:
        return None, None
    first, last = valid[0], valid[-1]
    return first, last if last.on > first.on else None
