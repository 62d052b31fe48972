"""Homes and work: where people stand now, and what changed since they came.

Source: domain reference, sections 2 (settled here) and 3 (settled_home, in_work). What
is not known is not counted: unknown is not "no".
"""

from __future__ import annotations

from functools import partial

from services.aggregation.indicators.definition import Indicator, each, one_if

OF_ALL = "of people of whom it is known, by the month in which it was last asked."
OF_TWO = "Of people asked on at least two days, by the month of the last."
NO_WHY = f"{OF_TWO} It does not say why."
KNOWN = "People last asked in the month, of whom it is known"

_rate = partial(Indicator, kind="rate", unit="percent")


def _now(name: str, asked: str) -> str:
    return each("fact_referral", asked, one_if(f"is_{name}"), f"is_{name} is not null")


def _since(name: str, asked: str, *, gained: bool) -> str:
    before, after = (f"not was_{name}", f"is_{name}")
    if not gained:
        before, after = f"was_{name}", f"not is_{name}"
    return each("fact_referral", asked, one_if(after), before)


INDICATORS = (
    _rate(
        code="settled_home",
        title="In a settled home",
        direction="higher",
        caveat=f"At the latest count, {OF_ALL}",
        numerator="Those in a settled home",
        denominator=KNOWN,
        sql=_now("settled", "housing_on"),
    ),
    _rate(
        code="settled_home_gained",
        title="Without a settled home at first, with one now",
        direction="higher",
        caveat=NO_WHY,
        numerator="Those in a settled home now",
        denominator=f"{KNOWN}, who had none at first",
        sql=_since("settled", "housing_on", gained=True),
    ),
    _rate(
        code="settled_home_lost",
        title="With a settled home at first, without one now",
        direction="lower",
        caveat=NO_WHY,
        numerator="Those without a settled home now",
        denominator=f"{KNOWN}, who had one at first",
        sql=_since("settled", "housing_on", gained=False),
    ),
    _rate(
        code="in_work",
        title="In paid work",
        direction="neither",
        caveat=f"At the latest count, {OF_ALL} Not everyone looks for paid work.",
        numerator="Those in paid work",
        denominator=KNOWN,
        sql=_now("in_work", "work_on"),
    ),
    _rate(
        code="in_work_gained",
        title="Not in paid work at first, in paid work now",
        direction="higher",
        caveat=NO_WHY,
        numerator="Those in paid work now",
        denominator=f"{KNOWN}, who were not at first",
        sql=_since("in_work", "work_on", gained=True),
    ),
    _rate(
        code="in_work_lost",
        title="In paid work at first, not now",
        direction="lower",
        caveat=NO_WHY,
        numerator="Those not in paid work now",
        denominator=f"{KNOWN}, who were at first",
        sql=_since("in_work", "work_on", gained=False),
    ),
)
