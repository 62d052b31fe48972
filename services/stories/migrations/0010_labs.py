"""Learning labs."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table lab (
          id uuid primary key,
          organisation text not null,
          reference text not null,
          sequence bigint not null,
          stories uuid[] not null,
          kept json not null
        )
        """
    )
    op.execute("create unique index lab_by_reference on lab (organisation, reference)")
