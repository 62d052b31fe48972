"""Agreement between coders: published examples, and what holds of all codings."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stories.rules import agreement
from services.stories.rules.agreement import CodedStory, KeptCodings
from services.stories.schemas.codebook import Coding

Thing = TypeVar("Thing")
THEMES = ["waiting", "kindness"]
# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: nominal
# data of four observers and twelve units, some missing.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
Tables = st.tuples(*[st.integers(0, 50)] * 4)


def a_story(number: int, **codings: list[str]) -> CodedStory:
    """Return a story coded by each coder with some themes."""
    return CodedStory(str(UUID(int=number)), number, f"S-{number:03}", codings)


def a_row(number: int, *codings: dict[str, object]) -> KeptCodings:
    """Return the codings of a story as they are kept."""
    return str(UUID(int=number)), number, f"S-{number:03}", list(codings)


def a_coding(
    coder: str, version: int, themes: list[str], first: list[str] | None = None
) -> dict[str, object]:
    """Return a coding as it is kept."""
    return Coding(coder=coder, codebook=version, themes=themes, first=first).model_dump(
        mode="json"
    )


def stories_of(both: int, only_a: int, only_b: int, neither: int) -> list[CodedStory]:
    """Return stories of two coders who put `waiting` on so many of them."""
    kinds = (
        [(["waiting"], ["waiting"])] * both
        + [(["waiting"], [])] * only_a
        + [([], ["waiting"])] * only_b
        + [([], [])] * neither
    )
    return [a_story(number, a=a, b=b) for number, (a, b) in enumerate(kinds)]


def test_kappa_of_the_worked_example_is_two_fifths() -> None:
    assert agreement.cohen_kappa(20, 5, 10, 15) == Fraction(2, 5)
    [waiting] = agreement.agreement_of(stories_of(20, 5, 10, 15), ["waiting"])
    assert waiting.kappa.value == 0.4
    assert waiting.kappa.guide == "below substantial"
    assert waiting.kappa.reason is None


def test_alpha_of_krippendorffs_nominal_example_is_the_published_one() -> None:
    units = Counter(
        tuple(unit.count(value) for value in range(1, 6))
        for unit in zip(*OBSERVERS, strict=True)
    )
    alpha = agreement.krippendorff_alpha(units)
    assert alpha is not None
    assert round(float(alpha), 3) == 0.743


def test_alpha_of_two_coders_is_what_the_definition_says() -> None:
    # 100 values on 50 stories, 55 yes and 45 no; the two of 15 stories differ.
    [waiting] = agreement.agreement_of(stories_of(20, 5, 10, 15), ["waiting"])
    assert waiting.alpha.value == pytest.approx(1 - 99 * 30 / (2 * 55 * 45))
    assert waiting.alpha.guide == "not to be relied on"


@pytest.mark.parametrize("table", [(0, 0, 0, 9), (9, 0, 0, 0)])
def test_where_chance_alone_would_agree_as_much_there_is_no_figure(
    table: tuple[int, int, int, int],
) -> None:
    [waiting] = agreement.agreement_of(stories_of(*table), ["waiting"])
    for figure in (waiting.kappa, waiting.alpha):
        assert figure.value is None
        assert figure.guide is None
        assert figure.reason == agreement.ALL_OR_NONE


def test_without_stories_there_is_no_figure() -> None:
    [waiting] = agreement.agreement_of([], ["waiting"])
    assert waiting.kappa.reason == waiting.alpha.reason == agreement.NO_STORIES


def test_of_three_coders_there_is_an_alpha_and_no_kappa() -> None:
    stories = [
        a_story(1, a=["waiting"], b=["waiting"], c=["waiting"]),
        a_story(2, a=[], b=["waiting"]),
        a_story(3, b=[], c=[]),
    ]
    [waiting] = agreement.agreement_of(stories, ["waiting"])
    assert waiting.kappa.value is None
    assert waiting.kappa.reason == agreement.NOT_TWO_CODERS
    # 7 values, 4 yes and 3 no; one pair of two differs: 1 - 6 * 2 / (2 * 4 * 3).
    assert waiting.alpha.value == pytest.approx(1 - 6 * 2 / 24)


@pytest.mark.parametrize(
    ("kappa", "alpha", "said"),
    [
        ("0.61", "0.8", ("substantial", "good")),
        ("0.6099", "0.7999", ("below substantial", "tentative")),
        ("-1", "0.667", ("below substantial", "tentative")),
        ("1", "0.6669", ("substantial", "not to be relied on")),
    ],
)
def test_the_guide_changes_exactly_at_its_limits(
    kappa: str, alpha: str, said: tuple[str, str]
) -> None:
    words = (
        agreement.kappa_guide(Fraction(kappa)),
        agreement.alpha_guide(Fraction(alpha)),
    )
    assert words == said


def test_disagreements_say_who_did_and_who_did_not() -> None:
    story = a_story(
        1, c=["waiting", "kindness"], a=["kindness"], b=["kindness", "waiting"]
    )
    [one] = agreement.disagreements_of(story)
    assert one.model_dump() == {
        "reference": "S-001",
        "theme": "waiting",
        "yes": ["b", "c"],
        "no": ["a"],
    }


def test_disagreements_are_shown_by_pages() -> None:
    stories = [a_story(number, a=["waiting"], b=[]) for number in (1, 2, 3)]
    stories.append(a_story(4, a=["waiting"], b=["waiting"]))
    first = agreement.disagreeing(stories, "", 2)
    assert [story.reference for story in first] == ["S-001", "S-002"]
    rest = agreement.disagreeing(stories, "S-002", 2)
    assert [story.reference for story in rest] == ["S-003"]


def test_only_codings_of_the_version_asked_for_count_in_order_of_reference() -> None:
    mixed = [a_coding("a", 1, ["waiting"]), a_coding("b", 1, [])]
    mixed.append(a_coding("c", 2, ["waiting"]))
    rows = [a_row(3, *mixed), a_row(2, *mixed[1:]), a_row(1, *mixed)]
    found = agreement.coded_twice(rows, 1)
    assert found == [
        a_story(1, a=["waiting"], b=[]),
        a_story(3, a=["waiting"], b=[]),
    ]
    assert agreement.coded_twice(rows, 2) == []


def test_a_coding_counts_as_it_was_at_first_if_that_is_asked_for() -> None:
    talked = a_coding("a", 1, ["waiting"], first=[])
    row = a_row(1, talked, a_coding("b", 1, ["waiting"]))
    assert agreement.coded_twice([row], 1) == [a_story(1, a=["waiting"], b=["waiting"])]
    before = agreement.coded_twice([row], 1, is_first=True)
    assert before == [a_story(1, a=[], b=["waiting"])]


Codings = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c", "d"]),
        st.lists(st.sampled_from(THEMES), unique=True),
        min_size=2,
    ),
    max_size=12,
).map(lambda all_: [a_story(n, **codings) for n, codings in enumerate(all_)])


@given(Codings, st.randoms(use_true_random=False))
def test_the_order_of_stories_and_codings_changes_nothing(
    stories: list[CodedStory], random: Random
) -> None:
    shuffled = [
        story._replace(codings=dict(shuffled_by(random, list(story.codings.items()))))
        for story in shuffled_by(random, stories)
    ]
    assert agreement.agreement_of(shuffled, THEMES) == agreement.agreement_of(
        stories, THEMES
    )


def shuffled_by(random: Random, things: list[Thing]) -> list[Thing]:
    """Return a shuffled copy."""
    return random.sample(things, len(things))


@given(Codings)
def test_who_the_coders_are_changes_nothing(stories: list[CodedStory]) -> None:
    turned = {"a": "d", "b": "c", "c": "b", "d": "a"}
    renamed = [
        a_story(n, **{turned[one]: list(said) for one, said in story.codings.items()})
        for n, story in enumerate(stories)
    ]
    assert agreement.agreement_of(renamed, THEMES) == agreement.agreement_of(
        stories, THEMES
    )


@given(Tables)
def test_kappa_is_symmetric_at_most_one_and_one_only_without_differences(
    table: tuple[int, int, int, int],
) -> None:
    both, only_a, only_b, neither = table
    kappa = agreement.cohen_kappa(both, only_a, only_b, neither)
    assert kappa == agreement.cohen_kappa(both, only_b, only_a, neither)
    assert kappa == agreement.cohen_kappa(neither, only_a, only_b, both)
    if kappa is None:
        assert only_a == only_b == 0
        assert 0 in (both, neither)
    else:
        assert -1 <= kappa <= 1
        assert (kappa == 1) == (only_a + only_b == 0)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=20))
def test_alpha_is_what_counting_every_pair_gives(units: list[tuple[int, int]]) -> None:
    alpha = agreement.krippendorff_alpha(Counter(units))
    assert alpha == alpha_by_pairs(units)
    differing = [u for u in units if min(u) > 0]
    if alpha is not None:
        assert (alpha == 1) == (not differing)


def alpha_by_pairs(units: list[tuple[int, int]]) -> Fraction | None:
    """Return alpha from its definition: each pair of values, one by one."""
    values = [[True] * yes + [False] * no for yes, no in units if yes + no >= 2]
    everything = [value for unit in values for value in unit]
    given_, observed = len(everything), Fraction(0)
    for unit in values:
        differing = sum(a != b for a in unit for b in unit)
        observed += Fraction(differing, len(unit) - 1)
    expected = sum(a != b for a in everything for b in everything)
    if not expected:
        return None
    return 1 - (observed / given_) / Fraction(expected, given_ * (given_ - 1))
