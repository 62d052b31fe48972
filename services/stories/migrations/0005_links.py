"""Links to a person's page."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table link (
          id uuid primary key default uuidv7(),
          token_hash bytea not null,
          organisation text not null,
          referrals uuid[] not null,
          records uuid[] not null,
          made_at timestamptz not null default now(),
          expires_at timestamptz not null,
          revoked_at timestamptz,
          next bytea
        )
        """
    )
    op.execute("create unique index link_by_token on link (token_hash)")
    op.execute("create index link_by_organisation on link (organisation, id)")
    op.execute("drop index story_by_referral")
    op.execute("create index story_by_referral on story ((kept ->> 'referral_id'))")
