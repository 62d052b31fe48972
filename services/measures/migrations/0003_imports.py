"""Imports of CSV files, the files in pieces, and the rows that were refused."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


IMPORT = """
create table import (
  id uuid primary key default uuidv7(),
  organisation text not null,
  subject text not null,
  resource text not null,
  is_dry_run boolean not null,
  traceparent text,
  state text not null,
  layout jsonb,
  error text,
  size_bytes bigint not null default 0,
  position bigint not null default 0,
  rows_read bigint not null default 0,
  stored bigint not null default 0,
  repeated bigint not null default 0,
  conflicted bigint not null default 0,
  refused bigint not null default 0,
  failures integer not null default 0,
  received_at timestamptz not null default now(),
  worked_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  rejected_until timestamptz
) with (fillfactor = 50)
"""


def upgrade() -> None:
    op.execute(IMPORT)
    op.execute("create index import_by_organisation on import (organisation, id)")
    op.execute(
        "create index import_unfinished on import (state)"
        " where state in ('uploading', 'waiting', 'running')"
    )
    op.execute(
        "create index import_with_refusals on import (rejected_until)"
        " where rejected_until is not null"
    )
    op.execute(
        """
        create table import_piece (
          import_id uuid not null,
          number integer not null,
          content bytea not null,
          primary key (import_id, number)
        )
        """
    )
    # What is read once and then deleted is not worth compressing.
    op.execute("alter table import_piece alter content set storage external")
    op.execute(
        """
        create table import_refusal (
          import_id uuid not null,
          number bigint not null,
          line text not null,
          primary key (import_id, number)
        )
        """
    )
