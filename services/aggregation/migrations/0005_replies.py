"""When stories were answered; they are read again from the topic."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("truncate story, fact_story")
    op.execute("delete from projection_offset where topic like '%.stories'")
    op.execute("update progress set is_counted = false")
    for table in ("story", "fact_story"):
        for column in ("replied_on", "changed_on"):
            op.execute(f"alter table {table} add column {column} date")
