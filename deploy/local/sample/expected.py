"""Every figure that the sample must lead to, worked out from its records alone.

Nothing here comes from a service: definitions, groups and the disclosure rule are
written a second time, so that two mistakes would have to be the same mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from deploy.local.sample.changes import CHANGES
from deploy.local.sample.doors import DOORS
from deploy.local.sample.facts import FACTS
from deploy.local.sample.gate import (
    Cell,
    Figure,
    Group,
    Row,
    base_of,
    count_figures,
    mix_figures,
    rate_figures,
    share_figures,
    wait_figures,
)
from deploy.local.sample.groups import GROUPS, HALF_YEARS, NO_THEME, REASONS
from deploy.local.sample.records import FIRST_DAY, LAST_DAY, Sample
from deploy.local.sample.scope import (
    Fact,
    Scope,
    month_of,
    months_between,
    scope_of,
)

Publish = Callable[[Row, int], list[Figure]]
Answer = dict[str, list[Figure]]

FIRST_MONTH = month_of(FIRST_DAY)
LAST_MONTH = month_of(LAST_DAY)
WHOLE_PERIOD = (FIRST_MONTH, LAST_MONTH)
WHOLE_SYSTEM = "system"
QUARTER_ENDS = ("03", "06", "09", "12")
PUBLISHING: Mapping[str, tuple[str, Publish]] = {
    "access_count": ("people", count_figures),
    "source_mix": ("percent", share_figures),
    "wait_days": ("days", wait_figures),
    "still_waiting": ("people", count_figures),
    "ineligible_rate": ("percent", rate_figures),
    "magic_rate": ("percent", rate_figures),
    "answered_rate": ("percent", rate_figures),
    "answer_days": ("days", wait_figures),
    "changed_rate": ("percent", rate_figures),
    **dict.fromkeys(DOORS, ("percent", rate_figures)),
    **dict.fromkeys(CHANGES, ("percent", rate_figures)),
    "turned_away_reasons": ("percent", share_figures),
    "theme_mix": ("percent", mix_figures),
    "heard_count": ("stories", count_figures),
    "measured_count": ("people", count_figures),
    "crisis_use": ("percent", mix_figures),
}
ONLY_BREAKDOWN = {
    "source_mix": "source",
    "turned_away_reasons": "reason",
    "theme_mix": "theme",
    "crisis_use": "half_year",
}


class Expected:
    """The figures that GET /indicators/{code} must answer once all is counted."""

    def __init__(self, sample: Sample) -> None:
        self.scopes: dict[str, Scope] = {}
        self._base: dict[str, int] = {}
        self._facts: dict[tuple[str, str], list[Fact]] = {}
        for scope, organisations in scopes(sample).items():
            self.scopes[scope] = scope_of(sample, organisations)
            self._base[scope] = base_of(scope, len(organisations))

    def base(self, scope: str) -> int:
        """Return to what a scope's counts are rounded."""
        return self._base[scope]

    def facts(self, indicator: str, scope: str) -> list[Fact]:
        """Return what each record of a scope adds to an indicator."""
        key = indicator, scope
        if key not in self._facts:
            self._facts[key] = list(FACTS[indicator](self.scopes[scope]))
        return self._facts[key]

    def answer(
        self,
        indicator: str,
        scope: str = WHOLE_SYSTEM,
        by: str | None = None,
        period: tuple[str, str] = WHOLE_PERIOD,
    ) -> Answer:
        """Return `figures` and `totals` as the service has to answer them.

        Args:
            scope: `system`, `place=NAME` or `organisation=CODE`.
            by: A breakdown, or None.
            period: First and last month, YYYY-MM; at most that of the newest record.
        """
        _, publish = PUBLISHING[indicator]
        by = by or ONLY_BREAKDOWN.get(indicator)
        months = months_between(*period)
        facts = self.facts(indicator, scope)
        groups = groups_in(by, self.facts(indicator, WHOLE_SYSTEM))
        by_month: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_month[fact.month].append(fact)
        whole, base = self.whole(indicator, scope, by, period), self.base(scope)
        return {
            "figures": [
                {"month": month, **figure}
                for month in months
                for figure in publish(row_of(by_month[month], by, groups), base)
            ],
            "totals": publish(whole, base) if whole else [],
        }

    def whole(
        self, indicator: str, scope: str, by: str | None, period: tuple[str, str]
    ) -> Row:
        """Return the true counts of a year in the period, of a stock its last month's.

        Without a year, nothing. They are for expectations: what is published of them is
        decided by a rule.
        """
        months = months_between(*period)
        is_stock = indicator == "still_waiting"
        year = months[-1:] if is_stock else year_within(months)
        facts = self.facts(indicator, scope)
        groups = groups_in(by, self.facts(indicator, WHOLE_SYSTEM))
        counted = [fact for fact in facts if fact.month in year]
        return row_of(counted, by, groups) if year else {}


def scopes(sample: Sample) -> dict[str, list[str]]:
    """Return the organisations of each scope: the system, each place, each alone."""
    found: dict[str, list[str]] = {WHOLE_SYSTEM: []}
    for organisation in sample.organisations:
        found[WHOLE_SYSTEM].append(organisation.code)
        found.setdefault(f"place={organisation.place}", []).append(organisation.code)
        found[f"organisation={organisation.code}"] = [organisation.code]
    return found


def breakdowns_of(indicator: str) -> list[str | None]:
    """Return what an indicator can be asked by; None is asking by nothing."""
    only = ONLY_BREAKDOWN.get(indicator)
    return [None, only] if only else [None, *GROUPS]


def year_within(months: Sequence[str]) -> Sequence[str]:
    """Return the latest twelve of the months that end with a quarter, if any do."""
    ends = [n for n, month in enumerate(months, 1) if month[5:] in QUARTER_ENDS]
    last = max(ends, default=0)
    return months[last - 12 : last] if last >= 12 else []


def groups_in(by: str | None, facts: Iterable[Fact]) -> Sequence[Group]:
    """Return the groups of a breakdown; of themes all that were found, after none."""
    if by == "theme":
        found = {fact.groups[by] for fact in facts}
        return (None, *sorted(found - {NO_THEME}))
    if by == "reason":
        return REASONS
    if by == "half_year":
        return HALF_YEARS
    return GROUPS[by] if by else (None,)


def row_of(facts: Iterable[Fact], by: str | None, groups: Sequence[Group]) -> Row:
    """Return the true counts of every group, also where nothing was counted."""
    row = {group: Cell() for group in groups}
    for fact in facts:
        cell = row[(fact.groups[by] or None) if by else None]
        cell.numerator += fact.numerator
        cell.denominator += fact.denominator
        cell.days.extend(fact.days)
    return row
