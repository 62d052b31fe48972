"""Versions of frameworks, which are only added to."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = """
create table framework_version (
  framework text not null,
  number integer not null,
  version text not null,
  content json not null,
  published_by text,
  published_at timestamptz not null default now(),
  primary key (framework, number),
  unique (framework, version)
)
"""
APPEND_ONLY = """
create trigger framework_version_is_only_added_to
before update or delete or truncate on framework_version
for each statement execute function refuse_change()
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(APPEND_ONLY)
