"""Counts the indicators from final states the plain way, to compare with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from shared.events import (
    AssessmentState,
    GoalState,
    OrganisationState,
    ReferralState,
    StoryState,
)
from tests.integration.aggregation.states import World

# Indicator, scope, breakdown, month, group, value.
Key = tuple[str, str, str, date, str, int]
Cells = dict[Key, tuple[int, int]]

BREAKDOWNS = ("ethnicity", "gender", "age", "deprivation", "disability", "source")
UNKNOWN = dict.fromkeys(BREAKDOWNS, "not_known")
ETHNIC = {
    "white": "ABC",
    "mixed": "DEFG",
    "asian": "HJKL",
    "black": "MNP",
    "other": "RS",
    "not_stated": "Z",
}
GENDERS = {
    "1": "male",
    "2": "female",
    "3": "non_binary",
    "4": "other",
    "Z": "not_stated",
}
AGES = (
    (18, "under_18"),
    (25, "18_24"),
    (35, "25_34"),
    (45, "35_44"),
    (55, "45_54"),
    (65, "55_64"),
    (999, "65_over"),
)
DISABLED = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "XX"}


def groups_of(referral: ReferralState | None) -> dict[str, str]:
    """Return the group of a referral in each breakdown."""
    if referral is None:
        return UNKNOWN
    ethnic = [g for g, codes in ETHNIC.items() if (referral.ethnicity or "?") in codes]
    age = "not_known"
    if referral.age is not None:
        age = next(name for limit, name in AGES if referral.age < limit)
    decile = referral.imd_decile
    told = set(referral.disabilities)
    letter = referral.source[:1]
    return {
        "ethnicity": ethnic[0] if ethnic else "not_known",
        "gender": GENDERS.get(referral.gender or "", "not_known"),
        "age": age,
        "deprivation": f"quintile_{(decile + 1) // 2}" if decile else "not_known",
        "disability": "yes"
        if told & DISABLED
        else "no"
        if "NN" in told
        else "not_stated"
        if "ZZ" in told
        else "not_known",
        "source": f"group_{letter.lower()}"
        if letter in set("ABCDEFGHIMNPQ")
        else "not_known",
    }


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
        for goal in world.of(GoalState):
            self._goal(goal)
        for story in world.of(StoryState):
            self._story(story)

    @property
    def cells(self) -> Cells:
        """Return all counted cells but those of nothing."""
        return {key: (self.above[key], n) for key, n in self.below.items() if n}

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

    def _pairs(self, world: World) -> Iterator[tuple[UUID, tuple[date, int]]]:
        """Yield the day and change of each referral's ReQoL-10 pair."""
        valid = defaultdict[UUID, list[AssessmentState]](list)
        for a in world.of(AssessmentState):
            referral = self.referrals.get(a.referral)
            if (
                referral
                and a.instrument == "reqol10"
                and a.status in {"scored", "prorated"}
                and not a.is_withdrawn
                and a.completed_on >= referral.received_on
            ):
                valid[a.referral].append(a)
        for referral_id, found in valid.items():
            first = min(found, key=lambda a: (a.completed_on, a.id))
            later = [a for a in found if a.completed_on > first.completed_on]
            if later:
                last = max(later, key=lambda a: (a.completed_on, a.id))
                change = total(last) - total(first)
                yield referral_id, (last.completed_on, change)

    def _people(self) -> None:
        firsts: dict[tuple[str, str], tuple[date, UUID]] = {}
        for r in self.referrals.values():
            if r.first_contact_on:
                for scope in self.scopes(r.organisation):
                    mine = (r.first_contact_on, r.id)
                    known = firsts.get((r.person, scope), mine)
                    firsts[r.person, scope] = min(known, mine)
        for (_, scope), (day, referral) in firsts.items():
            groups = groups_of(self.referrals[referral])
            self.add("access_count", [scope], day, groups)

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
            pair = self.pairs.get(r.id)
            if r.closure and r.contacts >= 2 and not is_refused:
                above = int(pair is not None)
                day = r.closure.closed_on
                self.add("pairing_rate", where, day, groups, above=above)
            if pair and not is_refused:
                day, change = pair
                above = int(change >= 5)
                self.add("reliable_improvement", where, day, groups, above=above)

    def _goal(self, goal: GoalState) -> None:
        later = [r for r in goal.ratings if r.rated_on > goal.set_on]
        if goal.kind != "gbo" or goal.baseline is None or not later:
            return
        if goal.referral in self.graves:
            return
        last = max(later, key=lambda r: r.rated_on)
        groups = groups_of(self.referrals.get(goal.referral))
        above = int(last.value - goal.baseline >= 3)
        where = self.scopes(goal.organisation)
        self.add("goals_attained", where, last.rated_on, groups, above=above)

    def _story(self, story: StoryState) -> None:
        if story.consent.level not in {"partners", "public"} or not story.moments:
            return
        if story.moderation == "withdrawn" or story.referral in self.graves:
            return
        referral = self.referrals.get(story.referral) if story.referral else None
        magic = sum(moment.kind == "magic" for moment in story.moments)
        self.add(
            "magic_rate",
            self.scopes(story.organisation),
            story.told_on,
            groups_of(referral),
            above=magic,
            below=len(story.moments),
        )

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


def total(assessment: AssessmentState) -> Any:  # noqa: ANN401 (int or float)
    """Return the total of a valid assessment."""
    return assessment.scores["total"]
