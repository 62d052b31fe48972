"""The indicators: one file per family, each indicator one small definition.

A definition is plain SQL over the facts (`fact_referral`, `fact_goal`, `fact_story`)
that says what each fact adds to which month; scopes, breakdowns, counting and
disclosure are the same for all.
"""

from __future__ import annotations

from services.aggregation.indicators import access, outcomes, voices
from services.aggregation.indicators.definition import Indicator

INDICATORS: dict[str, Indicator] = {
    indicator.code: indicator
    for family in (access, outcomes, voices)
    for indicator in family.INDICATORS
}

__all__ = ["INDICATORS", "Indicator"]
