"""A story is found by its words alone.

Its codes were among them: whoever searched for "partners" found all whose tellers
agreed that partners read them.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORDS = """
create function words_of(told json) returns tsvector language sql immutable strict as $$
select to_tsvector('english', concat_ws(E'\\n',
  told ->> 'text',
  (select string_agg(one ->> 'text', E'\\n')
    from json_array_elements(told -> 'moments') one),
  (select string_agg(one, E'\\n')
    from json_array_elements_text(told -> 'recommendations') one)))
$$
"""
KEEP = """
create or replace function keep_columns() returns trigger language plpgsql as $$
begin
  new.told_on = (new.kept -> 'told' ->> 'told_on')::date;
  new.referral = (new.kept ->> 'referral_id')::uuid;
  new.expires_on = nullif(
    new.kept #>> '{consents,-1,expires_on}', new.kept ->> 'expired_on')::date;
  new.words = words_of(new.kept -> 'told');
  new.moderation = new.kept ->> 'moderation';
  new.codings = case when new.moderation <> 'withdrawn'
    then nullif(new.kept ->> 'codings', '[]') end;
  return new;
end
$$
"""
FOUND = "update story set words = words_of(kept -> 'told')"


def upgrade() -> None:
    for statement in (WORDS, KEEP, FOUND):
        op.execute(statement)
