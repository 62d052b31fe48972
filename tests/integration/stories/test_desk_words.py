"""Editing and answering at the desk, over HTTP on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.stories.desk import TEXT, Desk, led_to, said, suggested_in


async def test_a_ticked_suggestion_is_left_out_of_what_others_read(desk: Desk) -> None:
    shown = await desk.show("/words")
    first, phone, second, third = suggested_in(shown)[:4]
    assert "07700" in phone
    answer = await desk.send("/words", {"hide": [first, phone, third]}, shown)
    led_to(answer, f"{desk.path}?done=edited")
    kept = await desk.kept()
    assert kept["told"]["text"] == TEXT
    assert kept["redaction"]["text"] == (
        "[a name] rang on [a phone number].\nSarah Jones came, and [a name] stayed."
    )
    assert kept["redaction"]["reasons"] == ["phone", "name"]
    page = await desk.show()
    assert "What others read" in page
    assert "[a name] rang" in page
    assert "07700 900123" in page
    assert second


async def test_words_are_edited_by_hand_and_a_tick_finds_its_place_in_them(
    desk: Desk,
) -> None:
    shown = await desk.show("/words")
    third = suggested_in(shown)[3]
    typed = TEXT.replace("07700 900123", "a mobile").replace("\n", "\r\n")
    moments = {"words-1": "", "words-2": "Nobody rang.\r\nNobody."}
    fields = {"words-0": typed, "hide": [third], "reason": ["phone"], **moments}
    assert (await desk.send("/words", fields, shown)).status_code == 303
    edited = (await desk.kept())["redaction"]
    assert edited["text"] == (
        "Sarah Jones rang on a mobile.\nSarah Jones came, and [a name] stayed."
    )
    assert edited["moments"] == [None, "Nobody rang.\nNobody."]
    assert edited["reasons"] == ["phone", "name"]
    assert "these words do not travel" in await desk.show("/words")


async def test_lines_that_a_form_ends_in_its_own_way_are_no_edit(desk: Desk) -> None:
    fields = {"words-0": TEXT.replace("\n", "\r\n"), "reason": ["name"]}
    assert "Nothing was edited" in said(await desk.send("/words", fields), 422)
    assert (await desk.kept())["redaction"] is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Nothing was edited"),
        ({"words-0": "Only this."}, "at least one reason"),
        ({"words-0": "", "reason": ["name"]}, "Leave some words"),
        ({"words-0": "a" * 100_001, "reason": ["name"]}, "Make it shorter"),
        ({"words-1": "b" * 20_001, "reason": ["name"]}, "Make it shorter"),
        ({"words-0": "Only this.", "reason": ["criticism"]}, "at least one reason"),
    ],
)
async def test_an_edit_that_is_none_is_refused_with_what_was_typed(
    desk: Desk, fields: dict[str, Any], why: str
) -> None:
    answer = await desk.send("/words", fields)
    assert why in said(answer, 422)
    assert fields.get("words-0", "") in answer.text
    assert (await desk.kept())["redaction"] is None


async def test_an_edit_takes_an_approval_back_and_may_be_undone(desk: Desk) -> None:
    for state in ("in_review", "approved"):
        await desk.send("", {"state": state})
    await desk.send("/words", {"words-0": "Only this.", "reason": ["other"]})
    kept = await desk.kept()
    assert (kept["moderation"], kept["approved_by"]) == ("in_review", None)
    answer = await desk.send("/words", {"undo": "yes"})
    led_to(answer, f"{desk.path}?done=edited")
    assert (await desk.kept())["redaction"]["text"] == TEXT
    assert "What others read" not in await desk.show()


async def test_who_types_meanwhile_sees_what_others_read_now(desk: Desk) -> None:
    shown = await desk.show("/words")
    await desk.send("/words", {"words-0": "By another.", "reason": ["name"]})
    fields = {"words-0": "By me.", "reason": ["name"]}
    answer = await desk.send("/words", fields, shown)
    said(answer, 412)
    for words in ("By me.", "By another.", "What others read now"):
        assert words in answer.text
    assert (await desk.kept())["redaction"]["text"] == "By another."


ANSWER = {
    "text": "Thank you.\r\nWe heard you.",
    "replied_on": "2026-05-02",
    "what": "Everybody is rung.",
    "changed_on": "2026-06-01",
}


async def test_an_answer_is_stored_once_with_what_changed(desk: Desk) -> None:
    shown = await desk.show("/answers")
    answer = await desk.send("/answers", ANSWER, shown)
    led_to(answer, f"{desk.path}/answers?done=answered")
    assert (await desk.send("/answers", ANSWER, shown)).status_code == 303
    [reply] = (await desk.kept())["replies"].values()
    reference = reply.pop("reference")
    assert reply == {
        "replied_on": "2026-05-02",
        "text": "Thank you.\nWe heard you.",
        "change": {"what": "Everybody is rung.", "changed_on": "2026-06-01"},
    }
    page = await desk.show("/answers")
    assert "We heard you." in page
    assert "1 June 2026" in page
    assert reference in page


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": "  "}, "Write what you answer"),
        ({"text": "a" * 20_001}, "20,000 letters"),
        ({"replied_on": ""}, "on which day you answered"),
        ({"replied_on": "2025-01-01"}, "not before the story"),
        ({"replied_on": "2199-01-01"}, "no day to come"),
        ({"changed_on": ""}, "on which day it changed"),
        ({"changed_on": "2199-01-01"}, "on which day it changed"),
        ({"what": ""}, "Say what changed"),
        ({"what": "b" * 501}, "500 letters"),
        ({"reference": "no reference"}, "not complete"),
    ],
)
async def test_an_answer_that_says_too_little_is_refused_with_what_was_typed(
    desk: Desk, fields: dict[str, str], why: str
) -> None:
    answer = await desk.send("/answers", ANSWER | fields)
    assert why in said(answer, 422)
    assert (ANSWER | fields)["what"] in answer.text
    assert (await desk.kept())["replies"] == {}


async def test_an_answer_typed_anew_after_it_was_saved_may_be_one_more(
    desk: Desk,
) -> None:
    shown = await desk.show("/answers")
    await desk.send("/answers", ANSWER, shown)
    answer = await desk.send("/answers", ANSWER | {"text": "Another."}, shown)
    assert "saved already" in said(answer, 409)
    assert "Another." in answer.text
    again = await desk.send("/answers", ANSWER | {"text": "Another."}, answer.text)
    assert again.status_code == 303
    assert len((await desk.kept())["replies"]) == 2


async def test_an_answer_is_corrected_and_taken_back(desk: Desk) -> None:
    await desk.send("/answers", ANSWER)
    [reference] = (await desk.kept())["replies"]
    form = await desk.show(f"/answers?correct={reference}")
    assert "We heard you." in form
    right = {"text": "Sorry.", "what": "", "changed_on": ""}
    answer = await desk.send("/answers", ANSWER | right, form)
    assert answer.status_code == 303, answer.text
    [reply] = (await desk.kept())["replies"].values()
    assert (reply["text"], reply["change"]) == ("Sorry.", None)
    stale = {"reference": reference, "take_back": "yes", "version": "1"}
    said(await desk.send("/answers", stale), 412)
    back = {"reference": reference, "take_back": "yes"}
    answer = await desk.send("/answers", back)
    led_to(answer, f"{desk.path}/answers?done=taken-back")
    assert (await desk.kept())["replies"] == {}
    assert "no reply" in said(await desk.send("/answers", back), 404)
    answer = await desk.client.get(f"{desk.path}/answers?correct={reference}")
    assert answer.status_code == 404
