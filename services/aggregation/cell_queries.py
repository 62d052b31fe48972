"""SQL that turns facts into counted cells: of all facts, or of those of a few units."""

from __future__ import annotations

from services.aggregation import scorings
from services.aggregation.counting import FACTS, GROUPS
from services.aggregation.indicators import INDICATORS, Indicator
from services.aggregation.rules import BREAKDOWNS

_SCOPES = """
cross join lateral (values
  ('system', 'system'),
  ('place', 'place:' || c.place),
  ('organisation', 'organisation:' || c.organisation)
) as s(kind, scope)
"""
_CELL_KEY = "indicator, scope, breakdown, month, group_name, value"
_ADDED = "only_scope, organisation, place, month, value"


def _added_to(indicator: Indicator) -> str:
    """Return SQL of what each organisation adds to an indicator's cells.

    Each fact is read once, and counted in all and in its group of each breakdown.
    """
    own = {indicator.own.breakdown: "own_group"} if indicator.own else {}
    groups = {name: name for name in BREAKDOWNS} | own
    sets = ", ".join([f"({_ADDED})", *(f"({_ADDED}, {c})" for c in groups.values())])
    names = " ".join(f"when grouping({c}) = 0 then '{n}'" for n, c in groups.items())
    values = " ".join(f"when grouping({c}) = 0 then {c}" for c in groups.values())
    return f"""
    select '{indicator.code}' as indicator, {_ADDED}, case {names} else '' end
      as breakdown, case {values} else '' end as group_name,
      sum(numerator) as numerator, sum(denominator) as denominator
    from ({indicator.sql}) as {indicator.code} group by grouping sets ({sets})
    """


def _all_added() -> str:
    """Return SQL of what each organisation adds, of many facts."""
    added = [_added_to(indicator) for indicator in INDICATORS.values()]
    return " union all ".join([*added, scorings.added()])


_BREAKDOWN_ROWS = ", ".join(
    [
        "('', '')",
        "(c.own_breakdown, c.own_group)",
        *(f"('{name}', c.{name})" for name in BREAKDOWNS),
    ]
)


def _contributions() -> str:
    """Return SQL of what each fact adds to which cell, before scopes and breakdowns."""
    columns = f"only_scope, organisation, place, {GROUPS}, month, value"
    of_indicators = (
        f"select '{indicator.code}' as indicator, {columns}, numerator, denominator,"
        f" {_own(indicator)} from ({indicator.sql}) as {indicator.code}"
        for indicator in INDICATORS.values()
    )
    return " union all ".join(of_indicators)


def _own(indicator: Indicator) -> str:
    if indicator.own is None:
        return "cast(null as text) as own_breakdown, cast(null as text) as own_group"
    return f"'{indicator.own.breakdown}' as own_breakdown, own_group"


def _few_added() -> str:
    """Return the same, of few facts: each is spread over its groups, once for all.

    A hash table for each indicator and group costs more than they do.
    """
    return f"""
    select indicator, only_scope, organisation, place, b.breakdown, month,
      b.group_name, value, sum(numerator) as numerator,
      sum(denominator) as denominator
    from ({_contributions()}) c
      cross join lateral (values {_BREAKDOWN_ROWS}) as b(breakdown, group_name)
    where b.breakdown is not null
    group by indicator, only_scope, organisation, place, b.breakdown, month,
      b.group_name, value
    union all
    select indicator, only_scope, organisation, place, breakdown, month, group_name,
      value, numerator, denominator
    from ({scorings.added()}) scored
    """


def _cells(added: str) -> str:
    """Return SQL of the counted cells of whatever facts are in sight.

    What an organisation adds is counted first: places and the system are sums of that.
    """
    return f"""
    select c.indicator, s.scope, c.breakdown, c.month, c.group_name, c.value,
      sum(c.numerator)::bigint as numerator, sum(c.denominator)::bigint as denominator
    from ({added}) c {_SCOPES}
    where s.scope is not null and c.only_scope in ('each', s.kind)
    group by c.indicator, s.scope, c.breakdown, c.month, c.group_name, c.value
    """


# Counted cells of all facts.
CELLS = _cells(_all_added())
# Only the facts of $1 are in sight: each name in WITH stands before the table's.
_FACTS_IN_SIGHT = ", ".join(
    f"{fact} as (select * from public.{fact} where unit = any($1::uuid[]))"
    for fact in FACTS
)
CELLS_OF_UNITS = f"with {_FACTS_IN_SIGHT} {_cells(_few_added())}"
# In order of the key: what is read together lies together.
CELLS_OF_ALL = f"""
insert into cell_new ({_CELL_KEY}, numerator, denominator) {CELLS}
order by {_CELL_KEY}
"""

ADD_TO_CELLS = f"""
insert into cell as t ({_CELL_KEY}, numerator, denominator)
select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[],
  $6::int[], $7::bigint[], $8::bigint[])
  as s(indicator, scope, breakdown, month, group_name, value, numerator, denominator)
order by {_CELL_KEY}
on conflict ({_CELL_KEY}) do update set
  numerator = t.numerator + excluded.numerator,
  denominator = t.denominator + excluded.denominator
"""
