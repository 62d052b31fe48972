"""Signing in to pages through the development issuer, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.builders import a_story
from tests.system import System

PERSON = {"sub": "j.bloggs", "org": "RX5", "roles": ["moderator"]}


@pytest.fixture
async def browser(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of stories that keeps cookies and follows nothing by itself."""
    async with shared_system.client("stories") as client:
        yield client


async def leave(browser: httpx.AsyncClient, path: str = "/desk") -> str:
    """Begin to sign in and return the provider's address."""
    answer = await browser.get("/sign-in", params={"next": path})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def vouch(browser: httpx.AsyncClient, address: str) -> str:
    """Sign in at the provider and return the address that leads back."""
    answer = await browser.post(address, data=PERSON)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def signed_in(browser: httpx.AsyncClient, path: str = "/desk") -> httpx.Response:
    """Sign in and return the answer that leads on."""
    return await browser.get(await vouch(browser, await leave(browser, path)))


async def test_who_signed_in_is_led_on_with_a_session_that_no_script_can_read(
    browser: httpx.AsyncClient,
) -> None:
    answer = await signed_in(browser)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk"
    assert answer.headers["cache-control"] == "no-store"
    session = next(
        one
        for one in answer.headers.get_list("set-cookie")
        if one.startswith("livingwell_session=")
    )
    assert "HttpOnly" in session
    assert "samesite=lax" in session.lower()
    assert (await browser.get("/desk")).status_code == 200


async def test_the_provider_is_asked_with_a_challenge_and_without_a_secret(
    browser: httpx.AsyncClient,
) -> None:
    asked = parse_qs(urlsplit(await leave(browser)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == [f"{browser.base_url}/sign-in/done"]
    assert "client_secret" not in asked


async def test_a_page_leads_to_the_sign_in_and_nothing_is_shown(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/desk")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fdesk"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://else.example/", "//else.example", "/\\else.example", "/a\r\nb", "desk"],
)
async def test_nobody_is_led_on_to_another_site(
    browser: httpx.AsyncClient, elsewhere: str
) -> None:
    assert (await signed_in(browser, elsewhere)).headers["location"] == "/"


async def test_a_code_is_good_once(browser: httpx.AsyncClient) -> None:
    back = await vouch(browser, await leave(browser))
    kept = dict(browser.cookies)
    assert (await browser.get(back)).status_code == 303
    browser.cookies.update(kept)
    answer = await browser.get(back)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:livingwell:problem:no-token"


async def test_a_sign_in_that_somebody_else_began_is_refused(
    browser: httpx.AsyncClient, shared_system: System
) -> None:
    async with shared_system.client("stories") as other:
        back = await vouch(other, await leave(other))
    await leave(browser)
    answer = await browser.get(back)
    assert answer.status_code == 422
    browser.cookies.clear()
    assert (await browser.get(back)).status_code == 422
    assert "livingwell_session" not in browser.cookies


@pytest.mark.parametrize("service", ["stories", "aggregation"])
async def test_who_is_refused_reads_so_in_a_page_that_leads_back_to_where_they_were(
    shared_system: System, service: str
) -> None:
    async with shared_system.client(service) as client:
        back = await vouch(client, await leave(client, "/desk?state=approved"))
        state = parse_qs(urlsplit(back).query)["state"][0]
        wrong = [(422, "state=é"), (422, ""), (401, f"state={state}&code=none")]
        for status, query in wrong:
            address = f"/sign-in/done?{query}"
            answer = await client.get(address, headers={"accept": "text/html,*/*"})
            assert answer.status_code == status
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["cache-control"] == "no-store"
            assert "Signing in did not work" in answer.text
            assert 'href="/sign-in?next=/desk%3Fstate%3Dapproved"' in answer.text
            answer = await client.get(address)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
        style = await client.get("/sign-in/style.css")
        assert style.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("session", ["", "x", "a.b.c"])
async def test_a_session_that_is_no_token_of_ours_opens_nothing(
    browser: httpx.AsyncClient, session: str
) -> None:
    browser.cookies.set("livingwell_session", session)
    assert (await browser.get("/desk")).status_code == 303


async def test_a_session_is_no_bearer_token_of_calls(
    browser: httpx.AsyncClient,
) -> None:
    await signed_in(browser)
    assert (await browser.get("/stories")).status_code == 401


async def test_a_form_of_another_session_changes_nothing(
    browser: httpx.AsyncClient, shared_system: System
) -> None:
    await signed_in(browser)
    body = a_story()
    token = shared_system.token("RX5", "partner")
    async with shared_system.client("stories", token) as client:
        told = (await client.post("/stories", json=body)).json()
        path = f"/desk/stories/{told['story_id']}"
        for form in ({}, {"form": "0" * 64}):
            answer = await browser.post(path, data={"state": "in_review", **form})
            assert answer.status_code == 422
        found = (await client.get(f"/stories/{body['reference']}")).json()
    assert found["moderation"] == "submitted"


async def test_after_signing_out_the_page_asks_again(
    browser: httpx.AsyncClient,
) -> None:
    await signed_in(browser)
    answer = await browser.post("/sign-in/out")
    assert answer.status_code == 303
    assert (await browser.get("/desk")).status_code == 303
