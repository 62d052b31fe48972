"""Who asks for help, who is seen, and who waits.

Source: domain reference, section 3 (access_count, source_mix, wait_days,
still_waiting).
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    EVERYWHERE,
    Indicator,
    each,
    each_wait,
    first_contacts,
    month_of,
)

LEFT_THE_QUEUE_ON = """least(
  first_contact_on, closed_on, case when outcome = 'not_for_us' then decided_on end
)"""
JOINED = month_of("received_on")
LEFT = month_of(LEFT_THE_QUEUE_ON)

INDICATORS = (
    Indicator(
        code="access_count",
        title="People seen for the first time",
        kind="count",
        unit="people",
        direction="higher",
        caveat="Each person is counted once, in the month of their first contact, "
        "however many organisations they know.",
        numerator="People whose first attended contact was in the month",
        sql=first_contacts(
            f"""{month_of("first_contact_on")} as month,
      0 as value, 1 as numerator, 1 as denominator"""
        ),
    ),
    Indicator(
        code="source_mix",
        title="Who introduces people",
        kind="share",
        unit="percent",
        direction="neither",
        caveat="Introductions, not people: one person may be introduced twice.",
        numerator="Introductions in the month by this source",
        denominator="All introductions in the month",
        sql=each("fact_referral", "received_on"),
        only_breakdown="source",
    ),
    Indicator(
        code="wait_days",
        title="Days until the first contact",
        kind="wait",
        unit="days",
        direction="lower",
        caveat="Only people who have been seen; those still waiting are counted "
        "beside this. A missed appointment does not stop the clock.",
        numerator="Introductions whose first attended contact was in the month",
        sql=each_wait("fact_referral", "first_contact_on", "wait_days"),
    ),
    Indicator(
        code="still_waiting",
        title="People still waiting at the end of the month",
        kind="stock",
        unit="people",
        direction="lower",
        caveat="Introduced, not yet seen, not turned away and not closed.",
        numerator="Introductions that were waiting at the end of the month",
        sql=f"""
        select {EVERYWHERE}, {JOINED} as month,
          0 as value, 1 as numerator, 1 as denominator
        from fact_referral
        where {LEFT_THE_QUEUE_ON} is null or {JOINED} < {LEFT}
        union all
        select {EVERYWHERE}, {LEFT} as month,
          0 as value, -1 as numerator, -1 as denominator
        from fact_referral where {JOINED} < {LEFT}
        """,
    ),
)
