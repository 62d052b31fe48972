"""Emergency departments, crisis teams, places of safety and wards, before and after.

Source: domain reference, section 3 (crisis_use: six months before against six months
after the start). Six months are 183 days.
"""

from __future__ import annotations

from services.aggregation.indicators.definition import (
    WHERE_FROM,
    Indicator,
    OwnGroups,
    first_contacts,
    month_of,
    one_if,
)

DAYS = 183
BEFORE, AFTER = "before", "after"
# A start without end, which is a mistyped one, has no day after it.
NO_END = "date '9999-01-01'"

# One row for each person and scope: whether they had any contact in a crisis in each of
# the two times, whoever told of it. Grouped by the person first, who is told apart at
# once: by a dozen equal groups first, sorting takes four times as long.
_PEOPLE = f"""
select only_scope, {WHERE_FROM}, person, started_on,
  max({one_if("happened_on < started_on")}) as in_crisis_{BEFORE},
  max({one_if("happened_on >= started_on")}) as in_crisis_{AFTER}
from ({first_contacts("person, first_contact_on as started_on")}) people
  left join (select person as who, happened_on from fact_crisis) crises
    on who = person
    and happened_on >= started_on - interval '{DAYS}' day
    and happened_on < started_on + interval '{DAYS}' day
where started_on < {NO_END}
group by person, only_scope, started_on, {WHERE_FROM}
"""

INDICATORS = (
    Indicator(
        code="crisis_use",
        title="People in a crisis, six months before and after",
        kind="mix",
        unit="percent",
        direction="neither",
        caveat="A visit to an emergency department, a contact with a crisis team, a"
        " stay in a place of safety or on a ward. We know only what partners"
        " tell us: more people may have been in a crisis. And people come when"
        " things are at their worst. After that many get better in any case. So"
        " fewer after than before is no proof that the help did it. Read it"
        " beside what got better. It is told in the month in which the six"
        " months after the first contact ended.",
        numerator="Those with at least one contact in a crisis in the six months before"
        " their first contact, or in the six months from it on",
        denominator="All people of whom the six months after their first contact ended"
        " in the month, each once, whether or not anything was told of a crisis",
        sql=f"""
        select only_scope, {WHERE_FROM},
          {month_of(f"started_on + interval '{DAYS - 1}' day")} as month, 0 as value,
          case half when '{BEFORE}' then in_crisis_{BEFORE}
            when '{AFTER}' then in_crisis_{AFTER} else 0 end as numerator,
          {one_if("half = ''")} as denominator, half as own_group
        from ({_PEOPLE}) people
          cross join (values (''), ('{BEFORE}'), ('{AFTER}')) as halves(half)
        """,
        only_breakdown="half_year",
        own=OwnGroups("half_year", (BEFORE, AFTER)),
        looks_ahead=True,
    ),
)
