"""Links to a team's page for telling."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table team_link (
          id uuid primary key default uuidv7(),
          token_hash bytea not null,
          organisation text not null,
          name text not null,
          made_at timestamptz not null default now(),
          expires_at timestamptz not null,
          revoked_at timestamptz
        )
        """
    )
    op.execute("create unique index team_link_by_token on team_link (token_hash)")
    op.execute("create index team_link_by_organisation on team_link (organisation, id)")
