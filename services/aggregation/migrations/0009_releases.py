"""Releases: what the public sees, and every figure that was published."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table release (
          number bigint generated always as identity primary key, scope text not null,
          released_at timestamptz not null default now(), as_of timestamptz,
          newest_month date, definitions text not null, offsets json not null,
          organisation text, subject text)
        """
    )
    op.execute("create index release_by_scope on release (scope, number)")
    op.execute(
        """
        create table released_cell (
          indicator text, scope text, breakdown text, month date, group_name text,
          value integer, since bigint, until bigint, numerator bigint not null,
          denominator bigint not null, primary key
            (indicator, scope, breakdown, month, group_name, value, since))
        """
    )
    op.execute(
        """
        create table figure (
          id uuid primary key, organisation text not null, sequence bigint not null,
          state json not null)
        """
    )
