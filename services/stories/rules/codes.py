"""The codes of stories that travel; another one could be somebody's word."""

from __future__ import annotations

from collections.abc import Iterable

from shared.events import UNKNOWN

STEPS = (
    "introduction",
    "first_contact",
    "getting_to_know_you",
    "support",
    "review",
    "ending",
    "other",
)
STRENGTHS = (
    "good_with_people",
    "good_listener",
    "caring",
    "humour",
    "keeps_going",
    "creative",
    "practical",
    "languages",
    "faith",
    "local_knowledge",
)
ASPIRATIONS = (
    "friends",
    "family_time",
    "own_home",
    "work",
    "learning",
    "volunteering",
    "helping_others",
    "being_outdoors",
    "making_things",
    "better_sleep",
)


def travelling(codes: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return codes as others see them: UNKNOWN, once, for those of no list."""
    return list(dict.fromkeys(code if code in known else UNKNOWN for code in codes))
