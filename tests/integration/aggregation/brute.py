"""Counts the indicators from final states the plain way, to compare with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from shared.events import (
    AssessmentState,
    GoalState,
    OrganisationState,
    ReferralState,
    StoryState,
)
from tests.integration.aggregation.brute_doors import (
    doors,
    half_years,
    standing,
    themes,
)
from tests.integration.aggregation.brute_scores import is_ill, scored, values_of
from tests.integration.aggregation.grouping import groups_of
from tests.integration.aggregation.worlds import World

# Indicator, scope, breakdown, month, group, value.
Key = tuple[str, str, str, date, str, int]
Cells = dict[Key, tuple[int, int]]
# Day of the latest, first and latest value, and by which rules each was scored.
Pair = tuple[date, Any, Any, set[str]]
# More is better (1) or less (-1), points of a reliable change, where ill ends.
RULES: dict[str, tuple[int, int, int | None]] = {
    "reqol10": (1, 5, 25),
    "reqol20": (1, 10, 50),
    "phq9": (-1, 6, 10),
    "gad7": (-1, 4, 8),
    "dialog": (1, 1, None),
}
OTHERS = ("reqol20", "phq9", "gad7", "mansa", "swemwbs", "dialog")


class Count:
    """Counts every indicator of a world."""

    def __init__(self, world: World) -> None:
        self.places = {o.organisation: o.place for o in world.of(OrganisationState)}
        self.referrals: dict[UUID, ReferralState] = {
            r.id: r for r in world.of(ReferralState) if not r.is_withdrawn
        }
        self.graves = {
            id
            for id, state in world.final.items()
            if state is None
            or (isinstance(state, ReferralState) and state.is_withdrawn)
        }
        self.above: Counter[Key] = Counter()
        self.below: Counter[Key] = Counter()
        self.pairs = dict(self._pairs(world))
        self._people()
        self._referrals()
        self.rated = defaultdict[tuple[UUID, str], list[tuple[date, bool]]](list)
        for goal in world.of(GoalState):
            self._goal(goal)
        for (unit, organisation), rated in self.rated.items():
            where, groups = (
                self.scopes(organisation),
                groups_of(self.referrals.get(unit)),
            )
            day, above = max(day for day, _ in rated), any(hit for _, hit in rated)
            self.add("goals_attained_people", where, day, groups, above=int(above))
        for story in world.of(StoryState):
            self._story(story)

    @property
    def cells(self) -> Cells:
        """Return all counted cells but those of nothing."""
        return {
            key: (above, below)
            for key, below in self.below.items()
            if (above := self.above[key]) or below
        }

    def scopes(self, organisation: str) -> list[str]:
        """Return the scopes in which a record of an organisation counts."""
        place = self.places.get(organisation)
        return [
            "system",
            *([f"place:{place}"] if place else []),
            f"organisation:{organisation}",
        ]

    def add(
        self,
        indicator: str,
        scopes: list[str],
        day: date,
        groups: dict[str, str],
        *,
        above: int = 1,
        below: int = 1,
        value: int = 0,
    ) -> None:
        """Count something once for everybody and once in each breakdown."""
        month = day.replace(day=1)
        for scope in scopes:
            for breakdown, group in (("", ""), *groups.items()):
                key = (indicator, scope, breakdown, month, group, value)
                self.above[key] += above
                self.below[key] += below

    def _pairs(self, world: World) -> Iterator[tuple[tuple[UUID, str], Pair]]:
        """Yield first and latest value of each instrument and DIALOG item."""
        valid = defaultdict[tuple[UUID, str], list[tuple[date, UUID, Any, str]]](list)
        for a in world.of(AssessmentState):
            referral = self.referrals.get(a.referral)
            if (
                referral is None
                or a.is_withdrawn
                or a.completed_on < referral.received_on
            ):
                continue
            for measure, value in values_of(a):
                rules = f"1/{a.scoring_version.replace('no version', 'UNKNOWN')}"
                valid[a.referral, measure].append((a.completed_on, a.id, value, rules))
        for key, found in valid.items():
            first, last = min(found), max(found)
            if last[0] > first[0]:
                yield key, (last[0], first[2], last[2], {first[3], last[3]})

    def _people(self) -> None:
        firsts: dict[tuple[str, str], tuple[date, UUID]] = {}
        for r in self.referrals.values():
            if r.first_contact_on:
                for scope in self.scopes(r.organisation):
                    mine = (r.first_contact_on, r.id)
                    known = firsts.get((r.person, scope), mine)
                    firsts[r.person, scope] = min(known, mine)
        for (person, scope), (day, referral) in firsts.items():
            groups = groups_of(self.referrals[referral])
            self.add("access_count", [scope], day, groups)
            of_person = [r for r in self.referrals.values() if r.person == person]
            for half, end, above, below in half_years(day, of_person):
                own = groups | {"half_year": half}
                add = partial(self.add, "crisis_use", [scope], end, own)
                add(above=above, below=below)

    def _referrals(self) -> None:
        for r in self.referrals.values():
            where, groups = self.scopes(r.organisation), groups_of(r)
            seen, decision = r.first_contact_on, r.decision
            is_refused = decision is not None and decision.outcome == "not_for_us"
            self.add("source_mix", where, r.received_on, groups)
            if seen and seen >= r.received_on:
                days = (seen - r.received_on).days
                self.add("wait_days", where, seen, groups, value=days)
            if decision:
                is_ineligible = is_refused and decision.reason == "02"
                above = int(is_ineligible)
                day = decision.decided_on
                self.add("ineligible_rate", where, day, groups, above=above)
            others = [
                other
                for other in self.referrals.values()
                if other.person == r.person and other.id != r.id
            ]
            for code, day, above, own in (*doors(r, others), *standing(r)):
                self.add(code, where, day, groups | own, above=above)
            if not is_refused:
                self._outcomes(r, where, groups)

    def _outcomes(
        self, r: ReferralState, where: list[str], groups: dict[str, str]
    ) -> None:
        mine = {m: pair for (unit, m), pair in self.pairs.items() if unit == r.id}
        if r.closure and r.contacts >= 2:
            for name in ("reqol10", *OTHERS):
                is_paired = any(measure.split("_")[0] == name for measure in mine)
                day, code = r.closure.closed_on, named("pairing_rate", name)
                self.add(code, where, day, groups, above=int(is_paired))
        for measure, (day, first, last, scored_by) in mine.items():
            for cells in (self.above, self.below):
                cells.update(scored(measure, scored_by, where))
            rule = RULES.get(measure.split("_")[0])
            if rule is None:
                continue
            sign, threshold, cut_off = rule
            gain = sign * (last - first)
            better, worse = gain >= threshold, gain <= -threshold
            for code, above in (
                ("reliable_improvement", better),
                ("reliable_deterioration", worse),
            ):
                self.add(named(code, measure), where, day, groups, above=int(above))
            if cut_off is not None and is_ill(first, sign, cut_off):
                above = better and not is_ill(last, sign, cut_off)
                code = named("reliable_recovery", measure)
                self.add(code, where, day, groups, above=int(above))
        if mine:
            latest = max(day for day, *_ in mine.values())
            self.add("measured_count", where, latest, groups)
        if {"phq9", "gad7"} <= mine.keys():
            self._together(mine["phq9"], mine["gad7"], where, groups)

    def _together(
        self, low: Pair, worry: Pair, where: list[str], groups: dict[str, str]
    ) -> None:
        """Count PHQ-9 and GAD-7 as Talking Therapies do."""
        falls = (low[1] - low[2], worry[1] - worry[2])
        better = falls[0] >= 6 or falls[1] >= 4
        worse = falls[0] <= -6 or falls[1] <= -4
        was_case = low[1] >= 10 or worry[1] >= 8
        is_case = low[2] >= 10 or worry[2] >= 8
        day, start = max(low[0], worry[0]), "talking_therapies_"
        above = int(better and not worse)
        self.add(f"{start}improvement", where, day, groups, above=above)
        if was_case:
            self.add(f"{start}recovery", where, day, groups, above=int(not is_case))
            above = int(better and not worse and not is_case)
            self.add(f"{start}reliable_recovery", where, day, groups, above=above)

    def _goal(self, goal: GoalState) -> None:
        later = [r for r in goal.ratings if r.rated_on > goal.set_on]
        if not later or goal.weight == 0:
            return
        if goal.referral in self.graves:
            return
        last = max(later, key=lambda r: r.rated_on)
        groups = groups_of(self.referrals.get(goal.referral))
        counted: dict[str, bool] = {}
        if goal.kind == "gas":
            counted["goals_attained_gas"] = last.value >= 0
        elif goal.baseline is not None:
            counted["goals_attained"] = last.value - goal.baseline >= 3
            counted["goals_deteriorated"] = last.value - goal.baseline <= -3
            mine = self.rated[goal.referral, goal.organisation]
            mine.append((last.rated_on, last.value - goal.baseline >= 3))
        where = self.scopes(goal.organisation)
        for code, above in counted.items():
            self.add(code, where, last.rated_on, groups, above=int(above))

    def _story(self, story: StoryState) -> None:
        if story.consent.level not in {"partners", "public"}:
            return
        if story.moderation == "withdrawn" or story.referral in self.graves:
            return
        referral = self.referrals.get(story.referral) if story.referral else None
        where, groups = self.scopes(story.organisation), groups_of(referral)
        told, count = story.told_on, len(story.moments)
        self.add("heard_count", where, told, groups)
        for theme, above, below in themes(story):
            add = partial(self.add, "theme_mix", where, told, above=above, below=below)
            add(groups | {"theme": theme})
        magic = sum(moment.kind == "magic" for moment in story.moments)
        self.add("magic_rate", where, told, groups, above=magic, below=count)
        answered, changed = story.replied_on, story.changed_on
        above = int(answered is not None)
        self.add("answered_rate", where, told, groups, above=above)
        if answered is not None:
            above = int(changed is not None)
            self.add("changed_rate", where, told, groups, above=above)
            days = (answered - told).days
            if days >= 0:
                self.add("answer_days", where, answered, groups, value=days)

    def waiting(self, month: date, scope: str, breakdown: str, group: str) -> int:
        """Return how many referrals wait at the end of a month."""
        return sum(
            self._waits(r, month)
            for r in self.referrals.values()
            if scope in self.scopes(r.organisation)
            and (not breakdown or groups_of(r)[breakdown] == group)
        )

    @staticmethod
    def _waits(r: ReferralState, month: date) -> bool:
        is_refused = r.decision is not None and r.decision.outcome == "not_for_us"
        exits = [
            r.first_contact_on,
            r.closure.closed_on if r.closure else None,
            r.decision.decided_on if r.decision and is_refused else None,
        ]
        exit_on = min((day for day in exits if day), default=date.max)
        return r.received_on.replace(day=1) <= month < exit_on.replace(day=1)


def named(code: str, measure: str) -> str:
    """Return the code of an indicator of one instrument; ReQoL-10 has the plain one."""
    return code if measure == "reqol10" else f"{code}_{measure}"
