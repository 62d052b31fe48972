"""What people tell, and whether they are answered.

Source: domain reference, sections 3 (magic_rate) and 4. Of stories that are not shared
nothing is known here, not even whether they were answered.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    EVERYWHERE,
    Indicator,
    OwnGroups,
    each,
    each_wait,
    month_of,
    one_if,
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
        select {EVERYWHERE}, {month_of("told_on")} as month,
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
            one_if("replied_on is not null"),
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
        sql=each_wait("fact_story", "replied_on", "answer_days"),
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
            one_if("changed_on is not null"),
            "replied_on is not null",
        ),
    ),
    Indicator(
        code="theme_mix",
        title="What stories are about",
        kind="mix",
        unit="percent",
        direction="neither",
        caveat=f"Themes that coders put on {SHARED}, in percent of those that were"
        " coded. A story may have several. Counts of themes, not of people's worth.",
        sql=f"""
        select {EVERYWHERE}, {month_of("told_on")} as month, 0 as value,
          1 as numerator, 0 as denominator, theme as own_group
        from fact_theme
        union all
        select {EVERYWHERE}, {month_of("told_on")} as month, 0 as value,
          0 as numerator, 1 as denominator, '' as own_group
        from fact_story where is_coded
        """,
        only_breakdown="theme",
        own=OwnGroups("theme"),
    ),
    Indicator(
        code="heard_count",
        title="Stories that were shared",
        kind="count",
        unit="stories",
        direction="higher",
        caveat=f"All {SHARED}, by the month they were told.",
        sql=each("fact_story", "told_on"),
    ),
)
