"""Whether lives get better: paired assessments and goals.

Source: domain reference, sections 1.4 to 1.6, 1.9 and 3. Instruments are never added
together.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    EVERYWHERE,
    WHERE_FROM,
    Direction,
    Indicator,
    each,
    month_of,
    one_if,
)
from services.aggregation.indicators.instruments import (
    DIALOG_ITEMS,
    INSTRUMENTS,
    TALKING_THERAPIES,
    Instrument,
)

ATTAINED_GBO = 3
ATTAINED_GAS = 0
NOT_TURNED_AWAY = "coalesce(outcome, '') <> 'not_for_us'"
BETWEEN = "between the first and the latest time it was asked. It does not say why."
AS_THERAPIES = "PHQ-9 and GAD-7 together, as NHS Talking Therapies does:"
RATED = "Goals that people set themselves and rate from 0 to 10:"


def _rate(
    code: str, title: str, caveat: str, sql: str, direction: Direction = "higher"
) -> Indicator:
    return Indicator(code, title, "rate", "percent", direction, caveat, sql)


def _of_pairs(measure: str, numerator: str, where: str = "true") -> str:
    counts = f"measure = '{measure}' and {where}"
    return each("fact_outcome", "paired_on", one_if(numerator), counts)


def _of_goals(kind: str, numerator: str) -> str:
    return each("fact_goal", "rated_on", one_if(numerator), f"kind = '{kind}'")


def pairing(one: Instrument) -> Indicator:
    """Define how many of those who left were asked twice or more."""
    return _rate(
        f"pairing_rate{one.suffix}",
        f"{one.subject} asked at least twice",
        f"{one.name}, of people whose support ended after two contacts or more. Where"
        " it is low, the outcomes beside it speak for few.",
        each(
            "fact_referral",
            "closed_on",
            one_if(f"paired like '%,{one.code},%'"),
            f"contacts >= 2 and {NOT_TURNED_AWAY}",
        ),
    )


def improvement(one: Instrument) -> Indicator:
    """Define how many pairs got reliably better."""
    return _rate(
        f"reliable_improvement{one.suffix}",
        f"{one.subject} reliably better",
        f"{one.name} {one.better_by} {BETWEEN}",
        _of_pairs(one.code, "is_better"),
    )


def deterioration(one: Instrument) -> Indicator:
    """Define how many pairs got reliably worse."""
    return _rate(
        f"reliable_deterioration{one.suffix}",
        f"{one.subject} reliably worse",
        f"{one.name} {one.worse_by} {BETWEEN}",
        _of_pairs(one.code, "is_worse"),
        "lower",
    )


def recovery(one: Instrument) -> Indicator:
    """Define how many of those who began in the clinical range left it reliably."""
    return _rate(
        f"reliable_recovery{one.suffix}",
        f"{one.subject} recovered",
        f"{one.name}: reliably better and now {one.well_at}, of people who were not at"
        " first. It does not say why.",
        _of_pairs(one.code, "is_better and not is_clinical", "was_clinical"),
    )


TOGETHER = (
    _rate(
        "talking_therapies_improvement",
        "Depression or anxiety reliably better",
        f"{AS_THERAPIES} one reliably better, the other not reliably worse.",
        _of_pairs(TALKING_THERAPIES, "is_better"),
    ),
    _rate(
        "talking_therapies_recovery",
        "No longer depressed or anxious to a level that needs help",
        f"{AS_THERAPIES} below the level on both at the end, of people above it on"
        " either at first.",
        _of_pairs(TALKING_THERAPIES, "not is_clinical", "was_clinical"),
    ),
    _rate(
        "talking_therapies_reliable_recovery",
        "Reliably recovered from depression and anxiety",
        f"{AS_THERAPIES} recovered and reliably better, of people above the level on"
        " either at first.",
        _of_pairs(TALKING_THERAPIES, "not is_clinical and is_better", "was_clinical"),
    ),
)
GOALS = (
    _rate(
        "goals_attained",
        "Own goals clearly closer",
        f"{RATED} closer by 3 points or more. Goals, not people.",
        _of_goals("gbo", f"rating_change >= {ATTAINED_GBO}"),
    ),
    _rate(
        "goals_attained_people",
        "People with an own goal clearly closer",
        f"{RATED} people of whom at least one came closer by 3 points or more, of those"
        " who rated any again.",
        f"""
        select {EVERYWHERE}, {month_of("rated_on")} as month, 0 as value, numerator,
          1 as denominator
        from (
          select {WHERE_FROM}, max(rated_on) as rated_on,
            max({one_if(f"rating_change >= {ATTAINED_GBO}")}) as numerator
          from fact_goal where kind = 'gbo' group by unit, {WHERE_FROM}
        ) people
        """,
    ),
    _rate(
        "goals_deteriorated",
        "Own goals clearly further away",
        f"{RATED} further by 3 points or more. Goals, not people.",
        _of_goals("gbo", f"rating_change <= -{ATTAINED_GBO}"),
        "lower",
    ),
    _rate(
        "goals_attained_gas",
        "Agreed goals reached",
        "Goals whose levels were agreed beforehand (goal attainment scaling): as"
        " expected or better. Goals, not people.",
        _of_goals("gas", f"rating >= {ATTAINED_GAS}"),
    ),
)
MEASURED = Indicator(
    code="measured_count",
    title="People asked at least twice how they are",
    kind="count",
    unit="people",
    direction="higher",
    caveat="With any instrument, by the month they were last asked. One person may have"
    " been introduced, and asked, in two organisations.",
    sql=f"""
    select {EVERYWHERE}, {month_of("paired_on")} as month, 0 as value,
      1 as numerator, 1 as denominator
    from (
      select {WHERE_FROM}, max(paired_on) as paired_on
      from fact_outcome group by unit, {WHERE_FROM}
    ) people
    """,
)
WITH_THRESHOLD = tuple(one for one in INSTRUMENTS if one.threshold is not None)
WITH_CUT_OFF = tuple(one for one in WITH_THRESHOLD if one.cut_off is not None)

INDICATORS = (
    MEASURED,
    *map(pairing, INSTRUMENTS),
    *map(improvement, (*WITH_THRESHOLD, *DIALOG_ITEMS)),
    *map(deterioration, (*WITH_THRESHOLD, *DIALOG_ITEMS)),
    *map(recovery, WITH_CUT_OFF),
    *TOGETHER,
    *GOALS,
)
