"""Projections, facts, cells, offsets, outbox and audit."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PROJECTED = """
  id uuid primary key,
  sequence bigint not null,
  occurred_at timestamptz not null,
  organisation text
"""
GROUPS = """
  ethnicity text, gender text, age text, deprivation text, disability text, source text
"""
FACT = f"organisation text not null, place text, {GROUPS}"

STATEMENTS = f"""
create table organisation ({PROJECTED},
  name text, kind text, nation text, place text, left_on date);
create table referral ({PROJECTED}, {GROUPS},
  person text, received_on date, outcome text, reason text, decided_on date,
  first_contact_on date, contacts integer, closed_on date);
create index referral_by_person on referral (person);
create index referral_by_organisation on referral (organisation);
create table assessment ({PROJECTED},
  referral uuid, instrument text, completed_on date, score numeric);
create index assessment_by_referral on assessment (referral);
create table goal ({PROJECTED},
  referral uuid, kind text, baseline integer, rated_on date, rating integer);
create index goal_by_referral on goal (referral);
create table story ({PROJECTED},
  unit uuid, told_on date, consent text, moderation text, moments jsonb, dataref text);
create index story_by_unit on story (unit);
create index story_by_day on story (told_on);

create table fact_referral (unit uuid primary key, {FACT},
  person text not null, received_on date not null, outcome text, reason text,
  decided_on date, first_contact_on date, contacts integer not null, closed_on date,
  paired_on date, score_change numeric);
create index fact_referral_by_person on fact_referral (person);
create table fact_goal (id uuid primary key, unit uuid not null, {FACT},
  kind text not null, rated_on date not null, rating_change integer not null);
create index ix_fact_goal_unit on fact_goal (unit);
create table fact_story (id uuid primary key, unit uuid not null, {FACT},
  told_on date not null, magic_moments integer not null, moments integer not null);
create index ix_fact_story_unit on fact_story (unit);

create table stale (
  id bigint generated always as identity primary key,
  unit uuid not null,
  occurred_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create table cell (
  indicator text not null,
  scope text not null,
  breakdown text not null,
  month date not null,
  group_name text not null,
  value integer not null,
  numerator bigint not null,
  denominator bigint not null,
  primary key (indicator, scope, breakdown, month, group_name, value)
);
create table progress (
  id integer primary key,
  is_counted boolean not null,
  as_of timestamptz
);
insert into progress (id, is_counted) values (1, false);
create table projection_offset (
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  target bigint not null,
  reading uuid not null,
  saved_at timestamptz not null,
  primary key (topic, partition)
);
create table outbox (
  id bigint generated always as identity primary key,
  message_id uuid not null default uuidv7(),
  topic text not null,
  key uuid not null,
  sequence bigint not null,
  type text not null,
  organisation text not null,
  occurred_at timestamptz not null default now(),
  traceparent text,
  state jsonb
);
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  organisation text not null,
  subject text not null,
  type text not null,
  record uuid not null,
  sequence bigint not null
)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
