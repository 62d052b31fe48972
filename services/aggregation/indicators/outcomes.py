"""Whether lives get better: paired assessments and goals.

Source: domain reference, sections 1.4 to 1.6, 1.9 and 3. Instruments are never added
together.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import Indicator, each
from services.aggregation.indicators.instruments import (
    DIALOG_ITEMS,
    INSTRUMENTS,
    TALKING_THERAPIES,
    Instrument,
)

ATTAINED_GBO = 3
ATTAINED_GAS = 0
NOT_TURNED_AWAY = "coalesce(outcome, '') <> 'not_for_us'"
NOT_WHY = "It does not say why."


def _one_if(condition: str) -> str:
    return f"case when {condition} then 1 else 0 end"


def pairing(instrument: Instrument) -> Indicator:
    """Define how many of those who left were asked twice or more."""
    return Indicator(
        code=f"pairing_rate{instrument.suffix}",
        title=f"{instrument.subject} asked at least twice",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat=f"{instrument.name}, of people whose support ended after two contacts or"
        " more. Where it is low, the outcomes beside it speak for few.",
        sql=each(
            "fact_referral",
            "closed_on",
            _one_if(f"paired like '%,{instrument.code},%'"),
            f"contacts >= 2 and {NOT_TURNED_AWAY}",
        ),
    )


def _of_pairs(
    start: str, words: str, caveat: str, instrument: Instrument, sql: tuple[str, str]
) -> Indicator:
    numerator, where = sql
    return Indicator(
        code=f"{start}{instrument.suffix}",
        title=f"{instrument.subject} {words}",
        kind="rate",
        unit="percent",
        direction="lower" if start == "reliable_deterioration" else "higher",
        caveat=caveat,
        sql=each(
            "fact_outcome",
            "paired_on",
            _one_if(numerator),
            f"measure = '{instrument.code}' and {where}",
        ),
    )


def improvement(instrument: Instrument) -> Indicator:
    """Define how many pairs got reliably better."""
    caveat = (
        f"{instrument.name} {instrument.better_by} between the first and the latest"
        f" time it was asked. {NOT_WHY}"
    )
    sql = ("is_better", "true")
    return _of_pairs("reliable_improvement", "reliably better", caveat, instrument, sql)


def deterioration(instrument: Instrument) -> Indicator:
    """Define how many pairs got reliably worse."""
    caveat = (
        f"{instrument.name} {instrument.worse_by} between the first and the latest"
        f" time it was asked. {NOT_WHY}"
    )
    sql = ("is_worse", "true")
    return _of_pairs(
        "reliable_deterioration", "reliably worse", caveat, instrument, sql
    )


def recovery(instrument: Instrument) -> Indicator:
    """Define how many of those who began in the clinical range left it reliably."""
    caveat = (
        f"{instrument.name}: reliably better and now {instrument.well_at}, of people"
        f" who were not at first. {NOT_WHY}"
    )
    sql = ("is_better and not is_clinical", "was_clinical")
    return _of_pairs("reliable_recovery", "recovered", caveat, instrument, sql)


def _together(code: str, title: str, caveat: str, sql: tuple[str, str]) -> Indicator:
    numerator, where = sql
    return Indicator(
        code=code,
        title=title,
        kind="rate",
        unit="percent",
        direction="higher",
        caveat=f"PHQ-9 and GAD-7 together, as NHS Talking Therapies does: {caveat}",
        sql=each(
            "fact_outcome",
            "paired_on",
            _one_if(numerator),
            f"measure = '{TALKING_THERAPIES}' and {where}",
        ),
    )


def _goals(code: str, title: str, caveat: str, sql: tuple[str, str]) -> Indicator:
    numerator, kind = sql
    return Indicator(
        code=code,
        title=title,
        kind="rate",
        unit="percent",
        direction="lower" if code == "goals_deteriorated" else "higher",
        caveat=f"{caveat} Goals, not people.",
        sql=each("fact_goal", "rated_on", _one_if(numerator), f"kind = '{kind}'"),
    )


TOGETHER = (
    _together(
        "talking_therapies_improvement",
        "Depression or anxiety reliably better",
        "one reliably better, the other not reliably worse.",
        ("is_better", "true"),
    ),
    _together(
        "talking_therapies_recovery",
        "No longer depressed or anxious to a level that needs help",
        "below the level on both at the end, of people above it on either at first.",
        ("not is_clinical", "was_clinical"),
    ),
    _together(
        "talking_therapies_reliable_recovery",
        "Reliably recovered from depression and anxiety",
        "recovered and reliably better, of people above the level on either at first.",
        ("not is_clinical and is_better", "was_clinical"),
    ),
)
GOALS = (
    _goals(
        "goals_attained",
        "Own goals clearly closer",
        "Goals that people set themselves and rate from 0 to 10: closer by 3 points or"
        " more.",
        (f"rating_change >= {ATTAINED_GBO}", "gbo"),
    ),
    _goals(
        "goals_deteriorated",
        "Own goals clearly further away",
        "Goals that people set themselves and rate from 0 to 10: further by 3 points"
        " or more.",
        (f"rating_change <= -{ATTAINED_GBO}", "gbo"),
    ),
    _goals(
        "goals_attained_gas",
        "Agreed goals reached",
        "Goals whose levels were agreed beforehand (goal attainment scaling): as"
        " expected or better.",
        (f"rating >= {ATTAINED_GAS}", "gas"),
    ),
)
WITH_THRESHOLD = tuple(one for one in INSTRUMENTS if one.threshold is not None)
WITH_CUT_OFF = tuple(one for one in WITH_THRESHOLD if one.cut_off is not None)

INDICATORS = (
    *map(pairing, INSTRUMENTS),
    *map(improvement, (*WITH_THRESHOLD, *DIALOG_ITEMS)),
    *map(deterioration, (*WITH_THRESHOLD, *DIALOG_ITEMS)),
    *map(recovery, WITH_CUT_OFF),
    *TOGETHER,
    *GOALS,
)
