"""Rules that are not published, and contacts in a crisis; read again from the topic."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

GROUPS = "ethnicity text, gender text, age text, deprivation text, disability text"


def upgrade() -> None:
    op.execute("truncate referral, fact_referral")
    op.execute("delete from projection_offset where topic like '%.referrals'")
    op.execute("update progress set is_counted = false")
    op.execute(
        "alter table referral add column rule_published boolean,"
        " add column crisis_on jsonb"
    )
    op.execute("alter table fact_referral add column rule_published boolean")
    op.execute(
        f"""
        create table fact_crisis (unit uuid not null, happened_on date not null,
          person text not null, organisation text not null, place text, {GROUPS},
          source text, primary key (unit, happened_on))
        """
    )
    op.execute("create index fact_crisis_by_person on fact_crisis (person)")
