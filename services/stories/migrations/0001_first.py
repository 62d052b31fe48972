"""Stories, with the outbox and the audit."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STORIES = """
create table story (
  id uuid primary key,
  organisation text not null,
  reference text not null,
  sequence bigint not null,
  kept jsonb not null,
  state jsonb not null
)
"""


def upgrade() -> None:
    op.execute(STORIES)
    op.execute(
        "create unique index story_by_reference on story (organisation, reference)"
    )
    op.execute(
        """
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
        ) with (autovacuum_vacuum_scale_factor = 0,
          autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)
        """
    )
    op.execute(
        """
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
    )
