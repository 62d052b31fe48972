"""Groups of people and arithmetic of figures, as pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any, Final

from shared.events import (
    UNKNOWN,
    AssessmentState,
    Circumstance,
    CrisisContact,
    GoalState,
    Rating,
    ReferralState,
)

NOT_KNOWN: Final = "not_known"
NOT_STATED: Final = "not_stated"
UNKNOWN_GROUPS = (NOT_KNOWN, NOT_STATED)
ETHNICITIES = {
    **dict.fromkeys("ABC", "white"),
    **dict.fromkeys("DEFG", "mixed"),
    **dict.fromkeys("HJKL", "asian"),
    **dict.fromkeys("MNP", "black"),
    **dict.fromkeys("RS", "other"),
    "Z": "not_stated",
}
GENDERS = {
    "1": "male",
    "2": "female",
    "3": "non_binary",
    "4": "other",
    "Z": "not_stated",
}
AGES = (
    (18, "under_18"),
    (25, "18_24"),
    (35, "25_34"),
    (45, "35_44"),
    (55, "45_54"),
    (65, "55_64"),
    (200, "65_over"),
)
SOURCE_GROUPS = "ABCDEFGHIMNPQ"
DISABILITIES = frozenset([*(f"{number:02}" for number in range(1, 11)), "XX"])
VALID_STATUSES = frozenset({"scored", "prorated"})
SCORES = ("total", "mean", "metric")
SATISFACTION = range(1, 8)
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
HIGHEST_SCORE = 1_000  # of any instrument; also no infinity, and no NaN
QUINTILES = tuple(f"quintile_{number}" for number in range(1, 6))

SETTLED = {
    **dict.fromkeys([*(f"{number:02}" for number in range(1, 9)), "11"], True),
    **dict.fromkeys(["09", "10", *(f"{number}" for number in range(12, 22))], False),
}
WORKING = {"01": True, **{f"{number:02}": False for number in range(2, 9)}}

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "ethnicity": (
        "white",
        "mixed",
        "asian",
        "black",
        "other",
        "not_stated",
        NOT_KNOWN,
    ),
    "gender": ("male", "female", "non_binary", "other", "not_stated", NOT_KNOWN),
    "age": (*(name for _, name in AGES), NOT_KNOWN),
    "deprivation": (*QUINTILES, NOT_KNOWN),
    "disability": ("yes", "no", "not_stated", NOT_KNOWN),
    "source": (*(f"group_{letter.lower()}" for letter in SOURCE_GROUPS), NOT_KNOWN),
}
BREAKDOWNS = tuple(GROUPS)


def ethnicity_group(code: str | None) -> str:
    """Return the upper group of an ethnic category (16+1; domain section 2)."""
    return ETHNICITIES.get(code or "", NOT_KNOWN)


def age_group(age: int | None) -> str:
    """Return the band of an age in years at referral."""
    if age is None:
        return NOT_KNOWN
    return next((name for limit, name in AGES if age < limit), NOT_KNOWN)


def deprivation_group(decile: int | None) -> str:
    """Return the quintile of an IMD decile: quintile 1 is the most deprived."""
    is_known = decile is not None and 1 <= decile <= 2 * len(QUINTILES)
    return QUINTILES[ceil(decile / 2) - 1] if decile and is_known else NOT_KNOWN


def disability_group(codes: Sequence[str]) -> str:
    """Return whether any disability was told; asked and declined is not unknown."""
    if not DISABILITIES.isdisjoint(codes):
        return "yes"
    if "NN" in codes:
        return "no"
    return "not_stated" if "ZZ" in codes else NOT_KNOWN


def source_group(code: str) -> str:
    """Return the group of a source of referral: its first letter."""
    is_known = code != "" and code[0] in SOURCE_GROUPS
    return f"group_{code[0].lower()}" if is_known else NOT_KNOWN


def groups_of(referral: ReferralState) -> tuple[str, ...]:
    """Return a referral's group in each breakdown, in the order of `BREAKDOWNS`."""
    return (
        ethnicity_group(referral.ethnicity),
        GENDERS.get(referral.gender or "", NOT_KNOWN),
        age_group(referral.age),
        deprivation_group(referral.imd_decile),
        disability_group(referral.disabilities),
        source_group(referral.source),
    )


