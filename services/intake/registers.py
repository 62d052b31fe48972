"""Lists across an organisation's referrals: turned away, sent twice perhaps, due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.intake.schemas import DecisionIn
from services.intake.schemas.registers import Due, PossibleDuplicate, TurnedAway
from shared.audit.reading import Reading, note_reads
from shared.database import Database
from shared.events import PARTITIONS

TURNED_AWAY = """
select id, sequence, reference, kept -> 'decision' as decision,
  (kept ->> 'rule_published')::boolean as rule_published
from referral
where organisation = $1 and turned_away_on is not null
  and ($2 = '' or (turned_away_on, reference) < ($2, $3))
order by turned_away_on desc, reference desc limit $4
"""

# Of one person in one organisation, and both open, or received within 30 days of each
# other; a withdrawn one is nobody's duplicate.
DUPLICATES_OF = """
select o.reference
from referral r join referral o using (organisation, person)
where r.id = $1 and o.id <> r.id
  and r.state ->> 'is_withdrawn' is distinct from 'true'
  and o.state ->> 'is_withdrawn' is distinct from 'true'
  and (r.is_open and o.is_open
    or abs((r.state ->> 'received_on')::date - (o.state ->> 'received_on')::date)
      <= 30)
order by o.reference limit 100
"""

# The same rule for all of an organisation: within a person, in order of days, who has
# one near has the one before or the one after near.
PEOPLE_SENT_TWICE = """
with people as (
  select person from referral where organisation = $1 and person > $2
  group by person having count(*) > 1 order by person limit $3
), sent as (
  select r.id, r.sequence, r.person, r.reference, r.is_open,
    (r.state ->> 'received_on')::date as received_on
  from people join referral r using (person)
  where r.organisation = $1 and r.state ->> 'is_withdrawn' is distinct from 'true'
), near as (
  select *,
    count(*) filter (where is_open) over (partition by person) as open,
    least(
      received_on - lag(received_on) over days,
      lead(received_on) over days - received_on
    ) as days_apart
  from sent window days as (partition by person order by received_on, reference)
)
select people.person, found.references, found.ids, found.sequences
from people cross join lateral (
  select (array_agg(reference order by reference))[1:100] as references,
    (array_agg(id order by reference))[1:100] as ids,
    (array_agg(sequence order by reference))[1:100] as sequences
  from near where near.person = people.person
    and (is_open and open > 1 or days_apart <= 30)
) found
order by people.person
"""

DUE = """
select id, sequence, reference, received_on, last_on
from (
  select id, sequence, reference, (state ->> 'received_on')::date as received_on
  from referral where organisation = $1 and is_open
) r cross join lateral (
  select max(completed_on) as last_on from assessment a
  where a.referral = r.id and a.counts and a.completed_on >= r.received_on
    and ($2::text is null or a.instrument = $2)
) latest
where (last_on is null or last_on < $3)
  and (coalesce(last_on, received_on)::text, reference) > ($4, $5)
order by coalesce(last_on, received_on), reference limit $6
"""

ARE_READ = """
select count(*) >= $1 and bool_and(next_offset >= target) from projection_offset
"""


@dataclass(frozen=True, slots=True)
class After:
    """The row that a page ended with: its day, as text, and its reference."""

    day: str = ""
    reference: str = ""

    @classmethod
    def parse(cls, cursor: str) -> After:
        """Read a cursor, `2026-03-04.LW-0001`; an empty one is the beginning."""
        day, _, reference = cursor.partition(".")
        return cls(day, reference)

    @staticmethod
    def cursor(day: date, reference: str) -> str:
        """Return the cursor of a row."""
        return f"{day.isoformat()}.{reference}"


async def turned_away(
    database: Database, reading: Reading, after: After, limit: int
) -> list[TurnedAway]:
    """Return the reader's referrals that were not for them, latest first."""
    organisation = reading.noted[0]
    rows = await database.fetch(
        TURNED_AWAY, organisation, after.day, after.reference, limit
    )
    await note_reads(database, reading, [(row[0], row[1]) for row in rows])
    found = []
    for row in rows:
        said = DecisionIn.model_validate_json(row["decision"])
        values = said.model_dump(exclude={"outcome"})
        values |= {"rule_published": row["rule_published"]}
        found.append(TurnedAway(reference=row["reference"], **values))
    return found


async def duplicates_of(database: Database, referral: UUID) -> list[str]:
    """Return the references of an organisation's other referrals that may be it."""
    rows = await database.fetch(DUPLICATES_OF, referral)
    return [row["reference"] for row in rows]


async def possible_duplicates(
    database: Database, reading: Reading, after: str, limit: int
) -> tuple[list[PossibleDuplicate], str | None]:
    """Return people with referrals that may be one, and the cursor of the next page.

    `limit` people with several referrals are looked at; of some, none are near.
    """
    rows = await database.fetch(PEOPLE_SENT_TWICE, reading.noted[0], after, limit)
    pairs = [zip(row["ids"] or (), row["sequences"] or (), strict=True) for row in rows]
    await note_reads(database, reading, [one for pair in pairs for one in pair])
    found = [
        PossibleDuplicate(person=row["person"], references=row["references"])
        for row in rows
        if row["references"]
    ]
    return found, rows[-1]["person"] if len(rows) == limit else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is due: not assessed for some days before today, by one instrument or any."""

    today: date
    after_days: int
    instrument: str | None


async def due(
    database: Database, reading: Reading, asked: Asked, after: After, limit: int
) -> list[Due]:
    """Return the reader's open referrals that are due, longest overdue first."""
    rows = await database.fetch(
        DUE,
        reading.noted[0],
        asked.instrument,
        asked.today - timedelta(days=asked.after_days),
        after.day,
        after.reference,
        limit,
    )
    await note_reads(database, reading, [(row[0], row[1]) for row in rows])
    return [
        Due(
            reference=row["reference"],
            received_on=row["received_on"],
            last_assessed_on=row["last_on"],
            days_since=(asked.today - (row["last_on"] or row["received_on"])).days,
        )
        for row in rows
    ]


async def are_assessments_read(database: Database) -> bool:
    """Say whether all assessments that were there at the beginning were read."""
    row = await database.fetchrow(ARE_READ, PARTITIONS)
    return bool(row and row[0])
