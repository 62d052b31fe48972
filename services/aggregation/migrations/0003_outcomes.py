"""Outcomes of every instrument; assessments and goals are read again from the topic."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GROUPS = "ethnicity text, gender text, age text, deprivation text, disability text"


def upgrade() -> None:
    op.execute("truncate assessment, goal, fact_referral, fact_goal")
    op.execute("delete from projection_offset where topic like '%.assessments'")
    op.execute("delete from projection_offset where topic like '%.goals'")
    op.execute("update progress set is_counted = false")
    op.execute("alter table assessment add column items json")
    op.execute("alter table goal add column weight integer")
    op.execute(
        "alter table fact_referral drop column paired_on, drop column score_change,"
        " add column paired text not null"
    )
    op.execute(
        "alter table fact_goal add column rating integer not null,"
        " alter column rating_change drop not null"
    )
    op.execute(
        f"""
        create table fact_outcome (unit uuid not null, measure text not null,
          organisation text not null, place text, {GROUPS}, source text,
          paired_on date not null, is_better boolean, is_worse boolean,
          was_clinical boolean, is_clinical boolean, primary key (unit, measure))
        """
    )
