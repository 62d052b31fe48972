"""Pairs of scores and what they say, worked out a second time.

Source: NHS England's community mental health PROMs dashboard; first and latest valid
score of one measure in one referral, thresholds inclusive, on unrounded scores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from deploy.local.sample.records import Assessment
from deploy.local.sample.scores import DIALOG_ITEMS, measured

RELIABLE_CHANGE = {"reqol10": 5, "reqol20": 10, "phq9": 6, "gad7": 4}
RELIABLE_CHANGE |= dict.fromkeys(DIALOG_ITEMS, 1)
CLINICAL_BELOW = {"reqol10": 25, "reqol20": 50}
CASE_FROM = {"phq9": 10, "gad7": 8}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """First and latest valid score of one measure in one referral."""

    measure: str
    first: Fraction
    latest: Fraction
    latest_on: date

    @property
    def improves(self) -> bool:
        """Say whether it got reliably better."""
        return self._gain >= RELIABLE_CHANGE[self.measure]

    @property
    def deteriorates(self) -> bool:
        """Say whether it got reliably worse."""
        return self._gain <= -RELIABLE_CHANGE[self.measure]

    @property
    def began_clinical(self) -> bool:
        """Say whether the first score is in the clinical range."""
        return is_clinical(self.measure, self.first)

    @property
    def ends_clinical(self) -> bool:
        """Say whether the latest score is in the clinical range."""
        return is_clinical(self.measure, self.latest)

    @property
    def _gain(self) -> Fraction:
        """Points to the better; a lower PHQ-9 or GAD-7 is the better one."""
        change = self.latest - self.first
        return -change if self.measure in CASE_FROM else change


def is_clinical(measure: str, score: Fraction) -> bool:
    """Say whether a score is in the clinical range of its measure."""
    if measure in CASE_FROM:
        return score >= CASE_FROM[measure]
    return score < CLINICAL_BELOW[measure]


def pairs_of(assessments: Iterable[Assessment]) -> Mapping[str, Mapping[Key, Pair]]:
    """Return the pairs of each measure, by referral.

    Withdrawn ones and those from before the referral was received do not count.
    """
    scores: dict[tuple[str, Key], dict[date, Fraction]] = defaultdict(dict)
    for assessment in assessments:
        referral, day = assessment.referral, assessment.completed_on
        if assessment.is_withdrawn or day < referral.received_on:
            continue
        for measure, score in measured(assessment):
            scores[measure, referral.key][day] = score
    pairs: dict[str, dict[Key, Pair]] = defaultdict(dict)
    for (measure, key), dated in scores.items():
        first_on, latest_on = min(dated), max(dated)
        if first_on < latest_on:
            pair = Pair(measure, dated[first_on], dated[latest_on], latest_on)
            pairs[measure][key] = pair
    return dict(pairs)
