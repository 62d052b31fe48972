"""Whether lives get better: paired assessments and goals.

Source: domain reference, sections 1.6, 1.9 and 3.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import Indicator, each

RELIABLE_POINTS_REQOL10 = 5
RELIABLE_POINTS_GBO = 3
NOT_TURNED_AWAY = "coalesce(outcome, '') <> 'not_for_us'"

INDICATORS = (
    Indicator(
        code="pairing_rate",
        title="Quality of life asked at least twice",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat="Of people whose support ended after two contacts or more. Where it is "
        "low, the outcomes beside it speak for few.",
        sql=each(
            "fact_referral",
            "closed_on",
            "case when paired_on is not null then 1 else 0 end",
            f"contacts >= 2 and {NOT_TURNED_AWAY}",
        ),
    ),
    Indicator(
        code="reliable_improvement",
        title="Quality of life reliably better",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat="ReQoL-10 rose by 5 points or more between the first and the latest "
        "time it was asked. It does not say why.",
        sql=each(
            "fact_referral",
            "paired_on",
            f"case when score_change >= {RELIABLE_POINTS_REQOL10} then 1 else 0 end",
            NOT_TURNED_AWAY,
        ),
    ),
    Indicator(
        code="goals_attained",
        title="Own goals clearly closer",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat="Goals that people set themselves and rate from 0 to 10: closer by 3 "
        "points or more. Goals, not people.",
        sql=each(
            "fact_goal",
            "rated_on",
            f"case when rating_change >= {RELIABLE_POINTS_GBO} then 1 else 0 end",
            "kind = 'gbo'",
        ),
    ),
)
