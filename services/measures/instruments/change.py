"""How a first and a last value compare: change, its class, recovery.

Source of the definitions: CMH PROMs Dashboard, NHS England (github nhsengland/MHSDS at
dc7bf10). Values are exact: 200/9 to 245/9 is a change of 5, not of 4.99….
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.measures.instruments.definition import ScoredInstrument
from services.measures.instruments.pieces import Number, ReferenceGroup
from services.measures.instruments.rounding import root

ChangeClass = Literal[
    "reliable_improvement",
    "reliable_deterioration",
    "no_reliable_change",
    "not_classifiable",
    "not_paired",
]
# Two-sided 95 % of the normal distribution (Jacobson and Truax 1991).
RELIABLE_INDEX = Fraction("1.96")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one measure between its first and its last value."""

    first: Number | None
    last: Number | None
    change: Number | None
    change_class: ChangeClass
    recovery_eligible: bool
    reliable_recovery: bool

    @property
    def is_paired(self) -> bool:
        """Whether there are a first and a last value."""
        return self.change is not None


def classify(gain: Number, threshold: Number) -> ChangeClass:
    """Return the class of a gain (positive is better) by a threshold; inclusive."""
    if gain >= threshold:
        return "reliable_improvement"
    if gain <= -threshold:
        return "reliable_deterioration"
    return "no_reliable_change"


def classify_by_index(gain: Number, group: ReferenceGroup) -> ChangeClass:
    """Return the class of a gain by its reliable change index: beyond 1.96.

    RCI = change / (sqrt(2) * SD * sqrt(1 - r)), Jacobson and Truax 1991. Squares are
    compared, so no root is rounded.
    """
    if gain * gain <= RELIABLE_INDEX**2 * 2 * group.sd**2 * (1 - group.reliability):
        return "no_reliable_change"
    return "reliable_improvement" if gain > 0 else "reliable_deterioration"


def is_clinical(value: Number, instrument: ScoredInstrument) -> bool:
    """Say whether a value is in the clinical range; without a cut-off, none is."""
    cut_off = instrument.cut_off
    if cut_off is None:
        return False
    is_below = value < cut_off.value
    return is_below == (instrument.direction.better == "higher")


def class_of(change: Number, instrument: ScoredInstrument) -> ChangeClass:
    """Return the class of a signed change (last minus first).

    By the threshold, or else by the reference group's index, or else by nothing.
    """
    gain = change if instrument.direction.better == "higher" else -change
    if instrument.reliable_change is not None:
        return classify(gain, instrument.reliable_change.threshold)
    if instrument.reference_group is not None:
        return classify_by_index(gain, instrument.reference_group)
    return "not_classifiable"


def compare(
    first: Number | None, last: Number | None, instrument: ScoredInstrument
) -> Change:
    """Compare unrounded values; a missing one makes it `not_paired`.

    Recovery needs a first value in the clinical range, a last one outside it, and a
    reliable improvement; an instrument without a cut-off has no recovery.
    """
    if first is None or last is None:
        return Change(first, last, None, "not_paired", False, False)
    change = last - first
    found = class_of(change, instrument)
    is_eligible = is_clinical(first, instrument)
    has_left = is_eligible and not is_clinical(last, instrument)
    has_recovered = has_left and found == "reliable_improvement"
    return Change(first, last, change, found, is_eligible, has_recovered)


@dataclass(frozen=True, slots=True)
class ReliableChangeIndex:
    """What a reference group says of chance: a change beyond the threshold is real."""

    sem: Fraction
    s_diff: Fraction
    threshold: Fraction


def reliable_change_index(sd: Number, reliability: Number) -> ReliableChangeIndex:
    """Return standard error, standard error of a difference, and 1.96 times that.

    SEM = SD * sqrt(1 - r), S_diff = sqrt(2) * SEM (Jacobson and Truax 1991).
    """
    sem = root(sd**2 * (1 - reliability))
    s_diff = root(2 * sd**2 * (1 - reliability))
    return ReliableChangeIndex(sem, s_diff, RELIABLE_INDEX * s_diff)


@dataclass(frozen=True, slots=True)
class Together:
    """What became of two measures that are judged together."""

    caseness_start: bool
    recovered: bool
    reliable_improvement: bool
    reliable_deterioration: bool
    reliable_recovery: bool


def judge_together(
    one: tuple[Change, ScoredInstrument], other: tuple[Change, ScoredInstrument]
) -> Together | None:
    """Judge PHQ-9 with GAD-7 as Talking Therapies do; None unless both are paired.

    A case at the start on either; recovered is below caseness on both at the end.
    Reliably better is either one reliably better and the other not reliably worse
    (BMC Psychiatry 2018; the second half is unverified); reliably worse likewise.
    """
    both = (one, other)
    if not all(change.is_paired for change, _ in both):
        return None
    was_case = any(change.recovery_eligible for change, _ in both)
    is_case = any(
        change.last is not None and is_clinical(change.last, instrument)
        for change, instrument in both
    )
    classes = {change.change_class for change, _ in both}
    is_better, is_worse = (
        name in classes for name in ("reliable_improvement", "reliable_deterioration")
    )
    has_recovered = was_case and not is_case
    return Together(
        caseness_start=was_case,
        recovered=has_recovered,
        reliable_improvement=is_better and not is_worse,
        reliable_deterioration=is_worse and not is_better,
        reliable_recovery=has_recovered and is_better and not is_worse,
    )
