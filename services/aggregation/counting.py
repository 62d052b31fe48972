"""SQL that turns projections into facts, and facts into counted cells."""

from __future__ import annotations

from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import BREAKDOWNS, NOT_KNOWN

GROUPS = ", ".join(BREAKDOWNS)
FACTS = ("fact_referral", "fact_goal", "fact_story")

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

_PAIR = """
left join lateral (
  select latest.completed_on as paired_on, latest.score - earliest.score as change
  from (
    select score, completed_on from assessment a
    where a.referral = r.id and a.instrument = 'reqol10' and a.score is not null
      and a.completed_on >= r.received_on
    order by completed_on, id limit 1
  ) earliest join lateral (
    select score, completed_on from assessment a
    where a.referral = r.id and a.instrument = 'reqol10' and a.score is not null
      and a.completed_on > earliest.completed_on
    order by completed_on desc, id desc limit 1
  ) latest on true
) pair on true
"""


# Goals and stories of a referral that was erased or withdrawn count nowhere; those of
# one that has not come yet do.
_NO_GRAVE = "(r.id is null or r.received_on is not null)"


def _groups(table: str) -> str:
    known = (f"coalesce({table}.{name}, '{NOT_KNOWN}')" for name in BREAKDOWNS)
    return ", ".join(known)


def facts_of(where_referral: str, where_goal: str, where_story: str) -> tuple[str, ...]:
    """Return the statements that make facts of the rows that the conditions choose."""
    places = f"left join ({PLACES}) o"
    return (
        f"""
        insert into fact_referral (unit, organisation, place, person, received_on,
          outcome, reason, decided_on, first_contact_on, contacts, closed_on,
          paired_on, score_change, {GROUPS})
        select r.id, r.organisation, o.place, r.person, r.received_on,
          r.outcome, r.reason, r.decided_on, r.first_contact_on, r.contacts,
          r.closed_on, pair.paired_on, pair.change, {_groups("r")}
        from referral r {places} on o.code = r.organisation {_PAIR}
        where r.received_on is not null and {where_referral}
        """,
        f"""
        insert into fact_goal (id, unit, organisation, place, kind, rated_on,
          rating_change, {GROUPS})
        select g.id, g.referral, g.organisation, o.place, g.kind, g.rated_on,
          least(greatest(g.rating::bigint - g.baseline, -1000), 1000), {_groups("r")}
        from goal g {places} on o.code = g.organisation
          left join referral r on r.id = g.referral
        where g.rated_on is not null and g.baseline is not null and {_NO_GRAVE}
          and {where_goal}
        """,
        f"""
        insert into fact_story (id, unit, organisation, place, told_on,
          magic_moments, moments, {GROUPS})
        select s.id, s.unit, s.organisation, o.place, s.told_on,
          (select count(*) from jsonb_array_elements(s.moments) m
            where m ->> 'kind' = 'magic'),
          jsonb_array_length(s.moments), {_groups("r")}
        from story s {places} on o.code = s.organisation
          left join referral r on r.id = s.unit
        where s.consent in ('partners', 'public') and s.moderation <> 'withdrawn'
          and {_NO_GRAVE} and {where_story}
        """,
    )


FACTS_OF_UNITS = facts_of("r.id = any($1)", "g.referral = any($1)", "s.unit = any($1)")
FACTS_OF_ALL = facts_of("true", "true", "true")

_SCOPES = """
cross join lateral (values
  ('system', 'system'),
  ('place', 'place:' || c.place),
  ('organisation', 'organisation:' || c.organisation)
) as s(kind, scope)
"""
_BREAKDOWN_ROWS = ", ".join(
    ["('', '')", *(f"('{name}', c.{name})" for name in BREAKDOWNS)]
)
_CELL_KEY = "indicator, scope, breakdown, month, group_name, value"


def _contributions() -> str:
    """Return SQL of what each fact adds to which cell, before scopes and breakdowns."""
    columns = f"only_scope, organisation, place, {GROUPS}, month, value"
    return " union all ".join(
        f"select '{indicator.code}' as indicator, {columns}, numerator, denominator"
        f" from ({indicator.sql}) as {indicator.code}"
        for indicator in INDICATORS.values()
    )


def _cells() -> str:
    """Return SQL of the counted cells of whatever facts are in sight."""
    return f"""
    select c.indicator, s.scope, b.breakdown, c.month, b.group_name, c.value,
      sum(c.numerator)::bigint as numerator, sum(c.denominator)::bigint as denominator
    from ({_contributions()}) c {_SCOPES}
      cross join lateral (values {_BREAKDOWN_ROWS}) as b(breakdown, group_name)
    where s.scope is not null and (c.only_scope is null or c.only_scope = s.kind)
    group by c.indicator, s.scope, b.breakdown, c.month, b.group_name, c.value
    """


# Only the facts of $1 are in sight: each name in WITH stands before the table's.
_FACTS_IN_SIGHT = ", ".join(
    f"{fact} as (select * from public.{fact} where unit = any($1::uuid[]))"
    for fact in FACTS
)
CELLS_OF_UNITS = f"with {_FACTS_IN_SIGHT} {_cells()}"
# In order of the key: what is read together lies together.
CELLS_OF_ALL = f"""
insert into cell_new ({_CELL_KEY}, numerator, denominator) {_cells()}
order by {_CELL_KEY}
"""

ADD_TO_CELLS = f"""
insert into cell as t ({_CELL_KEY}, numerator, denominator)
select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[],
  $6::int[], $7::bigint[], $8::bigint[])
  as s(indicator, scope, breakdown, month, group_name, value, numerator, denominator)
order by {_CELL_KEY}
on conflict ({_CELL_KEY}) do update set
  numerator = t.numerator + excluded.numerator,
  denominator = t.denominator + excluded.denominator
"""
