"""Registers of referrals, and a projection of the assessments that say who is due."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Stored columns rather than indexes on `state`: a change that leaves them alone stays a
# cheap update, which touches no index.
STATEMENTS = (
    """
    alter table referral
      add column person text generated always as (state ->> 'person') stored,
      add column is_open boolean not null generated always as (
        state ->> 'person' is not null
        and state ->> 'closure' is null
        and state #>> '{decision,outcome}' is distinct from 'not_for_us'
        and state ->> 'is_withdrawn' is distinct from 'true') stored,
      add column turned_away_on text generated always as (
        case when state #>> '{decision,outcome}' = 'not_for_us'
          and state ->> 'is_withdrawn' is distinct from 'true'
        then state #>> '{decision,decided_on}' end) stored
    """,
    "create index referral_by_person on referral (organisation, person)",
    "create index referral_open on referral (organisation, reference) where is_open",
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