def is_settled(told: Circumstance) -> bool | None:
    """Return whether a home is settled; None where that is not known.

    Source: domain reference, section 2 (accommodation type; settled here).
    """
    return SETTLED.get(told.accommodation or "")


def is_in_work(told: Circumstance) -> bool | None:
    """Return whether somebody is in paid work; None where that is not known."""
    return WORKING.get(told.employment or "")


def standing(
    circumstances: Sequence[Circumstance],
    judge: Callable[[Circumstance], bool | None],
) -> tuple[date | None, bool | None, bool | None]:
    """Return the day of the latest known record, what the first said, and the latest.

    What was known on one day only has no first: nothing can have changed.
    """
    known = {
        told.recorded_on: answer
        for told in circumstances
        if (answer := judge(told)) is not None
    }
    if not known:
        return None, None, None
    first, latest = min(known), max(known)
    return latest, known[first] if first < latest else None, known[latest]


def crisis_days(told: Sequence[CrisisContact]) -> str | None:
    """Return the days of contacts in a crisis as JSON; of what kind is not kept."""
    days = sorted({one.on.isoformat() for one in told})
    return json.dumps(days) if days else None


def rounded(value: Fraction | float, decimals: int) -> float:
    """Return a number to publish, rounded half away from zero."""
    scale: int = 10**decimals
    whole = int(abs(Fraction(value)) * scale + Fraction(1, 2))
    return (whole if value >= 0 else -whole) / scale


def latest_rating(goal: GoalState) -> Rating | None:
    """Return the latest rating after the day the goal was set, or None."""
    later = [rating for rating in goal.ratings if rating.rated_on > goal.set_on]
    return max(later, key=lambda rating: rating.rated_on, default=None)


def first_month_shown(last: date) -> date:
    """Return the month in which the latest published year up to a month begins."""
    index = last.year * 12 + last.month - 1
    index -= (index + 1) % 3 + 11
    return date(index // 12, index % 12 + 1, 1)


def latest_year(first: date, last: date) -> tuple[date, date] | None:
    """Return the latest published year within a period, by the first days of months.

    A year is twelve months that end with a quarter. Sums over other periods could be
    subtracted from each other until single months, and people, are left.
    """
    begin = first_month_shown(last)
    end = begin.year * 12 + begin.month + 10
    return (begin, date(end // 12, end % 12 + 1, 1)) if begin >= first else None


def nearest_rank(counts: Sequence[tuple[int, int]], share: float) -> int | None:
    """Return the value that `share` of all do not exceed (nearest rank).

    Args:
        counts: Values with how often each occurs, in ascending order of value.
        share: More than 0, at most 1.
    """
    wanted = ceil(share * sum(count for _, count in counts))
    seen = 0
    for value, count in counts:
        seen += count
        if seen >= wanted > 0:
            return value
    return None


def valid_score(state: AssessmentState) -> Any:  # noqa: ANN401 (int or float or None)
    """Return the score of a valid assessment; two decimals are exact enough.

    Prorated totals are fractions of few parts, so a rounded difference never crosses a
    whole number of points.
    """
    if state.is_withdrawn or state.status not in VALID_STATUSES:
        return None
    scores = (state.scores.get(name) for name in SCORES)
    score = next((one for one in scores if one is not None), None)
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return score if abs(score) <= HIGHEST_SCORE else None


def valid_items(state: AssessmentState) -> str | None:
    """Return the answers of a valid DIALOG as JSON; declined ones are missing."""
    is_valid = state.status in VALID_STATUSES or state.status == "partial"
    if state.instrument != "dialog" or state.is_withdrawn or not is_valid:
        return None
    return json.dumps(
        [item if item and item in SATISFACTION else None for item in state.items]
    )


def scored_by(state: AssessmentState) -> str:
    """Return the versions of an instrument and of its scoring rules, `1/1+site.ab12`.

    What is no version could be anything, so it is not passed on.
    """
    versions = (state.instrument_version, state.scoring_version)
    return "/".join(v if VERSION.fullmatch(v) else UNKNOWN for v in versions)
