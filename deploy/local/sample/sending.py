"""Sends the sample through the public REST API, as its partners would."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from deploy.local.sample import bodies
from deploy.local.sample.client import Call, Caller, Chain, Client, TokenFor, connected
from deploy.local.sample.records import Assessment, Goal, Referral, Sample, Story
from deploy.local.sample.system import build_sample

MOST_IN_A_BATCH = 1_000
MODERATION = ("submitted", "in_review", "approved", "published")
PROPOSED = ("submitted", "in_review", "changes_proposed")
MODERATORS = {"published": "second-moderator"}

Owned = TypeVar("Owned", Referral, Assessment, Story)


async def send(
    urls: Mapping[str, str], token_for: TokenFor, console: Console
) -> None:
    """Send the whole sample, unless it is there; sending again changes nothing.

    Args:
        urls: Where intake, measures and stories are.

    Raises:
        SampleRefused: a service answered something else than 2xx.
    """
    async with connected(urls, token_for) as client:
        sample = build_sample()
        if await is_sent(client, sample):
            console.print("The sample is there already.")
            return
        with _progress(console) as progress:
            await _send_all(client, sample, progress)


async def is_sent(client: Client, sample: Sample) -> bool:
    """Say whether all is there: whether the referral is that is sent last."""
    last = sample.last
    path = f"/referrals/{last.reference}"
    there = await client.get("intake", path, Caller(last.organisation))
    return there is not None


async def _send_all(client: Client, sample: Sample, progress: Progress) -> None:
    """Send it all: records before what happens to them, the last referral last."""
    before = [r for r in sample.referrals if r is not sample.last]
    batches = [
        *_batches("referrals", "intake", before),
        *_batches("assessments", "measures", sample.assessments),
        *_batches("stories", "stories", sample.stories),
    ]
    there = await _moderated_already(client, sample)
    later = [*_journeys(before), *_withdrawals(sample.assessments)]
    later += [*_goal_chains(sample.goals), *_sharing(sample.stories, there)]
    last = [list(_batches("referrals", "intake", [sample.last]))]
    phases: list[list[Chain]] = [
        [_registrations(sample)],
        [[call] for call in batches],
        later,
        *last,
    ]
    await _send_phases(client, phases, progress)
