"""Registers of referrals, and a projection of the assessments that say who is due."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IS_OPEN = """
  {0} is not null and {0} ->> 'closure' is null
  and {0} #>> '{{decision,outcome}}' is distinct from 'not_for_us'
  and {0} ->> 'is_withdrawn' is distinct from 'true'
"""
TURNED_AWAY_ON = """
  case when {0} #>> '{{decision,outcome}}' = 'not_for_us'
    and {0} ->> 'is_withdrawn' is distinct from 'true'
  then {0} #>> '{{decision,decided_on}}' end
"""

# A new referral is open, whatever it says, so only changes are looked into: reading
# JSON for every new one would cost half as much again as storing it.
STATEMENTS = (
    """
    alter table referral
      add column person text generated always as (state ->> 'person') stored,
      add column is_open boolean not null default true,
      add column turned_away_on text
    """,
    f"""
    update referral set is_open = {IS_OPEN.format("state")},
      turned_away_on = {TURNED_AWAY_ON.format("state")}
    """,
    f"""
    create function keep_registers() returns trigger language plpgsql as $$
    begin
      new.is_open = {IS_OPEN.format("new.state")};
      new.turned_away_on = {TURNED_AWAY_ON.format("new.state")};
      return new;
    end
    $$
    """,
    """
    create trigger registers_are_kept before update on referral
    for each row when (old.sequence <> new.sequence)
    execute function keep_registers()
    """,
    "drop index referral_by_person",
    "create index referral_by_person on referral (organisation, person)",
    """
    create index referral_turned_away
    on referral (organisation, turned_away_on, reference)
    where turned_away_on is not null
    """,
    """
    create table assessment (
      id uuid primary key,
      sequence bigint not null,
      referral uuid,
      instrument text,
      completed_on date,
      counts boolean
    )
    """,
    "create index assessment_by_referral on assessment (referral, completed_on)",
    """
    create table projection_offset (
      topic text not null,
      partition integer not null,
      next_offset bigint not null,
      target bigint not null,
      reading uuid not null,
      saved_at timestamptz not null,
      primary key (topic, partition)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
