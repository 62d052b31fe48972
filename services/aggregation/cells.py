"""SQL that turns facts into counted cells: of a few units, or of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.aggregation import scorings
from services.aggregation.facts import FACTS
from services.aggregation.indicators import INDICATORS, Indicator
from services.aggregation.rules import BREAKDOWNS

KEY = "indicator, scope, breakdown, month, group_name, value"
_SCOPES = """
cross join lateral (values
  ('system', 'system'),
  ('place', 'place:' || c.place),
  ('organisation', 'organisation:' || c.organisation)
) as s(kind, scope)
"""
_EVERYBODY = "indicator, only_scope, organisation, place, month, value"
_OWN = "own_breakdown, own_group"


def _rows(indicator: Indicator) -> str:
    """Return SQL of what each fact adds to an indicator, before scopes and groups."""
    own = indicator.own
    own_breakdown = f"'{own.breakdown}'" if own else "cast(null as text)"
    own_group = "own_group" if own else "cast(null as text)"
    return f"""
    select '{indicator.code}' as indicator, only_scope, organisation, place, month,
      value, {", ".join(BREAKDOWNS)}, {own_breakdown} as own_breakdown,
      {own_group} as own_group, numerator, denominator
    from ({indicator.sql}) as {indicator.code}
    """


def _added(rows: Iterable[str]) -> str:
    """Return SQL of what each organisation adds to cells, of the facts in sight.

    Each fact is read once, and counted in all and in its group of each breakdown.
    """
    groups = [f"{_EVERYBODY}, {name}" for name in BREAKDOWNS]
    sets = ", ".join(f"({s})" for s in (_EVERYBODY, *groups, f"{_EVERYBODY}, {_OWN}"))
    names = {f"'{name}'": name for name in BREAKDOWNS} | {"own_breakdown": "own_group"}
    return f"""
    select {_EVERYBODY}, {_which(names)} as breakdown,
      {_which({name: name for name in names.values()})} as group_name,
      sum(numerator) as numerator, sum(denominator) as denominator
    from ({" union all ".join(rows)}) rows
    group by grouping sets ({sets})
    having {scorings.IS_COUNTED}
    """


def _cells(added: str) -> str:
    """Return SQL of cells: places and the system are sums of what organisations add."""
    return f"""
    select c.indicator, s.scope, c.breakdown, c.month, c.group_name, c.value,
      sum(c.numerator)::bigint as numerator, sum(c.denominator)::bigint as denominator
    from ({added}) c {_SCOPES}
    where s.scope is not null and c.only_scope in ('each', s.kind)
    group by c.indicator, s.scope, c.breakdown, c.month, c.group_name, c.value
    """


def _which(values: Mapping[str, str]) -> str:
    """Return SQL of the value whose column a row was grouped by; empty if by none."""
    cases = " ".join(
        f"when grouping({column}) = 0 then {value}" for value, column in values.items()
    )
    return f"case {cases} else '' end"


_SOURCES = {code: _rows(indicator) for code, indicator in INDICATORS.items()}
_SOURCES[scorings.PREFIX] = scorings.rows()

# Counted cells of all facts, in one statement.
ALL = _cells(_added(_SOURCES.values()))
# Only the facts of $1 are in sight: each name in WITH stands before the table's.
_FACTS_IN_SIGHT = ", ".join(
    f"{fact} as (select * from public.{fact} where unit = any($1::uuid[]))"
    for fact in FACTS
)
_ADDED_BY_UNITS = f"with {_FACTS_IN_SIGHT} {_added(_SOURCES.values())}"
# What few units added, until they have been counted again.
MAKE_BEFORE = """
create temp table if not exists added_before (indicator text, only_scope text,
  organisation text, place text, month date, value int, breakdown text,
  group_name text, numerator bigint, denominator bigint) on commit delete rows
"""
COUNT_BEFORE = f"insert into added_before {_ADDED_BY_UNITS}"
# Most comes out as it was, and is not written.
_CHANGES = f"""
select {_EVERYBODY}, breakdown, group_name, sum(numerator) as numerator,
  sum(denominator) as denominator
from (
  ({_ADDED_BY_UNITS})
  union all
  select {_EVERYBODY}, breakdown, group_name, -numerator, -denominator
  from added_before
) counted_twice
group by {_EVERYBODY}, breakdown, group_name
having sum(numerator) <> 0 or sum(denominator) <> 0
"""
ADD_CHANGES = f"""
insert into cell as t ({KEY}, numerator, denominator)
{_cells(_CHANGES)} order by {KEY}
on conflict ({KEY}) do update set
  numerator = t.numerator + excluded.numerator,
  denominator = t.denominator + excluded.denominator
"""
# One after the other, each with the whole memory for sorting, and in the order of the
# key: what is read together lies together.
INTO_NEW = tuple(
    f"""
    insert into cell_new ({KEY}, numerator, denominator)
    {_cells(_added([rows]))} order by {KEY}
    """
    for _, rows in sorted(_SOURCES.items())
)
