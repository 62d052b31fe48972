"""How far coders agree on a theme: Cohen's kappa and Krippendorff's alpha.

All figures are exact until the last step, so that neither the order of the stories
nor that of the coders changes one. Where a figure is not defined there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

from services.stories.schemas.codebook import Disagreement, Figure, ThemeAgreement

KAPPA_SUBSTANTIAL = Fraction("0.61")
ALPHA_GOOD, ALPHA_TENTATIVE = Fraction("0.8"), Fraction("0.667")

NO_STORIES = "No story was coded by two coders or more."
NOT_TWO_CODERS = "There are more than two coders: see alpha."
ALL_OR_NONE = "It was put on every story, or on none: chance alone would agree as much."

# Id, sequence and reference of a story, and its codings as they are kept: plain JSON,
# as there are thousands.
KeptCodings = tuple[str, int, str, list[dict[str, Any]]]
# Who put a theme on a story, a bit for each coder in order; and how many coded it.
Votes = Counter[tuple[int, int]]


class CodedStory(NamedTuple):
    """The codings of a story by one version of the codebook: coder to themes."""

    id: str
    sequence: int
    reference: str
    codings: Mapping[str, Sequence[str]]


def cohen_kappa(both: int, only_a: int, only_b: int, neither: int) -> Fraction | None:
    """Return (Po - Pe) / (1 - Pe) for two coders, or None where Pe is 1.

    Source: Cohen (1960), A coefficient of agreement for nominal scales.
    """
    stories = both + only_a + only_b + neither
    if not stories:
        return None
    observed = Fraction(both + neither, stories)
    yes_a, yes_b = both + only_a, both + only_b
    no_a, no_b = stories - yes_a, stories - yes_b
    expected = Fraction(yes_a * yes_b + no_a * no_b, stories * stories)
    return None if expected == 1 else (observed - expected) / (1 - expected)


def krippendorff_alpha(units: Mapping[tuple[int, ...], int]) -> Fraction | None:
    """Return 1 - Do / De for nominal values, or None where there is one value only.

    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability. Units with
    fewer than two values are left out, as there.

    Args:
        units: How many units there are of each kind: how often each value was given.
    """
    totals: Counter[int] = Counter()
    disagreeing = Fraction(0)
    for counts, times in units.items():
        values = sum(counts)
        if values < 2:
            continue
        pairs = values * values - sum(count * count for count in counts)
        disagreeing += Fraction(pairs * times, values - 1)
        for value, count in enumerate(counts):
            totals[value] += count * times
    given = sum(totals.values())
    expected = given * given - sum(total * total for total in totals.values())
    return 1 - (given - 1) * disagreeing / expected if expected else None


def coded_twice(
    stories: Iterable[KeptCodings], version: int, is_first: bool = False
) -> list[CodedStory]:
    """Return the stories that two coders or more coded by a version, by reference.

    Args:
        is_first: Take each coding as it was before the coder changed it.
    """
    found: list[CodedStory] = []
    for story, sequence, reference, codings in stories:
        by_coder = {
            one["coder"]: one["first"]
            if is_first and one["first"] is not None
            else one["themes"]
            for one in codings
            if one["codebook"] == version
        }
        if len(by_coder) >= 2:
            found.append(CodedStory(story, sequence, reference, by_coder))
    return sorted(found, key=lambda story: story.reference)


def coders_of(stories: Iterable[CodedStory]) -> set[str]:
    """Return who coded these stories."""
    return {coder for story in stories for coder in story.codings}


def disagreeing(
    stories: Iterable[CodedStory], after: str, limit: int
) -> list[CodedStory]:
    """Return the next stories, as they are ordered, that coders disagree about."""
    later = (story for story in stories if story.reference > after)
    return list(islice((one for one in later if disagreements_of(one)), limit))


def disagreements_of(story: CodedStory) -> list[Disagreement]:
    """Return the themes that some coders of a story put on it and others did not."""
    everyone = sorted(story.codings)
    themes = {theme for found in story.codings.values() for theme in found}
    found: list[Disagreement] = []
    for theme in sorted(themes):
        yes = [coder for coder in everyone if theme in story.codings[coder]]
        if len(yes) < len(everyone):
            no = [coder for coder in everyone if coder not in yes]
            one = Disagreement(reference=story.reference, theme=theme, yes=yes, no=no)
            found.append(one)
    return found


def agreement_of(
    stories: Sequence[CodedStory], themes: Sequence[str]
) -> list[ThemeAgreement]:
    """Return how far coders agree on each theme; each story has two coders or more."""
    everyone = sorted(coders_of(stories))
    bits = {coder: 1 << place for place, coder in enumerate(everyone)}
    coded = Counter(len(story.codings) for story in stories)
    votes: dict[str, Votes] = {theme: Counter() for theme in themes}
    for story in stories:
        many = len(story.codings)
        yes: dict[str, int] = {}
        for coder, found in story.codings.items():
            bit = bits[coder]
            for theme in found:
                yes[theme] = yes.get(theme, 0) | bit
        for theme, coders in yes.items():
            votes[theme][coders, many] += 1
    return [
        ThemeAgreement(
            theme=theme,
            kappa=_kappa(votes[theme], everyone, len(stories)),
            alpha=_alpha(votes[theme], coded),
        )
        for theme in themes
    ]


def _kappa(votes: Votes, everyone: Sequence[str], stories: int) -> Figure:
    if not stories:
        return Figure(value=None, reason=NO_STORIES)
    if len(everyone) != 2:
        return Figure(value=None, reason=NOT_TWO_CODERS)
    only_a, only_b, both = (votes[coders, 2] for coders in (0b01, 0b10, 0b11))
    value = cohen_kappa(both, only_a, only_b, stories - both - only_a - only_b)
    if value is None:
        return Figure(value=None, reason=ALL_OR_NONE)
    return Figure(value=float(value), guide=kappa_guide(value))


def _alpha(votes: Votes, coded: Mapping[int, int]) -> Figure:
    if not coded:
        return Figure(value=None, reason=NO_STORIES)
    units: Counter[tuple[int, ...]] = Counter()
    without = dict(coded)
    for (coders, many), times in votes.items():
        yes = coders.bit_count()
        units[yes, many - yes] += times
        without[many] -= times
    units.update({(0, many): times for many, times in without.items()})
    value = krippendorff_alpha(units)
    if value is None:
        return Figure(value=None, reason=ALL_OR_NONE)
    return Figure(value=float(value), guide=alpha_guide(value))


def kappa_guide(value: Fraction) -> str:
    """Return what a kappa is worth, roughly.

    Source: Landis and Koch (1977), who call 0.61 and above substantial.
    """
    return "substantial" if value >= KAPPA_SUBSTANTIAL else "below substantial"


def alpha_guide(value: Fraction) -> str:
    """Return what an alpha is worth, roughly.

    Source: Krippendorff (2004), Content analysis, section 11.4: rely on 0.80 and
    above, draw tentative conclusions from 0.667 and above.
    """
    if value >= ALPHA_GOOD:
        return "good"
    return "tentative" if value >= ALPHA_TENTATIVE else "not to be relied on"
