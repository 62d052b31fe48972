"""Who is turned away, why, and what becomes of them across organisations.

Source: domain reference, section 3 (ineligible_rate, warm_handover, bounce_rate). How
long another organisation may take to receive a person is a convention of ours. Whether
a rule is published is decided by the owner, when the decision is told.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    EVERYWHERE,
    Indicator,
    OwnGroups,
    each,
    month_of,
    one_if,
)

BOUNCE_DAYS = 90
HANDOVER_DAYS = 28
IS_INELIGIBLE = "outcome = 'not_for_us' and reason = '02'"
# National reasons of a rejection (MHSDS ReferRejectReason).
REASONS = {
    "01": "already_seen",
    "02": "not_for_this_service",
    "03": "incomplete",
}
REASON_GROUP = f"""case reason {
    " ".join(f"when '{code}' then '{name}'" for code, name in REASONS.items())
} else 'not_known' end"""
# The first moment at which somebody had to go elsewhere.
PASSED_ON = f"""case when {IS_INELIGIBLE} then decided_on
  when closure_reason = '08' then closed_on end"""
_ASKED_AGAIN = """exists (
  select 1 from fact_referral other
  where other.person = one.person and other.unit <> one.unit
    and other.received_on >= {since}
    and other.received_on <= {since} + interval '{days}' day
    and {where}
)"""
_IS_RECEIVED = _ASKED_AGAIN.format(
    since="one.passed_on",
    days=HANDOVER_DAYS,
    where="other.organisation <> one.organisation and other.outcome = 'accepted'",
)
_IS_BACK = _ASKED_AGAIN.format(since="one.decided_on", days=BOUNCE_DAYS, where="true")

INDICATORS = (
    Indicator(
        code="ineligible_rate",
        title="Told “this is not for us”",
        kind="rate",
        unit="percent",
        direction="lower",
        caveat="Decisions in which the service was said to be the wrong one, out of "
        "all decisions.",
        numerator="Decisions “not for us” with the reason that the service is the"
        " wrong one",
        denominator="All decisions in the month",
        sql=each("fact_referral", "decided_on", one_if(IS_INELIGIBLE)),
    ),
    Indicator(
        code="turned_away_reasons",
        title="Why people are turned away",
        kind="share",
        unit="percent",
        direction="neither",
        caveat="The reason that was stated, of all decisions “not for us”. It need not"
        " be the only one.",
        numerator="Decisions “not for us” with this reason",
        denominator="All decisions “not for us” in the month",
        sql=f"""
        select {EVERYWHERE}, {month_of("decided_on")} as month, 0 as value,
          1 as numerator, 1 as denominator, {REASON_GROUP} as own_group
        from fact_referral where outcome = 'not_for_us' and decided_on is not null
        """,
        only_breakdown="reason",
        own=OwnGroups("reason", (*REASONS.values(), "not_known")),
    ),
    Indicator(
        code="unpublished_rule_rate",
        title="Turned away by a rule that is not published",
        kind="rate",
        unit="percent",
        direction="lower",
        caveat="Of decisions “not for us” that quoted a rule, for whatever reason. The"
        " rule is looked for in what the organisation had published at that time. Who"
        " published nothing is left out. A rule that was put in other words counts as"
        " not published.",
        numerator="Those whose rule was not among the published ones",
        denominator="Decisions “not for us” in the month that quoted a rule, by"
        " organisations that had published theirs",
        sql=each(
            "fact_referral",
            "decided_on",
            one_if("not rule_published"),
            "outcome = 'not_for_us' and rule_published is not null",
        ),
    ),
    Indicator(
        code="warm_handover",
        title="Handed over to somebody who takes them",
        kind="rate",
        unit="percent",
        direction="higher",
        caveat="Of people for whom a service was the wrong one, or who were signposted "
        "at the end: those who were received elsewhere, by word of the service or"
        f" because another partner accepted them within {HANDOVER_DAYS} days. People"
        " without an NHS number cannot be followed to another partner.",
        numerator="Those who were received elsewhere",
        denominator="People told in the month that a service was the wrong one, or who"
        " were signposted at the end",
        sql=f"""
        select {EVERYWHERE}, {month_of("passed_on")} as month, 0 as value,
          {one_if(f"onward_received or {_IS_RECEIVED}")} as numerator, 1 as denominator
        from (select *, {PASSED_ON} as passed_on from fact_referral) one
        where passed_on is not null
        """,
    ),
    Indicator(
        code="bounce_rate",
        title="Turned away, and asking again",
        kind="rate",
        unit="percent",
        direction="lower",
        caveat=f"Of people turned away: those introduced again within {BOUNCE_DAYS}"
        " days, to any partner. It includes those handed over well; the newest months"
        " may still grow.",
        numerator=f"Those introduced again within {BOUNCE_DAYS} days, to any partner",
        denominator="Decisions “not for us” in the month",
        sql=f"""
        select {EVERYWHERE}, {month_of("decided_on")} as month, 0 as value,
          {one_if(_IS_BACK)} as numerator, 1 as denominator
        from fact_referral one
        where outcome = 'not_for_us' and decided_on is not null
        """,
    ),
)
