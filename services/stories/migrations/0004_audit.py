"""The audit becomes a chain that is only added to; records can be erased."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

AUDIT = """
alter table audit add column purpose text;

create index audit_by_record on audit using brin
  (record uuid_bloom_ops (n_distinct_per_range = 1500, false_positive_rate = 0.01))
  with (pages_per_range = 16);

create table seal (
  number bigint primary key,
  sealed_at timestamptz not null,
  rows int8multirange not null,
  previous bytea not null,
  hash bytea not null
)
"""
REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is only added to', tg_table_name
    using errcode = 'insufficient_privilege';
end
$$
"""
APPEND_ONLY = """
create trigger {table}_is_only_added_to before update or delete or truncate on {table}
for each statement execute function refuse_change()
"""
GRAVES = """
alter table {table}
  alter column organisation drop not null,
  alter column reference drop not null,
  alter column kept drop not null,
  alter column state drop not null,
  add column erased_at timestamptz
"""
BY_REFERRAL = """
create index story_by_referral on story using brin
  ((kept ->> 'referral_id')
    text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.01))
  with (pages_per_range = 64)
"""
ERASURE = """
create table erasure (
  id uuid primary key default uuidv7(),
  organisation text not null,
  records integer not null,
  messages bigint[] not null,
  deleted_at timestamptz not null default now(),
  published_at timestamptz,
  rolled_at timestamptz
)
"""
ERASED_REFERRAL = """
create table erased_referral (
  id uuid primary key,
  erased_at timestamptz not null
)
"""
FILLER = """
create table filler (
  id integer primary key,
  appended_at timestamptz not null
);
insert into filler values (1, now())
"""


def upgrade() -> None:
    for statement in AUDIT.split(";"):
        op.execute(statement)
    op.execute(REFUSE)
    for table in ("audit", "seal"):
        op.execute(APPEND_ONLY.format(table=table))
    for table in ("story",):
        op.execute(GRAVES.format(table=table))
    op.execute(BY_REFERRAL)
    op.execute(ERASURE)
    op.execute(ERASED_REFERRAL)
    for statement in FILLER.split(";"):
        op.execute(statement)
