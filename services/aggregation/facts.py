"""SQL that turns projections into facts: what `cells` counts."""

from __future__ import annotations

from services.aggregation.indicators.instruments import (
    TALKING_THERAPIES,
    threshold_rows,
)
from services.aggregation.rules import BREAKDOWNS, NOT_KNOWN

GROUPS = ", ".join(BREAKDOWNS)
FACTS = (
    "fact_outcome",
    "fact_referral",
    "fact_crisis",
    "fact_goal",
    "fact_story",
    "fact_theme",
)
# Days whose difference cannot be told: a date without end comes as infinity.
_DAYS = """case when {end} >= {start} and isfinite({start}) and isfinite({end})
  then {end} - {start} end"""

# Units whose facts change together: a person is counted once across their referrals,
# so all of them are counted again when one changes; and what moved from one unit to
# another must leave the one to enter the other.
AFFECTED = """
select unnest($1::uuid[]) as unit
union
select id from referral where person in (
  select person from referral where id = any($1)
  union select person from fact_referral where unit = any($1))
union
select unit from fact_referral where person in (
  select person from referral where id = any($1)
  union select person from fact_referral where unit = any($1))
union
select f.unit from fact_goal f join goal g using (id) where g.referral = any($1)
union
select f.unit from fact_story f join story s using (id) where s.unit = any($1)
"""

# Under another secret an organisation has another id; the newest one holds.
PLACES = """
select distinct on (organisation) organisation as code, place from organisation
where organisation is not null order by organisation, sequence desc
"""

_VALID = """
select a.referral, a.instrument as measure, a.completed_on, a.id, a.score, a.scored_by
from assessment a where a.score is not null and {where}
union all
select a.referral, 'dialog_q' || lpad(i.number::text, 2, '0'), a.completed_on, a.id,
  i.score::numeric, a.scored_by
from assessment a
  cross join lateral json_array_elements_text(a.items) with ordinality
    as i(score, number)
where i.score is not null and {where}
"""
# First and latest valid value of each instrument and item in one referral.
_PAIRS = """
select v.referral, v.measure, max(v.completed_on) as paired_on,
  (array_agg(v.score order by v.completed_on, v.id))[1] as first,
  (array_agg(v.score order by v.completed_on desc, v.id desc))[1] as latest,
  (array_agg(v.scored_by order by v.completed_on, v.id))[1] as first_by,
  (array_agg(v.scored_by order by v.completed_on desc, v.id desc))[1] as latest_by
from ({valid}) v join referral r on r.id = v.referral
where v.completed_on >= r.received_on
group by v.referral, v.measure having max(v.completed_on) > min(v.completed_on)
"""
_IS_CLINICAL = "case m.sign when 1 then p.{0} < m.cut_off else p.{0} >= m.cut_off end"


# Goals and stories of a referral that was erased or withdrawn count nowhere; those of
# one that has not come yet do.
_NO_GRAVE = "(r.id is null or r.received_on is not null)"


def _groups(table: str) -> str:
    known = (f"coalesce({table}.{name}, '{NOT_KNOWN}')" for name in BREAKDOWNS)
    return ", ".join(known)


def _outcomes(condition: str) -> tuple[str, str]:
    """Return the statements that compare pairs, each by its instrument's rule."""
    pairs = _PAIRS.format(valid=_VALID.format(where=condition.format("a.referral")))
    insert = f"""
    insert into fact_outcome (unit, measure, organisation, place, paired_on, is_better,
      is_worse, was_clinical, is_clinical, first_scored_by, latest_scored_by, {GROUPS})
    """
    return (
        f"""
        {insert}
        select p.referral, p.measure, r.organisation, o.place, p.paired_on,
          m.sign * (p.latest - p.first) >= m.threshold,
          m.sign * (p.latest - p.first) <= -m.threshold,
          {_IS_CLINICAL.format("first")}, {_IS_CLINICAL.format("latest")},
          p.first_by, p.latest_by, {_groups("r")}
        from ({pairs}) p
          join (values {threshold_rows()}) as m(measure, sign, threshold, cut_off)
            on m.measure = p.measure
          join referral r on r.id = p.referral
          left join ({PLACES}) o on o.code = r.organisation
        where coalesce(r.outcome, '') <> 'not_for_us'
        """,
        f"""
        {insert}
        select p.unit, '{TALKING_THERAPIES}', p.organisation, p.place,
          greatest(p.paired_on, g.paired_on),
          (p.is_better or g.is_better) and not (p.is_worse or g.is_worse),
          (p.is_worse or g.is_worse) and not (p.is_better or g.is_better),
          p.was_clinical or g.was_clinical, p.is_clinical or g.is_clinical, null, null,
          {", ".join(f"p.{name}" for name in BREAKDOWNS)}
        from fact_outcome p join fact_outcome g on g.unit = p.unit
        where p.measure = 'phq9' and g.measure = 'gad7' and {condition.format("p.unit")}
        """,
    )


