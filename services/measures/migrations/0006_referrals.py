"""What belongs to a referral is found by summaries, which cost a write nothing."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The sealer completes them, as those of the audit.
BY_REFERRAL = """
create index {table}_by_referral on {table} using brin
  ((state ->> 'referral')
    text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.01))
  with (pages_per_range = 64)
"""


def upgrade() -> None:
    for table in ("assessment", "goal"):
        op.execute(f"drop index {table}_by_referral")
        op.execute(BY_REFERRAL.format(table=table))
