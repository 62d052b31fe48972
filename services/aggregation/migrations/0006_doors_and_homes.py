"""What became of people turned away, homes, work and themes; read again from topics."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STANDING = """
  add column housing_on date, add column was_settled boolean,
  add column is_settled boolean, add column work_on date,
  add column was_in_work boolean, add column is_in_work boolean
"""
GROUPS = "ethnicity text, gender text, age text, deprivation text, disability text"


def upgrade() -> None:
    op.execute("truncate referral, story, fact_referral, fact_story")
    op.execute("delete from projection_offset where topic like '%.referrals'")
    op.execute("delete from projection_offset where topic like '%.stories'")
    op.execute("update progress set is_counted = false")
    for table in ("referral", "fact_referral"):
        op.execute(f"alter table {table} add column closure_reason text, {STANDING}")
    op.execute("alter table referral add column onward_received boolean")
    op.execute(
        "alter table fact_referral add column onward_received boolean not null,"
        " add column wait_days integer"
    )
    op.execute("alter table story add column themes jsonb")
    op.execute(
        "alter table fact_story add column is_coded boolean not null,"
        " add column answer_days integer"
    )
    op.execute(
        f"""
        create table fact_theme (id uuid not null, theme text not null,
          unit uuid not null, organisation text not null, place text, {GROUPS},
          source text, told_on date not null, primary key (id, theme))
        """
    )
    op.execute("create index ix_fact_theme_unit on fact_theme (unit)")
