"""What waits at the desk, and the words of stories, are found at once."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create index story_by_moderation on story
          (organisation, (kept ->> 'moderation'), (kept -> 'told' ->> 'told_on'))
        """
    )
    op.execute(
        """
        create index story_by_words on story
          using gin (to_tsvector('english', kept -> 'told'))
        """
    )
