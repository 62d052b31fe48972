"""What made a figure: scoring versions, offsets by partition, definitions of a release.

Assessments are read again from the topic.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("truncate assessment, fact_outcome")
    op.execute("delete from projection_offset where topic like '%.assessments'")
    op.execute("update progress set is_counted = false")
    op.execute("alter table assessment add column scored_by text")
    op.execute(
        "alter table fact_outcome add column first_scored_by text,"
        " add column latest_scored_by text"
    )
    op.execute(
        "alter table release add column partitions json not null default '{}',"
        " add column changed json not null default '[]'"
    )
    op.execute(
        "create table definitions (version text primary key, indicators json not null)"
    )
