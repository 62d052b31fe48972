"""What people tell: magic and miserable moments.

Source: domain reference, sections 3 (magic_rate) and 4.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    WHERE_FROM,
    Indicator,
    month_of,
)

INDICATORS = (
    Indicator(
        code="magic_rate",
        title="Moments that were magic",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat="Of all moments in stories whose tellers agreed to share them. A count "
        "of moments, not of people's worth; read the miserable ones too.",
        sql=f"""
        select cast(null as text) as only_scope, {WHERE_FROM},
          {month_of("told_on")} as month,
          0 as value, magic_moments as numerator, moments as denominator
        from fact_story where moments > 0
        """,
    ),
)
