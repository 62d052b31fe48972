"""Tokens of links: every change of a letter is refused, and nothing is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import InvalidToken
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.links import LinkClosed, MadeLink, check_next
from shared.links.help import read_help
from shared.links.pages import Pages
from shared.links.tokens import MOST_OPENINGS_A_MINUTE, Links, digest_of
from shared.problems import InvalidContent

SECRET = bytes(range(32))
LINKS = Links("measures", SECRET)
TOKEN = LINKS.new_token()
ORIGIN = "https://stories.example"
LINK, RECORD = UUID(int=1), UUID(int=2)


def test_a_token_is_ours_and_no_other_service_takes_it() -> None:
    assert LINKS.is_ours(TOKEN)
    assert not Links("stories", SECRET).is_ours(TOKEN)
    assert not Links("measures", bytes(32)).is_ours(TOKEN)


def test_no_two_tokens_are_alike() -> None:
    tokens = {LINKS.new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert len({digest_of(token) for token in tokens}) == 1_000


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_a_token_with_another_letter_is_refused(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    assert LINKS.is_ours(changed) == (changed == TOKEN)


@given(st.integers(0, len(TOKEN)), st.text(min_size=1, max_size=3))
def test_a_token_with_more_in_it_is_refused(place: int, more: str) -> None:
    assert not LINKS.is_ours(TOKEN[:place] + more + TOKEN[place:])


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 80))
def test_a_token_with_less_in_it_is_refused(place: int, count: int) -> None:
    assert not LINKS.is_ours(TOKEN[:place] + TOKEN[place + count :])


@given(st.text())
def test_no_text_opens_anything(text: str) -> None:
    assert not LINKS.is_ours(text)


def test_two_tokens_cannot_be_put_together() -> None:
    random, signature = TOKEN.split(".")
    other_random, other_signature = LINKS.new_token().split(".")
    assert not LINKS.is_ours(f"{random}.{other_signature}")
    assert not LINKS.is_ours(f"{other_random}.{signature}")


def test_what_is_sealed_is_read_with_its_token_alone() -> None:
    sealed = LINKS.seal(TOKEN, f"{ORIGIN}/my/x")
    assert ORIGIN.encode() not in sealed
    assert LINKS.unseal(TOKEN, sealed) == f"{ORIGIN}/my/x"
    with pytest.raises(InvalidToken):
        LINKS.unseal(LINKS.new_token(), sealed)


def test_a_confirmation_is_of_one_version_of_one_record_by_one_link() -> None:
    expected = LINKS.confirmation(LINK, RECORD, 1)
    assert LINKS.is_confirmed(expected, expected)
    for other in (
        LINKS.confirmation(LINK, RECORD, 2),
        LINKS.confirmation(LINK, uuid4(), 1),
        LINKS.confirmation(uuid4(), RECORD, 1),
        "",
        "é\ud800",
    ):
        assert not LINKS.is_confirmed(other, expected)


def test_a_link_is_opened_so_many_times_a_minute_and_no_more() -> None:
    links, digest = Links("measures", SECRET), digest_of(TOKEN)
    for _ in range(MOST_OPENINGS_A_MINUTE):
        assert not links.is_opened_too_often(digest, 30)
    assert links.is_opened_too_often(digest, 59)
    assert not links.is_opened_too_often(digest_of("another"), 59)
    assert not links.is_opened_too_often(digest, 60)


@pytest.mark.parametrize("origin", [ORIGIN, f"{ORIGIN}/"])
def test_a_further_page_is_one_below_the_origin(origin: str) -> None:
    check_next(None, "")
    check_next(f"{ORIGIN}/my/{TOKEN}", origin)


@pytest.mark.parametrize(
    "address",
    [
        "https://stories.example.evil.test/my/x",
        "https://stories.example@evil.test/my/x",
        "https://storiesXexample/my/x",
        "http://stories.example/my/x",
        "https://stories.example/stories",
        "https://stories.example/my/x?next=y",
        "https://stories.example/my/x\n",
        "https://stories.example/my/../x",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_further_page_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(InvalidContent) as refused:
        check_next(address, ORIGIN)
    assert refused.value.errors[0].pointer == "/next"


def test_without_an_origin_no_further_page_is_offered() -> None:
    with pytest.raises(InvalidContent):
        check_next("/my/x", "")


def test_help_in_the_united_kingdom_begins_with_an_emergency() -> None:
    lines = read_help(None)
    assert [line.call for line in lines[:3]] == ["999", "111", "116123"]


def test_a_site_tells_its_own_help(tmp_path: Path) -> None:
    file = tmp_path / "help.toml"
    file.write_text('[[lines]]\nname = "Here"\ncall = "112"\ntext = "Any time."\n')
    assert [line.name for line in read_help(file)] == ["Here"]


@pytest.mark.parametrize("said", ["", "lines = []", '[[lines]]\nname = "Here"'])
def test_a_site_that_tells_no_help_does_not_start(said: str, tmp_path: Path) -> None:
    file = tmp_path / "help.toml"
    file.write_text(said)
    with pytest.raises(ValidationError):
        read_help(file)


async def test_who_meets_a_database_that_is_away_gets_a_page_for_people(
    tmp_path: Path,
) -> None:
    pages = Pages(tmp_path)
    router, app = pages.router(), FastAPI()
    app.state.help = read_help(None)

    @router.get("/my/{token}")
    async def show(token: str) -> None:
        if token == "away":
            raise ConnectionRefusedError
        raise LinkClosed(410)

    app.include_router(router)
    transport = ASGITransport(app)
    async with AsyncClient(transport=transport, base_url="http://here") as client:
        away, closed = await client.get("/my/away"), await client.get("/my/closed")
    assert (away.status_code, closed.status_code) == (503, 410)
    assert "Please try again" in away.text
    assert "This page is closed" in closed.text
    for answer in (away, closed):
        assert answer.headers["cache-control"] == "no-store"
        assert "Call 116 123" in answer.text


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("", "http://asked.test/my/t"),
        ("https://my.example", "https://my.example/my/t"),
        ("https://my.example/", "https://my.example/my/t"),
    ],
)
def test_a_page_is_opened_where_the_site_says_or_where_it_was_asked_for(
    origin: str, url: str
) -> None:
    scope = {
        "type": "http",
        "scheme": "http",
        "server": ("asked.test", 80),
        "path": "/links",
        "headers": [],
    }
    made = MadeLink(LINK, "t", datetime(2026, 12, 8, tzinfo=UTC))
    assert made.out(origin, Request(scope)).url == url
