"""What people tell, and whether they are answered.

Source: domain reference, sections 3 (magic_rate) and 4. Of stories that are not shared
nothing is known here, not even whether they were answered.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    WHERE_FROM,
    Indicator,
    each,
    month_of,
)

SHARED = "stories whose tellers agreed to share them"

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
    Indicator(
        code="answered_rate",
        title="Stories that were answered",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat=f"Of {SHARED}, by the month they were told; of others nothing is known"
        " outside the team. The newest may still be answered.",
        sql=each(
            "fact_story",
            "told_on",
            "case when replied_on is not null then 1 else 0 end",
        ),
    ),
    Indicator(
        code="answer_days",
        title="Days until a story was answered",
        kind="wait",
        unit="days",
        direction="lower",
        caveat=f"Only {SHARED} and that were answered, by the month of the first"
        " answer; how many still are not is told by the share that was answered.",
        sql=f"""
        select cast(null as text) as only_scope, {WHERE_FROM},
          {month_of("replied_on")} as month,
          replied_on - told_on as value, 1 as numerator, 1 as denominator
        from fact_story where replied_on >= told_on
          and isfinite(told_on) and isfinite(replied_on)
        """,
    ),
    Indicator(
        code="changed_rate",
        title="Answers that told of a change",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat=f"Of {SHARED} and that were answered, by the month they were told: those"
        " of which the answer says what changed, and when. Not everything can be"
        " changed; a good answer says so.",
        sql=each(
            "fact_story",
            "told_on",
            "case when changed_on is not null then 1 else 0 end",
            "replied_on is not null",
        ),
    ),
)
