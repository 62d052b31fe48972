"""The codebook with its first version; codings where agreement finds them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Published with this migration and never changed: a correction is a new version.
FIRST = Path(__file__).parents[1] / "codebook" / "1.toml"
TABLE = """
create table codebook (
  version integer primary key,
  content json not null,
  organisation text,
  subject text,
  published_at timestamptz not null default now()
)
"""
APPEND_ONLY = """
create trigger codebook_is_only_added_to before update or delete or truncate on codebook
for each statement execute function refuse_change()
"""
# Beside the record: to count them, no text of thousands of stories has to be read.
CODINGS = """
alter table story add column codings text generated always as (
  case when kept ->> 'moderation' <> 'withdrawn'
    then nullif(kept ->> 'codings', '[]') end) stored
"""
CODED = """
create index story_coded on story (organisation, id) where codings is not null
"""


def upgrade() -> None:
    op.execute(TABLE)
    first = json.dumps(tomllib.loads(FIRST.read_text(encoding="utf-8")))
    insert = (
        "insert into codebook (version, content) values (1, cast(:content as json))"
    )
    op.execute(sa.text(insert).bindparams(content=first))
    op.execute(APPEND_ONLY)
    op.execute(CODINGS)
    op.execute(CODED)
