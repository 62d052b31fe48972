"""Every consent, role, organisation and moderation state, edited or not."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any, get_args

import pytest

from services.stories.rules.reading import Words, words_for
from services.stories.schemas import Kept
from shared.access import Caller, Role
from shared.events import ConsentLevel, ModerationState
from tests.builders import a_story
from tests.unit.stories.who_reads import (
    CONSENTS,
    EDITED,
    EDITED_MOMENT,
    OWNER,
    ROLES,
    ROWS,
    STATES,
    TOLD,
    TOLD_MOMENT,
    Case,
    every_case,
)

TODAY, TOMORROW = date(2026, 5, 1), "2026-05-02"
EDITS = {"text": EDITED, "moments": [EDITED_MOMENT], "reasons": ["staff_name"]}
GIVEN: dict[str, Any] = {"given_on": "2026-04-20"}
# As each consent may be kept: without an end, or with one that has come or not.
CONSENTS_KEPT: dict[str, list[list[dict[str, Any]]]] = {
    "none": [[], [GIVEN | {"level": "none"}]],
    **{
        level: [
            [GIVEN | {"level": level}],
            [GIVEN | {"level": level, "expires_on": TOMORROW}],
        ]
        for level in ("internal", "partners", "public")
    },
    "expired": [
        [GIVEN | {"level": level, "expires_on": end}]
        for level in ("internal", "partners", "public")
        for end in ("2026-04-21", str(TODAY))
    ],
}


def stories_of(case: Case) -> list[Kept]:
    moment = {"kind": "miserable", "step": "support", "text": TOLD_MOMENT}
    told = a_story(text=TOLD, moments=[moment], consent=None)
    return [
        Kept.model_validate(
            {
                "told": told,
                "consents": consents,
                "moderation": case.moderation,
                "redaction": EDITS if case.is_edited else None,
            }
        )
        for consents in CONSENTS_KEPT[case.consent]
    ]


def callers_of(case: Case) -> list[Caller | None]:
    organisation = case.organisation
    if case.role == "none":
        return [None, Caller("u1", organisation, frozenset())]
    return [Caller("u1", organisation, frozenset({case.role}))]


def answer_of(words: Words | str) -> str:
    """Return which words these are, having looked at each of them."""
    if isinstance(words, str):
        return "hidden" if words == "not_yet" else words
    said = (words.text, words.moments[0].text or "")
    answer = {(TOLD, TOLD_MOMENT): "told", (EDITED, EDITED_MOMENT): "edited"}[said]
    assert words.is_redacted == (answer == "edited")
    return answer


def test_the_table_names_everything_there_is() -> None:
    assert ROWS.keys() == set(product(CONSENTS, STATES))
    assert set(CONSENTS) == {*get_args(ConsentLevel), "expired"}
    assert set(STATES) == set(get_args(ModerationState))
    assert set(ROLES) == {"none", *get_args(Role)}
    assert len(list(every_case())) == 5 * 6 * 2 * 7 * 2


@pytest.mark.parametrize(("consent", "moderation"), ROWS)
def test_everybody_reads_the_words_of_the_table_and_no_others(
    consent: str, moderation: str
) -> None:
    wrong = [
        (case, caller)
        for case in every_case()
        if (case.consent, case.moderation) == (consent, moderation)
        for kept, caller in product(stories_of(case), callers_of(case))
        if answer_of(words_for(kept, caller, OWNER, TODAY)) != case.expected
    ]
    assert wrong == []
