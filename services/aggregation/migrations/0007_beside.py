"""Notes by people, and context from public files, to stand beside figures."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = """
create table note (
  id uuid primary key,
  sequence bigint not null,
  organisation text not null,
  indicator text,
  scope text not null,
  first date not null,
  last date not null,
  text text not null,
  made_at timestamptz not null,
  withdrawn_at timestamptz
);
create index note_by_scope on note (scope) where withdrawn_at is null;
create table context (
  place text not null,
  area text not null,
  indicator text not null,
  sex text not null,
  age text not null,
  category_type text not null,
  category text not null,
  period text not null,
  sort numeric not null,
  title text not null,
  area_name text not null,
  area_type text not null,
  value numeric,
  low numeric,
  high numeric,
  count numeric,
  denominator numeric,
  why_none text,
  value_note text not null,
  loaded_at timestamptz not null,
  primary key (place, area, indicator, sex, age, category_type, category, period),
  check (value is not null or why_none in ('suppressed', 'missing'))
)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
