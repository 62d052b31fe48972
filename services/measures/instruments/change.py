"""How a first and a last value compare: change, its class, recovery; and rounding.

Source of the definitions: CMH PROMs Dashboard, NHS England (github nhsengland/MHSDS at
dc7bf10). Values are exact fractions: 200/9 to 245/9 is a change of 5, not of 4.99….
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.measures.instruments.definition import Instrument

ChangeClass = Literal[
    "reliable_improvement",
    "reliable_deterioration",
    "no_reliable_change",
    "not_paired",
]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one measure between its first and its last value."""

    first: Fraction | None
    last: Fraction | None
    change: Fraction | None
    change_class: ChangeClass
    recovery_eligible: bool
    reliable_recovery: bool

    @property
    def is_paired(self) -> bool:
        """Whether there are a first and a last value."""
        return self.change is not None


def classify(change: Fraction, threshold: Fraction) -> ChangeClass:
    """Return the class of a signed change, higher being better; inclusive."""
    if change >= threshold:
        return "reliable_improvement"
    if change <= -threshold:
        return "reliable_deterioration"
    return "no_reliable_change"


def compare(
    first: Fraction | None, last: Fraction | None, instrument: Instrument
) -> Change:
    """Compare unrounded values; a missing one makes it `not_paired`.

    Recovery needs a first value in the clinical range, a last one outside it, and a
    reliable improvement; an instrument without a cut-off has no recovery.
    """
    if first is None or last is None:
        return Change(first, last, None, "not_paired", False, False)
    change = last - first
    found = classify(change, instrument.reliable_change.threshold)
    cut_off = instrument.cut_off
    is_eligible = cut_off is not None and first < cut_off.value
    has_left = cut_off is not None and last >= cut_off.value
    has_recovered = is_eligible and has_left and found == "reliable_improvement"
    return Change(first, last, change, found, is_eligible, has_recovered)


def rounded(value: Fraction) -> float:
    """Return a number to publish: two decimals, half away from zero."""
    hundredths, rest = divmod(abs(value.numerator) * 100, value.denominator)
    if 2 * rest >= value.denominator:
        hundredths += 1
    return (hundredths if value >= 0 else -hundredths) / 100


def rounded_or_none(value: Fraction | None) -> float | None:
    """Return a number to publish, or None where there is none."""
    return None if value is None else rounded(value)
