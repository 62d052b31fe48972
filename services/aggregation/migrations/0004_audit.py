"""The audit becomes a chain that is only added to."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
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
    for statement in FILLER.split(";"):
        op.execute(statement)
