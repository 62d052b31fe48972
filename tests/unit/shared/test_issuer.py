"""How often the issuer is asked for its keys, and how long a token is remembered."""

from __future__ import annotations

import asyncio
import time

import pytest

from shared.access import REFETCH_SECONDS
from shared.problems import NoToken, Unavailable
from tests.unit.shared.tokens import KEY, LATER, Keys, a_token


async def test_the_issuer_is_asked_once_for_many_tokens_at_once(keys: Keys) -> None:
    checker = keys.checker()
    tokens = [a_token(sub=f"s{number}") for number in range(20)]
    callers = await asyncio.gather(*(checker.check(token) for token in tokens))
    assert {caller.subject for caller in callers} == {f"s{n}" for n in range(20)}
    assert keys.asked == 1


async def test_unknown_keys_make_it_ask_at_most_once_in_30_seconds(keys: Keys) -> None:
    checker = keys.checker()
    await checker.check(a_token())
    for _ in range(10):
        with pytest.raises(NoToken):
            await checker.check(a_token(LATER))
    assert keys.asked == 1
    checker._asked_at -= REFETCH_SECONDS + 1
    keys.keys = (KEY, LATER)
    assert await checker.check(a_token(LATER))
    assert keys.asked == 2


async def test_a_key_that_was_removed_no_longer_holds(keys: Keys) -> None:
    checker = keys.checker()
    old = a_token()
    await checker.check(old)
    keys.keys = (LATER,)
    checker._asked_at -= REFETCH_SECONDS + 1
    assert await checker.check(a_token(LATER))
    with pytest.raises(NoToken):
        await checker.check(old)


@pytest.mark.parametrize("raw", [None, b"", b"[]", b"{}", b'{"keys": 5}', b"\xff"])
async def test_while_the_issuer_is_away_old_keys_hold_and_it_is_rarely_asked(
    keys: Keys, raw: bytes | None
) -> None:
    checker = keys.checker()
    await checker.check(a_token())
    keys.raw, keys.status = raw, 500 if raw is None else 200
    checker._asked_at -= REFETCH_SECONDS + 1
    for _ in range(10):
        with pytest.raises(NoToken):
            await checker.check(a_token(LATER))
    assert keys.asked == 2
    assert await checker.check(a_token(sub="another"))


async def test_before_the_issuer_was_ever_reached_nothing_is_said_about_a_token(
    keys: Keys,
) -> None:
    keys.status = 500
    checker = keys.checker()
    with pytest.raises(Unavailable):
        await checker.check(a_token())
    keys.status = 200
    checker._asked_at -= 2
    assert await checker.check(a_token())


async def test_a_verified_token_is_remembered_for_a_bounded_time(keys: Keys) -> None:
    checker = keys.checker(token_cache_seconds=0)
    token = a_token()
    await checker.check(token)
    [(until, _)] = checker._verified.values()
    assert until <= time.monotonic()
    longer = keys.checker()
    await longer.check(token)
    [(until, _)] = longer._verified.values()
    assert until - time.monotonic() <= 300


async def test_an_expired_token_is_not_remembered(keys: Keys) -> None:
    checker = keys.checker()
    await checker.check(a_token(exp=int(time.time()) - 30))
    [(until, _)] = checker._verified.values()
    assert until <= time.monotonic()
