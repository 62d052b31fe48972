"""Groups of people and arithmetic of figures, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

from shared.events import GoalState, Rating, ReferralState

NOT_KNOWN: Final = "not_known"
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
QUINTILES = tuple(f"quintile_{number}" for number in range(1, 6))

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


def latest_rating(goal: GoalState) -> Rating | None:
    """Return the latest rating after the day the goal was set, or None."""
    later = [rating for rating in goal.ratings if rating.rated_on > goal.set_on]
    return max(later, key=lambda rating: rating.rated_on, default=None)


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
