"""Consents that expired and were not yet announced are found by an index."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create index story_by_expiry on story ((kept #>> '{consents,-1,expires_on}'))
        where kept #>> '{consents,-1,expires_on}' is distinct from kept ->> 'expired_on'
        """
    )
