"""The SQL that writes a record: entity, outbox and audit in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple


class Column(NamedTuple):
    """A column that records are found by.

    Attributes:
        type: The SQL type of the value that is sent.
        kept_as: What is kept of it in SQL, where that is not the value itself.
    """

    name: str
    type: str
    kept_as: str = "{}"


SENT = (
    Column("id", "uuid"),
    Column("reference", "text"),
    Column("kept", "json"),
    Column("state", "json"),
)
HANGS_ON = Column("hangs_on", "uuid")
FIRST, NEXT = 3, 11  # Parameters of records: four from the first on, others from next.
IS_TAKEN = "not exists (select from erased_referral e where e.id = s.hangs_on)"
NOT_TAKEN = """
union all select id, $2, false, null, null
from sent where not exists (select from stored where stored.id = sent.id)
"""


def _source(columns: Sequence[Column], is_one: bool) -> str:
    """Return the records that are sent, as a table `s`.

    A single record without arrays: PostgreSQL and the driver both save time by it.
    """
    numbers = [*range(FIRST, FIRST + len(SENT)), *range(NEXT, NEXT + len(columns))]
    array = "" if is_one else "[]"
    sent = ", ".join(
        f"${number}::{column.type}{array}"
        for number, column in zip(numbers, columns, strict=False)
    )
    source = f"(values ({sent}))" if is_one else f"unnest({sent})"
    return f"{source} as s({', '.join(column.name for column in columns)})"


@lru_cache
def store_statement(
    table: str, found_by: tuple[Column, ...], is_one: bool, hangs: bool
) -> str:
    """Return what stores new records, and returns those that were there.

    Parameters 1 and 2 are organisation and sequence, 7 to 10 topic, type, trace and
    subject.

    Args:
        hangs: Some records hang on a referral: if that was erased, they come back as
            they would if they had been erased themselves.
    """
    sent = [*SENT, *found_by, *([HANGS_ON] if hangs else [])]
    columns = "".join(f", {column.name}" for column in found_by)
    values = "".join(f", {c.kept_as.format(f's.{c.name}')}" for c in found_by)
    return f"""
    with sent as (
      select * from {_source(sent, is_one)}
    ), stored as (
      insert into {table} (id, organisation, reference, sequence, kept, state{columns})
      select id, $1, reference, $2, kept, state{values} from sent s
      {f"where {IS_TAKEN}" if hangs else ""} order by id
      on conflict (id) do update set id = excluded.id
      returning new.id, new.sequence, old.id is null as is_new,
        new.state, old.kept as old_kept
    ), announced as (
      insert into outbox (topic, key, sequence, type, organisation, traceparent, state)
      select $7, id, sequence, $8, $1, $9, state from stored where is_new
    ), audited as (
      insert into audit (organisation, subject, type, record, sequence)
      select $1, $10, $8, id, sequence from stored where is_new
    )
    select id, sequence, is_new, old_kept as kept, state
    from stored where not is_new
    {NOT_TAKEN if hangs else ""}
    """


@lru_cache
def change_statement(table: str) -> str:
    """Return what writes a record that is still at the sequence that was read."""
    return f"""
    with changed as (
      update {table} set sequence = $3, kept = $4, state = $5
      where id = $1 and sequence = $2
      returning id, organisation, sequence, state
    ), announced as (
      insert into outbox (topic, key, sequence, type, organisation, traceparent, state)
      select $6, id, sequence, $7, organisation, $8, state from changed
    ), audited as (
      insert into audit (organisation, subject, type, record, sequence)
      select $10, $9, $7, id, sequence from changed
    )
    select sequence from changed
    """
