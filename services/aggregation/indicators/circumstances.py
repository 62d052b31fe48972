"""Homes and work: where people stand now, and what changed since they came.

Source: domain reference, sections 2 (settled here) and 3 (settled_home, in_work). What
is not known is not counted: unknown is not "no".
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    Direction,
    Indicator,
    each,
    one_if,
)

OF_ALL = "of people of whom it is known, by the month in which it was last asked."
OF_TWO = "Of people asked on at least two days, by the month of the last."


def _rate(
    code: str, title: str, caveat: str, sql: str, direction: Direction = "higher"
) -> Indicator:
    return Indicator(code, title, "rate", "percent", direction, caveat, sql)


def _now(name: str, asked: str) -> str:
    return each("fact_referral", asked, one_if(f"is_{name}"), f"is_{name} is not null")


def _since(name: str, asked: str, *, gained: bool) -> str:
    before, after = (f"not was_{name}", f"is_{name}")
    if not gained:
        before, after = f"was_{name}", f"not is_{name}"
    return each("fact_referral", asked, one_if(after), before)


INDICATORS = (
    _rate(
        "settled_home",
        "In a settled home",
        f"At the latest count, {OF_ALL}",
        _now("settled", "housing_on"),
    ),
    _rate(
        "settled_home_gained",
        "Without a settled home at first, with one now",
        f"{OF_TWO} It does not say why.",
        _since("settled", "housing_on", gained=True),
    ),
    _rate(
        "settled_home_lost",
        "With a settled home at first, without one now",
        f"{OF_TWO} It does not say why.",
        _since("settled", "housing_on", gained=False),
        "lower",
    ),
    _rate(
        "in_work",
        "In paid work",
        f"At the latest count, {OF_ALL} Not everyone looks for paid work.",
        _now("in_work", "work_on"),
        "neither",
    ),
    _rate(
        "in_work_gained",
        "Not in paid work at first, in paid work now",
        f"{OF_TWO} It does not say why.",
        _since("in_work", "work_on", gained=True),
    ),
    _rate(
        "in_work_lost",
        "In paid work at first, not now",
        f"{OF_TWO} It does not say why.",
        _since("in_work", "work_on", gained=False),
        "lower",
    ),
)
