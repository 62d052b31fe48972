"""Codebook versions, what coders put on a story, and what is said of it."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.stories.problems import (
    CodebookDiffers,
    CodebookOutOfTurn,
    StoryWithdrawn,
)
from services.stories.rules import codebook, coding
from services.stories.schemas import Kept, StoryIn
from services.stories.schemas.codebook import Codebook, CodebookIn, Coding, CodingIn
from shared.problems import InvalidContent, Unavailable

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def a_codebook(*codes: str, **crosswalk: list[str]) -> CodebookIn:
    """Return a version with themes of these codes."""
    words = dict.fromkeys(
        ("name", "plain", "definition", "include", "exclude", "example"), "w"
    )
    themes = [{"code": code, **words} for code in codes]
    body = {"source": "test", "themes": themes, "crosswalk": crosswalk}
    return CodebookIn.model_validate_json(json.dumps(body))


def books_of(*versions: CodebookIn) -> dict[int, Codebook]:
    """Return versions as they stand when published one after the other."""
    return {
        number: Codebook(
            **dict(one), version=number, published_by="RX1", published_at=NOW
        )
        for number, one in enumerate(versions, 1)
    }


# The second version splits one theme, merges two, drops one and has a new one.
BOOKS = books_of(
    a_codebook("waiting", "money", "home", "split", "old"),
    a_codebook(
        "waiting",
        "money_home",
        "one",
        "other",
        "new",
        waiting=["waiting"],
        money=["money_home"],
        home=["money_home"],
        split=["one", "other"],
        old=[],
    ),
)


def a_story(moderation: str = "submitted", **kept: object) -> Kept:
    told = {"reference": "S-1", "kind": "bubble", "told_on": "2026-03-01", "text": "x"}
    return Kept.model_validate(
        {
            "told": StoryIn.model_validate_json(json.dumps(told)),
            "moderation": moderation,
            **kept,
        }
    )


def put(kept: Kept, coder: str, *themes: str, version: int = 1) -> Kept:
    """Return the story with a coding that changes it."""
    sent = CodingIn(coder=coder, codebook=version, themes=list(themes))
    after = coding.coded(kept, sent, BOOKS)
    assert after is not None
    return after


def test_the_codebook_that_comes_with_the_system_is_one_that_can_be_published() -> None:
    file = ROOT / "services/stories/codebook/1.toml"
    with file.open("rb") as opened:
        body = CodebookIn.model_validate_json(json.dumps(tomllib.load(opened)))
    codebook.refuse_version(1, body, {})
    assert 12 <= len(body.themes) <= 16
    assert len({theme.plain for theme in body.themes}) == len(body.themes)


@pytest.mark.parametrize("version", [1, 2, 4])
def test_only_the_next_version_is_published(version: int) -> None:
    with pytest.raises(CodebookOutOfTurn, match="next version to be published is 3"):
        codebook.refuse_version(version, a_codebook("waiting"), BOOKS)


def test_the_same_version_with_other_content_is_refused_without_the_content() -> None:
    codebook.refuse_difference(
        BOOKS[1], a_codebook(*["waiting", "money", "home", "split", "old"])
    )
    with pytest.raises(CodebookDiffers) as refused:
        codebook.refuse_difference(BOOKS[1], a_codebook("secret"))
    assert [one.pointer for one in refused.value.errors] == ["/themes"]
    assert "secret" not in refused.value.detail


def test_a_crosswalk_says_what_became_of_every_theme_and_of_nothing_else() -> None:
    body = a_codebook(
        "waiting", "waiting", waiting=["waiting", "gone"], home=[], strange=[]
    )
    with pytest.raises(InvalidContent) as refused:
        codebook.refuse_version(2, body, books_of(a_codebook("waiting", "home", "old")))
    assert [(one.pointer, one.detail) for one in refused.value.errors] == [
        ("/themes/1/code", "Another theme has this code."),
        ("/crosswalk", "Say what became of old."),
        ("/crosswalk/strange", "The version before has no such theme."),
        ("/crosswalk/waiting/1", "This version has no such theme."),
    ]


def test_the_first_version_has_nothing_to_be_carried_over_from() -> None:
    with pytest.raises(InvalidContent):
        codebook.refuse_version(1, a_codebook("waiting", old=[]), {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"waiting": True}, {"waiting": True}),
        ({"waiting": False}, {"waiting": False}),
        ({"money": True, "home": False}, {"money_home": True}),
        ({"money": False, "home": False}, {"money_home": False}),
        ({"money": False}, {}),
        ({"split": True}, {}),
        ({"split": False}, {"one": False, "other": False}),
        ({"old": True}, {}),
    ],
)
def test_what_cannot_be_known_in_a_later_version_is_left_out(
    before: dict[str, bool], after: dict[str, bool]
) -> None:
    assert codebook.carried_over(before, 1, 2, BOOKS) == after


def test_codes_are_carried_over_several_versions() -> None:
    third = a_codebook(
        "wait", waiting=["wait"], money_home=[], one=[], other=[], new=[]
    )
    books = {**BOOKS, 3: books_of(third)[1]}
    assert codebook.carried_over({"waiting": True}, 1, 3, books) == {"wait": True}
    assert codebook.carried_over({"waiting": True}, 1, 1, books) == {"waiting": True}


def test_what_half_of_the_coders_put_on_a_story_is_said_of_it() -> None:
    kept = put(a_story(), "c1", "waiting", "money")
    assert kept.themes == ["money", "waiting"]
    kept = put(kept, "c2", "waiting")
    assert kept.themes == ["money", "waiting"]
    kept = put(kept, "c3", "home")
    assert kept.themes == ["waiting"]


def test_a_coder_who_finds_no_theme_counts() -> None:
    kept = a_story()
    for coder in ("c1", "c2"):
        kept = put(kept, coder)
    assert put(kept, "c3", "waiting").themes == []


def test_older_codings_count_as_far_as_they_can_be_carried_over() -> None:
    kept = put(a_story(), "c1", "money", "split", "old")
    kept = put(kept, "c2", "waiting")
    kept = put(kept, "c3", "one", "new", version=2)
    # money_home: one of three; one: c1 cannot say, c2 said no; new: only c3 can say.
    assert kept.themes == ["new", "one"]
    assert put(kept, "c1", "waiting", version=2).themes == ["new", "waiting"]


def test_the_same_coding_again_changes_nothing_in_whatever_order() -> None:
    kept = put(a_story(), "c1", "waiting", "money")
    again = CodingIn(coder="c1", codebook=1, themes=["money", "waiting", "money"])
    assert coding.coded(kept, again, BOOKS) is None


def test_other_themes_replace_a_coding_and_what_was_first_is_kept() -> None:
    kept = put(put(a_story(), "c1", "waiting"), "c2", "home")
    kept = put(put(kept, "c1", "money"), "c1", "home")
    assert kept.codings == [
        Coding(coder="c2", codebook=1, themes=["home"]),
        Coding(coder="c1", codebook=1, themes=["home"], first=["waiting"]),
    ]
    assert kept.themes == ["home"]


def test_a_coding_that_was_empty_at_first_is_remembered_as_empty() -> None:
    kept = put(put(put(a_story(), "c1"), "c1", "money"), "c1", "home")
    assert kept.codings[0].first == []


def test_a_withdrawn_story_is_not_coded_and_shows_nothing() -> None:
    kept = put(a_story(), "c1", "waiting").model_copy(
        update={"moderation": "withdrawn"}
    )
    with pytest.raises(StoryWithdrawn):
        put(kept, "c2", "waiting")
    assert coding.codings(kept) == []
    assert coding.meaning(kept) is None


def test_a_story_has_a_hundred_codings_at_most() -> None:
    kept = a_story()
    for number in range(coding.MOST_CODINGS):
        kept = put(kept, f"c{number}")
    with pytest.raises(InvalidContent):
        put(kept, "one_more")
    assert len(put(kept, "c1", "waiting").codings) == coding.MOST_CODINGS


def test_a_codebook_published_in_between_is_no_fault_of_the_caller() -> None:
    later = a_story(codings=[Coding(coder="c1", codebook=3, themes=[])])
    with pytest.raises(Unavailable):
        put(later, "c2", "waiting")


@pytest.mark.parametrize(
    ("version", "themes", "pointers"),
    [
        (3, ["waiting"], ["/codebook"]),
        (1, ["waiting", "new", "x"], ["/themes/1", "/themes/2"]),
        (2, ["home"], ["/themes/0"]),
    ],
)
def test_what_no_codebook_has_is_pointed_at(
    version: int, themes: list[str], pointers: list[str]
) -> None:
    sent = CodingIn(coder="c1", codebook=version, themes=themes)
    with pytest.raises(InvalidContent) as refused:
        coding.refuse_strange_coding(sent, BOOKS)
    assert [one.pointer for one in refused.value.errors] == pointers


def test_a_story_kept_before_there_were_codings_still_reads() -> None:
    old = a_story().model_dump(mode="json", exclude={"codings", "themes"})
    del old["told"]["meaning"]
    kept = Kept.model_validate_json(json.dumps(old))
    assert kept == a_story()
    assert (kept.codings, kept.themes, kept.told.meaning) == ([], [], None)
