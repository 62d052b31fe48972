"""Counts turned away, homes, work and themes from final states the plain way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from shared.events import Circumstance, ReferralState, StoryState

REASONS = {"01": "already_seen", "02": "not_for_this_service", "03": "incomplete"}
SETTLED = {"01", "02", "03", "04", "05", "06", "07", "08", "11"}
UNSETTLED = {"09", "10", *map(str, range(12, 22))}
WORKING = {"01"}
NOT_WORKING = {"02", "03", "04", "05", "06", "07", "08"}

# Indicator, day, what it adds to the numerator, groups of its own.
Counted = tuple[str, date, int, dict[str, str]]


def doors(r: ReferralState, others: Sequence[ReferralState]) -> Iterator[Counted]:
    """Yield what a referral adds, beside those of the same person."""
    decision, closure = r.decision, r.closure
    is_refused = decision is not None and decision.outcome == "not_for_us"
    passed_on = None
    if closure and closure.reason == "08":
        passed_on = closure.closed_on
    if decision and is_refused and decision.reason == "02":
        passed_on = decision.decided_on
    if passed_on:
        is_received = bool(decision and decision.onward_received)
        for other in later(others, passed_on, 28):
            answer = other.decision.outcome if other.decision else None
            if other.organisation != r.organisation and answer == "accepted":
                is_received = True
        yield "warm_handover", passed_on, int(is_received), {}
    if decision and is_refused:
        day, reason = decision.decided_on, REASONS.get(decision.reason or "")
        if decision.rule_published is not None:
            is_hidden = not decision.rule_published
            yield "unpublished_rule_rate", day, int(is_hidden), {}
        yield "turned_away_reasons", day, 1, {"reason": reason or "not_known"}
        yield "bounce_rate", day, int(any(later(others, day, 90))), {}


def later(
    others: Sequence[ReferralState], day: date, days: int
) -> Iterator[ReferralState]:
    """Yield the referrals received from a day on, within some days."""
    for other in others:
        if day <= other.received_on <= day + timedelta(days=days):
            yield other


def standing(r: ReferralState) -> Iterator[Counted]:
    """Yield what is known of a home and of work."""
    homes = [known(c, c.accommodation, SETTLED, UNSETTLED) for c in r.circumstances]
    work = [known(c, c.employment, WORKING, NOT_WORKING) for c in r.circumstances]
    for name, found in (("settled_home", homes), ("in_work", work)):
        # Of two records of one day the later one holds.
        told = sorted(dict(one for one in found if one).items())
        if not told:
            continue
        (first_on, first), (last_on, last) = told[0], told[-1]
        yield name, last_on, int(last), {}
        if first_on < last_on:
            code = f"{name}_lost" if first else f"{name}_gained"
            yield code, last_on, int(first != last), {}


def known(
    told: Circumstance, code: str | None, yes: set[str], no: set[str]
) -> tuple[date, bool] | None:
    """Return the day and the answer, or None where it is none."""
    return (told.recorded_on, code in yes) if code in yes | no else None


def themes(story: StoryState) -> Iterator[tuple[str, int, int]]:
    """Yield (theme, numerator, denominator) of a coded story; of none the story."""
    if story.themes:
        yield "", 0, 1
        for theme in set(story.themes):
            yield theme, 1, 0


def half_years(
    start: date, referrals: Sequence[ReferralState]
) -> Iterator[tuple[str, date, int, int]]:
    """Yield (half, its last day, numerator, denominator) of a person; of none once."""
    days = {one.on for r in referrals for one in r.crisis_contacts}
    ends = start + timedelta(days=182)
    yield "", ends, 0, 1
    yield "before", ends, int(any(1 <= (start - day).days <= 183 for day in days)), 0
    yield "after", ends, int(any(0 <= (day - start).days <= 182 for day in days)), 0
