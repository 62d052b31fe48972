"""The words of a note: plain, one line, nobody's number; and how they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.aggregation.notes import NoteIn, NoteOut, sentences

BODY = {"from": "2026-05", "to": "2026-05"}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Collection was interrupted.", "Collection was interrupted."),
        ("  two\n lines\u00a0here ", "two lines here"),
        ("é, “quoted” & <b>", "é, “quoted” & <b>"),
        ("x" * 280, "x" * 280),
        ("Call 0300 123 4567", "Call 0300 123 4567"),
        ("999 123 4579 is no NHS number", "999 123 4579 is no NHS number"),
    ],
)
def test_a_note_is_one_line_of_plain_text(said: str, kept: str) -> None:
    assert NoteIn.model_validate({**BODY, "text": said}).text == kept


@pytest.mark.parametrize(
    "said",
    [
        "",
        " \n ",
        "x" * 281,
        "a\x00b",
        "a\x1bb",
        "\u202egnp.exe",
        "\ud800",
        "for 999 123 4578 only",
        "for 9991234578",
        "for 999-123-4578",
        7,
        None,
    ],
)
def test_what_is_no_plain_text_or_somebodys_number_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        NoteIn.model_validate({**BODY, "text": said})


def test_a_note_is_shown_with_who_and_when() -> None:
    def shown(last: str) -> str:
        note = NoteOut(
            id=UUID(int=1),
            indicator=None,
            scope="system",
            first="2026-05",
            last=last,
            text="Collection was interrupted.",
            organisation="ORG1",
            made_at=datetime(2026, 6, 3, 9, tzinfo=UTC),
        )
        return sentences([note])[0]

    end = "Collection was interrupted. (noted by ORG1, 3 June 2026)"
    assert shown("2026-05") == f"May 2026: {end}"
    assert shown("2026-07") == f"May 2026 to July 2026: {end}"
