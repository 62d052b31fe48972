"""Fills aggregation's projections as years of messages would have, in seconds."""

from __future__ import annotations

import asyncpg

from services.aggregation.rules import GROUPS
from tests.bench.people import DAYS, FIRST_DAY, ORGANISATIONS, PLACES

TABLES = ("organisation", "referral", "assessment", "goal", "story")
REFERRALS_PER_ASSESSMENT = 0.3
PEOPLE_PER_ASSESSMENT = 0.25
GOALS_PER_ASSESSMENT = 0.2
STORIES_PER_ASSESSMENT = 0.06
HEAD = "id, sequence, occurred_at, organisation"


def id_of(table: str, number: str) -> str:
    """Return SQL of the id of a row, spread as hashes are."""
    return f"md5('{table}' || {number})::uuid"


THEMES = ("waiting", "kindness", "choice", "being_heard", "money_home_work")


def one_of(values: tuple[str, ...]) -> str:
    """Return SQL that chooses a value by chance, the first ones more often."""
    listed = ", ".join(f"'{value}'" for value in values)
    index = f"1 + floor({len(values)} * power(random(), 1.5))::int"
    return f"(array[{listed}])[{index}]"


ORGANISATION_ROWS = f"""
insert into organisation ({HEAD}, name, kind, nation, place)
select {id_of("organisation", "n")}, 1, now(), 'T' || lpad(n::text, 2, '0'),
  'Partner ' || n, 'vcse', 'england',
  ('{{{",".join(PLACES)}}}'::text[])[1 + n % {len(PLACES)}]
from generate_series(0, $1::int - 1) n
"""
REFERRAL_ROWS = f"""
insert into referral ({HEAD}, person, received_on, outcome, reason, decided_on,
  first_contact_on, contacts, closed_on, closure_reason, housing_on, was_settled,
  is_settled, work_on, was_in_work, is_in_work, {", ".join(GROUPS)})
select {id_of("referral", "n")}, 1, timestamptz '2026-10-31 12:00Z', organisation,
  md5('person' || person) || md5('key' || person), received_on, outcome,
  case when outcome = 'not_for_us' then '0' || ceil(random() * 4)::int end,
  case when outcome is not null then received_on + 3 end,
  case when outcome = 'accepted' then received_on + wait end,
  case when outcome = 'accepted' then ceil(random() * 6)::int else 0 end,
  case when random() < 0.6 then received_on + wait + 150 end,
  '0' || ceil(random() * 9)::int, received_on + wait, random() < 0.7, random() < 0.8,
  received_on + wait, random() < 0.2, random() < 0.3,
  {", ".join(one_of(groups) for groups in GROUPS.values())}
from (
  select n, 'T' || lpad(floor({ORGANISATIONS} * power(random(), 2))::text, 2, '0')
      as organisation,
    floor(random() * $2::int) as person,
    date '{FIRST_DAY}' + floor(random() * {DAYS})::int as received_on,
    (array[null, 'not_for_us', 'accepted', 'accepted', 'accepted', 'accepted'])
      [ceil(random() * 6)] as outcome,
    floor(-ln(1 - random()) * 25)::int as wait
  from generate_series(0, $1::int - 1) n
) drawn
"""
ASSESSMENT_ROWS = f"""
insert into assessment ({HEAD}, referral, instrument, completed_on, score)
select {id_of("assessment", "n")}, 1, r.occurred_at, r.organisation, r.id,
  case when n % 10 < 7 then 'reqol10' else 'swemwbs' end,
  r.received_on + 20 + 45 * (n / $2::int),
  floor(8 + random() * 18 + 3 * (n / $2::int))
from generate_series(0, $1::int - 1) n
  join referral r on r.id = {id_of("referral", "n % $2::int")}
"""
GOAL_ROWS = f"""
insert into goal ({HEAD}, referral, kind, baseline, rated_on, rating)
select {id_of("goal", "n")}, 1, r.occurred_at, r.organisation, r.id, 'gbo', 2,
  r.received_on + 90, floor(random() * 11)::int
from generate_series(0, $1::int - 1) n
  join referral r on r.id = {id_of("referral", "n % $2::int")}
"""
STORY_ROWS = f"""
insert into story ({HEAD}, unit, told_on, consent, moderation, moments, themes)
select {id_of("story", "n")}, 1, r.occurred_at, r.organisation, r.id,
  r.received_on + 60, {one_of(("partners", "public", "internal", "none"))},
  {one_of(("published", "approved", "submitted"))},
  '[{{"kind": "magic", "step": "support"}},
    {{"kind": "miserable", "step": "introduction"}}]',
  jsonb_build_array({one_of(THEMES)}, {one_of(THEMES)})
from generate_series(0, $1::int - 1) n
  join referral r on r.id = {id_of("referral", "n % $2::int")}
"""


async def fill(connection: asyncpg.Connection, assessments: int) -> None:
    """Fill the projections; nothing is counted yet.

    Three years, 30 organisations of very different size in six places; for 1,000,000
    assessments 300,000 referrals of 250,000 people, 200,000 goals, 60,000 stories.
    """
    referrals = int(assessments * REFERRALS_PER_ASSESSMENT)
    sizes = {
        ORGANISATION_ROWS: (ORGANISATIONS,),
        REFERRAL_ROWS: (referrals, int(assessments * PEOPLE_PER_ASSESSMENT)),
        ASSESSMENT_ROWS: (assessments, referrals),
        GOAL_ROWS: (int(assessments * GOALS_PER_ASSESSMENT), referrals),
        STORY_ROWS: (int(assessments * STORIES_PER_ASSESSMENT), referrals),
    }
    await connection.execute("select setseed(0.5)")
    for statement, values in sizes.items():
        await connection.execute(statement, *values)
    await settle(connection)


async def settle(connection: asyncpg.Connection) -> None:
    """Do at once what autovacuum does within a minute or two."""
    await connection.execute("vacuum analyze")
