"""Whether a rule that is quoted is one that the organisation has published."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from services.intake.schemas import DecisionIn

# Punctuation, spaces, and what cannot be seen (Unicode's categories).
SAYS_NOTHING = frozenset("PZC")


def rule_published(decision: DecisionIn, published: Sequence[str]) -> bool | None:
    """Return whether the rule that was quoted is published.

    None where somebody was accepted, no rule was quoted, or no criteria are published.
    """
    quoted = decision.rule_quoted
    if decision.outcome != "not_for_us" or quoted is None or not published:
        return None
    return same_rule(quoted) in map(same_rule, published)


def same_rule(text: str) -> str:
    """Return what is equal for one rule, however it is written.

    Case, white space and punctuation say nothing; "<" and ">" do.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c)[0] not in SAYS_NOTHING)
