"""The forms of the desk, over HTTP on a real PostgreSQL: taken, refused, kept."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.stories.coding import Team
from tests.integration.stories.desk import (
    Desk,
    at_desk,
    fields_of,
    led_to,
    said,
    ticked_in,
)
from tests.system import System

FORMS: list[tuple[str, dict[str, Any]]] = [
    ("", {"state": "in_review"}),
    ("/coding", {"theme": ["kindness"]}),
    ("/words", {"words-0": "Somebody typed this.", "reason": ["name"]}),
    ("/answers", {"text": "Somebody typed this.", "replied_on": "2026-05-01"}),
]
EVERY_FORM = pytest.mark.parametrize(("place", "fields"), FORMS)


@EVERY_FORM
async def test_a_form_of_an_older_version_changes_nothing_and_loses_nothing(
    desk: Desk, place: str, fields: dict[str, Any]
) -> None:
    shown = await desk.show(place)
    await desk.change()
    before = await desk.kept()
    answer = await desk.send(place, fields, shown)
    assert "changed this story since you opened it" in said(answer, 412)
    assert await desk.kept() == before
    if "theme" in fields:
        assert ticked_in(answer.text) == fields["theme"]
    elif place:
        assert "Somebody typed this." in answer.text
    again = await desk.send(place, fields, answer.text)
    assert again.status_code == 303, again.text
    assert await desk.kept() != before


@EVERY_FORM
@pytest.mark.parametrize("form", ["", "0" * 64, "é"])
async def test_a_form_of_another_session_is_shown_again_and_changes_nothing(
    desk: Desk, place: str, fields: dict[str, Any], form: str
) -> None:
    before = await desk.kept()
    answer = await desk.send(place, fields | {"form": form})
    assert "not of your session" in said(answer, 422)
    assert await desk.kept() == before


@EVERY_FORM
async def test_a_form_without_a_version_changes_nothing(
    desk: Desk, place: str, fields: dict[str, Any]
) -> None:
    before = await desk.kept()
    answer = await desk.send(place, fields | {"version": ""})
    said(answer, 412)
    assert await desk.kept() == before


@EVERY_FORM
async def test_a_form_about_a_withdrawn_story_shows_none_of_its_words(
    desk: Desk, place: str, fields: dict[str, Any]
) -> None:
    shown = await desk.show(place)
    await desk.team.withdraw(desk.reference)
    answer = await desk.send(place, fields, shown)
    assert answer.status_code in {409, 410, 412}
    assert "was withdrawn" in answer.text
    assert "Sarah" not in answer.text
    assert "Sarah" not in await desk.show(place)


@EVERY_FORM
async def test_a_form_about_a_story_of_others_finds_none(
    desk: Desk,
    place: str,
    fields: dict[str, Any],
    shared_system: System,
    stories: Any,  # noqa: ANN401
) -> None:
    other = Team(stories, shared_system.token, f"C{uuid4().hex[:6].upper()}")
    async with at_desk(shared_system, other) as open_story:
        client = (await open_story()).client
    shown = fields_of(await desk.show(place))
    async with shared_system.client("stories") as client:
        session = shared_system.token(other.code, "moderator")
        client.cookies.set("livingwell_session", session)
        answer = await client.post(desk.path + place, data=shown | fields)
        assert answer.status_code == 404
        assert "has no such story" in answer.text
        assert (await client.get(desk.path + place)).status_code == 404


@EVERY_FORM
async def test_who_is_signed_out_meanwhile_gets_back_what_was_written(
    desk: Desk, place: str, fields: dict[str, Any]
) -> None:
    shown = await desk.show(place)
    desk.client.cookies.clear()
    answer = await desk.send(place, fields, shown)
    assert answer.status_code == 401
    assert "You are signed out" in answer.text
    assert ("Somebody typed this." in answer.text) is ("Somebody" in str(fields))


@pytest.mark.parametrize("address", ["/desk/stories/none", "/desk/agreement?version=x"])
async def test_an_address_that_lost_a_part_is_told_in_a_page(
    desk: Desk, address: str
) -> None:
    answer = await desk.client.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_a_step_that_cannot_be_taken_is_refused_in_plain_words(
    desk: Desk,
) -> None:
    answer = await desk.send("", {"state": "published"})
    assert "cannot take this step" in said(answer, 409)
    answer = await desk.send("", {"state": "nowhere"})
    assert answer.status_code == 422
    assert (await desk.kept())["moderation"] == "submitted"


async def test_who_approved_a_public_story_is_told_that_another_person_publishes(
    desk: Desk, shared_system: System
) -> None:
    for state in ("in_review", "approved"):
        led_to(await desk.send("", {"state": state}), f"{desk.path}?done=moved")
    answer = await desk.send("", {"state": "published"})
    assert "another person publishes" in said(answer, 409)
    async with at_desk(shared_system, desk.team, "u2") as open_story:
        second = await open_story(known=desk.reference)
        answer = await second.send("", {"state": "published"})
        led_to(answer, f"{desk.path}?done=moved")
    assert (await desk.kept())["moderation"] == "published"


async def test_a_coding_is_stored_as_the_call_would_store_it(desk: Desk) -> None:
    answer = await desk.send("/coding", {"theme": ["waiting", "kindness"]})
    led_to(answer, f"{desk.path}/coding?done=coded")
    newest = (await desk.team.newest())["version"]
    [coding] = (await desk.kept())["codings"]
    coder = coding.pop("coder")
    assert re.fullmatch("desk-[0-9a-f]{8}", coder)
    themes = ["kindness", "waiting"]
    assert coding == {"codebook": newest, "themes": themes, "first": None}
    assert ticked_in(await desk.show("/coding")) == ["waiting", "kindness"]
    await desk.send("/coding", {"theme": []})
    [coding] = (await desk.kept())["codings"]
    assert coding == {
        "coder": coder,
        "codebook": newest,
        "themes": [],
        "first": themes,
    }


async def test_what_the_teller_and_others_say_is_shown_to_who_has_coded(
    desk: Desk, shared_system: System
) -> None:
    await desk.team.coded(desk.reference, other9=["crisis"])
    for place in ("", "/coding", "/words", "/answers"):
        page = await desk.show(place)
        assert "other9" not in page
        assert "in control" not in page
        assert "side by side" not in page
    await desk.send("/coding", {"theme": ["being_heard"]})
    page = await desk.show("/coding")
    for shown in ("side by side", "other9", "in control", "25 of 100", "not apply"):
        assert shown in page
    async with at_desk(shared_system, desk.team, "u2") as open_story:
        second = await open_story(known=desk.reference)
        assert "other9" not in await second.show("/coding")
        await second.send("/coding", {"theme": ["being_heard"]})
    coders = {one["coder"] for one in (await desk.kept())["codings"]}
    assert len(coders) == 3
    assert not any("u1" in one or "u2" in one for one in coders - {"other9"})


@pytest.mark.parametrize(
    "fields",
    [
        {"theme": ["nothing_such"]},
        {"theme": ["no code at all"]},
        {"theme": ["waiting"], "codebook": "999999"},
        {"theme": ["waiting"], "codebook": "9" * 5_000},
        {"theme": ["waiting"], "codebook": ""},
    ],
)
async def test_a_coding_by_no_codebook_is_refused(
    desk: Desk, fields: dict[str, Any]
) -> None:
    answer = await desk.send("/coding", fields)
    said(answer, 422)
    assert (await desk.kept())["codings"] == []
