"""Sends the sample through the public REST API, as its partners would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from deploy.local.sample import calls
from deploy.local.sample.client import Call, Caller, Chain, Client, TokenFor, connected
from deploy.local.sample.records import Sample
from deploy.local.sample.system import build_sample

PAGE = 500


async def send(urls: Mapping[str, str], token_for: TokenFor, console: Console) -> None:
    """Send the whole sample, unless it is there; sending again changes nothing.

    Args:
        urls: Where intake, measures and stories are.

    Raises:
        SampleRefused: a service answered something else than 2xx.
    """
    sample = build_sample()
    async with connected(urls, token_for) as client:
        if await is_sent(client, sample):
            console.print("The sample is there already.")
            return
        await send_all(client, sample, console)


async def is_sent(client: Client, sample: Sample) -> bool:
    """Say whether all is there: whether the referral is that is sent last."""
    path = f"/referrals/{sample.last.reference}"
    there = await client.get("intake", path, Caller(sample.last.organisation))
    return there is not None


async def send_all(client: Client, sample: Sample, console: Console) -> None:
    """Send it all: records first, then what happens to them, the last referral last."""
    phases = _phases(sample, await _moderation_states(client, sample))
    kinds = Counter[str]()
    for call in _each(phases):
        kinds[call.kind] += call.count
    with _progress(console) as progress:
        bars = {kind: progress.add_task(kind, total=kinds[kind]) for kind in kinds}
        for phase in phases:
            await client.write_all(
                phase, lambda call: progress.advance(bars[call.kind], call.count)
            )


def _phases(sample: Sample, states: Mapping[tuple[str, str], str]) -> list[list[Chain]]:
    before = [r for r in sample.referrals if r is not sample.last]
    return [
        [*calls.registrations(sample.organisations)],
        calls.interleaved(
            calls.referral_batches(before),
            calls.assessment_batches(sample.assessments),
            calls.story_batches(sample.stories),
        ),
        calls.interleaved(
            calls.journeys(before),
            calls.goals(sample.goals),
            calls.withdrawals(sample.assessments),
            calls.codings(sample.assessments),
            calls.sharing(sample.stories, states),
        ),
        [*calls.referral_batches([sample.last])],
    ]


def _each(phases: list[list[Chain]]) -> Iterator[Call]:
    for phase in phases:
        for chain in phase:
            yield from chain


async def _moderation_states(
    client: Client, sample: Sample
) -> dict[tuple[str, str], str]:
    """Return where an earlier, unfinished sending left the stories."""
    states: dict[tuple[str, str], str] = {}
    for organisation in sample.organisations:
        after: str | None = ""
        while after is not None:
            page = await client.get(
                "stories",
                f"/stories?limit={PAGE}&after={after}",
                Caller(organisation.code),
            )
            for story in page["stories"]:
                key = organisation.code, story["reference"]
                states[key] = story["moderation"]
            after = page["next"]
    return states


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=4,
    )
