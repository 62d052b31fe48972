"""Shows the system view of the sample: a table, a few moments, where to look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from deploy.local.sample.client import (
    Call,
    Caller,
    Client,
    SampleRefused,
    TokenFor,
    connected,
)
from deploy.local.sample.expected import LAST_MONTH

PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.4
EQUAL_ANSWERS = 3
FIRST_MONTH_SHOWN = "2025-10"  # of the year to September, whose sums are given
PERIOD = f"from={FIRST_MONTH_SHOWN}&to={LAST_MONTH}"
BARS = "▁▂▃▄▅▆▇█"
HIDDEN = "·"
MOST_MOMENTS = 4
MOST_GROUPS = 3
ITEM_BY_ITEM = "_dialog_q"
UNITS = {"percent": " %", "days": " days"}

A_TEAM = Caller("X0A0N")
A_TEAM_LINK = Call(
    "link", "stories", "POST", "/team-links", A_TEAM, {"name": "The Tuesday group"}
)

A_VIEWER = Caller("X0A0N", ("viewer",))
RELEASE = Call(
    "release", "aggregation", "POST", "/releases", Caller("X0A0N", ("steward",)), {}
)

Figure = Mapping[str, Any]


async def show(urls: Mapping[str, str], token_for: TokenFor, console: Console) -> None:
    """Wait until all is counted, then print the system view of the latest year.

    Raises:
        SampleRefused: it was not counted within the time.
    """
    async with connected(urls, token_for) as client:
        await _until_counted(client)
        await client.write(RELEASE)
        catalogue = await client.ask("aggregation", "/indicators")
        table = Table("", "13 months", "October 2026", "to September", box=None)
        codes = [indicator["code"] for indicator in catalogue["indicators"]]
        shown = [code for code in codes if ITEM_BY_ITEM not in code]
        for code in shown:
            path = f"/indicators/{code}?{PERIOD}"
            table.add_row(*_row(await client.ask("aggregation", path)))
        console.print(table)
        if len(shown) < len(codes):
            console.print(f"and {len(codes) - len(shown)} of DIALOG, item by item")
        console.print(f"{HIDDEN} hidden: it would say something about single people")
        for kind, text in await _moments(client):
            console.print(f"\n[italic]{kind}[/italic]: “{text}”", highlight=False)
        telling = await client.write(A_TEAM_LINK)
    console.print(f"\nThe system view: [bold]{urls['aggregation']}[/bold]")
    console.print(f"Where stories are looked at: [bold]{urls['stories']}/desk[/bold]")
    console.print("(sign in as whoever you like, as a moderator of X0A0N for instance)")
    console.print("Where people tell a team what happened, without an account:")
    console.print(f"[bold]{telling['url']}[/bold]", soft_wrap=True)


async def _until_counted(client: Client) -> None:
    """Wait until aggregation is ready and answers the same several times.

    The answer says of what moment it is, so it changes while messages arrive.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    answers: list[Any] = []
    while time.monotonic() < deadline:
        is_ready = await client.ask("aggregation", "/readyz") is not None
        answers.append(await _answer(client))
        latest = answers[-EQUAL_ANSWERS:]
        is_stable = latest == [answers[-1]] * EQUAL_ANSWERS
        if is_ready and is_stable and answers[-1] and answers[-1]["as_of"]:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise SampleRefused("The figures were not counted in time; see aggregation's log.")


async def _answer(client: Client) -> Any:  # noqa: ANN401
    """Return what is counted at this moment, or None where nothing can be said."""
    try:
        return await client.get("aggregation", "/indicators/access_count", A_VIEWER)
    except SampleRefused:
        return None


def _row(answer: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return an indicator's title, its months as bars, the last month, the year."""
    unit = UNITS.get(answer["unit"], "")
    figures: Sequence[Figure] = answer["figures"]
    if answer["breakdown"]:
        shown = [t for t in answer["totals"] if t["value"] != "suppressed"]
        shown.sort(key=lambda total: -total["value"])
        most = ", ".join(
            f"{_group(total['group'])} {total['value']}{unit}"
            for total in shown[:MOST_GROUPS]
        )
        return answer["title"], "", "", most
    values = [figure["value"] for figure in figures]
    total = answer["totals"][0]["value"]
    return answer["title"], _bars(values), _text(values[-1], unit), _text(total, unit)


def _group(name: str) -> str:
    letter = name.removeprefix("group_")
    return letter.upper() if letter != name else name.replace("_", " ")


def _text(value: int | str, unit: str) -> str:
    return HIDDEN if value == "suppressed" else f"{value}{unit}"


def _bars(values: Iterable[int | str]) -> str:
    """Return one character per month, its height in proportion to the largest."""
    numbers = [value if isinstance(value, int) else None for value in values]
    most = max((number for number in numbers if number), default=1)
    return "".join(
        HIDDEN if number is None else BARS[number * (len(BARS) - 1) // most]
        for number in numbers
    )


async def _moments(client: Client) -> list[tuple[str, str]]:
    """Return a few moments with their words, asked of the service that owns them."""
    answer = await client.ask("aggregation", f"/indicators/magic_rate?{PERIOD}")
    found: list[tuple[str, str]] = []
    for moment in answer["moments"]:
        if not moment["dataref"]:
            continue
        told = await client.ask("stories", urlsplit(moment["dataref"]).path)
        if told and len(found) < MOST_MOMENTS:
            words = told["moments"][moment["position"]]
            found.append((moment["kind"], words["text"] or told["text"]))
    return found