def _referrals(condition: str) -> str:
    return f"""
    insert into fact_referral (unit, organisation, place, person, received_on, outcome,
      reason, decided_on, rule_published, onward_received, first_contact_on, wait_days,
      contacts, closed_on, closure_reason, housing_on, was_settled, is_settled, work_on,
      was_in_work, is_in_work, paired, {GROUPS})
    select r.id, r.organisation, o.place, r.person, r.received_on, r.outcome,
      r.reason, r.decided_on, r.rule_published, coalesce(r.onward_received, false),
      r.first_contact_on,
      {_DAYS.format(start="r.received_on", end="r.first_contact_on")}, r.contacts,
      r.closed_on, r.closure_reason, r.housing_on, r.was_settled, r.is_settled,
      r.work_on, r.was_in_work, r.is_in_work,
      ',' || coalesce(pairs.measures, '') || ',', {_groups("r")}
    from referral r left join ({PLACES}) o on o.code = r.organisation
      left join lateral (
        select string_agg(distinct split_part(f.measure, '_', 1), ',') as measures
        from fact_outcome f where f.unit = r.id
      ) pairs on true
    where r.received_on is not null and {condition.format("r.id")}
    """


def _crises(condition: str) -> str:
    return f"""
    insert into fact_crisis (unit, happened_on, person, organisation, place, {GROUPS})
    select r.id, day::date, r.person, r.organisation, o.place, {_groups("r")}
    from referral r left join ({PLACES}) o on o.code = r.organisation
      cross join lateral jsonb_array_elements_text(r.crisis_on) as day
    where r.received_on is not null and {condition.format("r.id")}
    """


def _goals(condition: str) -> str:
    """A goal without weight is none; GAS needs no baseline to tell what was reached."""
    return f"""
    insert into fact_goal (id, unit, organisation, place, kind, rated_on, rating,
      rating_change, {GROUPS})
    select g.id, g.referral, g.organisation, o.place, g.kind, g.rated_on, g.rating,
      least(greatest(g.rating::bigint - g.baseline, -1000), 1000), {_groups("r")}
    from goal g left join ({PLACES}) o on o.code = g.organisation
      left join referral r on r.id = g.referral
    where g.rated_on is not null and coalesce(g.weight, 1) <> 0
      and (g.baseline is not null or g.kind = 'gas')
      and {_NO_GRAVE}
      and {condition.format("g.referral")}
    """


def _stories(condition: str) -> str:
    return f"""
    insert into fact_story (id, unit, organisation, place, told_on, magic_moments,
      moments, is_coded, replied_on, answer_days, changed_on, {GROUPS})
    select s.id, s.unit, s.organisation, o.place, s.told_on,
      (select count(*) from jsonb_array_elements(s.moments) m
        where m ->> 'kind' = 'magic'),
      jsonb_array_length(s.moments), coalesce(jsonb_array_length(s.themes), 0) > 0,
      s.replied_on,
      {_DAYS.format(start="s.told_on", end="s.replied_on")}, s.changed_on,
      {_groups("r")}
    from story s left join ({PLACES}) o on o.code = s.organisation
      left join referral r on r.id = s.unit
    where s.consent in ('partners', 'public') and s.moderation <> 'withdrawn'
      and {_NO_GRAVE} and {condition.format("s.unit")}
    """


def _themes(condition: str) -> str:
    return f"""
    insert into fact_theme (id, theme, unit, organisation, place, told_on, {GROUPS})
    select distinct f.id, theme, f.unit, f.organisation, f.place, f.told_on,
      {", ".join(f"f.{name}" for name in BREAKDOWNS)}
    from fact_story f join story s using (id)
      cross join lateral jsonb_array_elements_text(s.themes) as theme
    where {condition.format("f.unit")}
    """


def facts_of(condition: str) -> tuple[str, ...]:
    """Return the statements that make facts of the units that a condition chooses.

    Args:
        condition: SQL with `{}` for the column of the unit.
    """
    outcomes, together = _outcomes(condition)
    return (
        outcomes,
        _referrals(condition),
        together,
        _crises(condition),
        _goals(condition),
        _stories(condition),
        _themes(condition),
    )


FACTS_OF_UNITS = facts_of("{} = any($1)")
FACTS_OF_ALL = facts_of("true")
