"""The calls that send the sample, in chains: what one record needs, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from deploy.local.sample import bodies
from deploy.local.sample.client import Call, Caller, Chain
from deploy.local.sample.records import (
    Assessment,
    Goal,
    Organisation,
    Referral,
    Story,
)

MOST_IN_A_BATCH = 500
PUBLISHING = ("submitted", "in_review", "approved", "published")
PROPOSING = ("submitted", "in_review", "changes_proposed")
CODEBOOK = 1
SECOND_PERSON = "second-moderator"
CODER = "coder-1"

Record = TypeVar("Record")


def registrations(organisations: Iterable[Organisation]) -> Iterator[Chain]:
    """Yield the calls of a steward that register organisations."""
    for organisation in organisations:
        caller = Caller(organisation.code, ("steward",))
        path = f"/organisations/{organisation.code}"
        body = bodies.organisation_body(organisation)
        yield [Call("organisations", "intake", "PUT", path, caller, body)]


def referral_batches(referrals: Iterable[Referral]) -> Iterator[Chain]:
    """Yield the calls that send referrals."""
    batches = _batches(referrals, lambda r: r.organisation, bodies.referral_body)
    for owner, body in batches:
        yield [_batch("referrals", "intake", owner, body)]


def assessment_batches(assessments: Iterable[Assessment]) -> Iterator[Chain]:
    """Yield the calls that send assessments."""
    batches = _batches(
        assessments, lambda a: a.referral.organisation, bodies.assessment_body
    )
    for owner, body in batches:
        yield [_batch("assessments", "measures", owner, body)]


def story_batches(stories: Iterable[Story]) -> Iterator[Chain]:
    """Yield the calls that send stories."""
    batches = _batches(stories, lambda s: s.organisation, bodies.story_body)
    for owner, body in batches:
        yield [_batch("stories", "stories", owner, body)]


def _batch(kind: str, service: str, owner: str, body: list[bodies.Body]) -> Call:
    path = f"/{kind}/batch"
    return Call(kind, service, "POST", path, Caller(owner), body, len(body))


def _batches(
    records: Iterable[Record],
    owner_of: Callable[[Record], str],
    body_of: Callable[[Record], bodies.Body],
) -> Iterator[tuple[str, list[bodies.Body]]]:
    """Yield each owner's bodies, as many at a time as a batch takes."""
    by_owner: dict[str, list[bodies.Body]] = {}
    for record in records:
        by_owner.setdefault(owner_of(record), []).append(body_of(record))
    for owner, owned in by_owner.items():
        for start in range(0, len(owned), MOST_IN_A_BATCH):
            yield owner, owned[start : start + MOST_IN_A_BATCH]


def journeys(referrals: Iterable[Referral]) -> Iterator[Chain]:
    """Yield what happens to each referral after it was received."""
    for referral in referrals:
        chain = list(_journey(referral))
        if chain:
            yield chain


def _journey(referral: Referral) -> Iterator[Call]:
    def call(kind: str, method: str, step: str, body: Any) -> Call:  # noqa: ANN401
        path = f"/referrals/{referral.reference}/{step}"
        return Call(kind, "intake", method, path, Caller(referral.organisation), body)

    if referral.decision:
        body = bodies.decision_body(referral.decision)
        yield call("decisions", "PUT", "decision", body)
    for contact in referral.contacts:
        yield call("contacts", "POST", "contacts", bodies.contact_body(contact))
    for told in referral.circumstances:
        body = bodies.circumstance_body(told)
        yield call("circumstances", "POST", "circumstances", body)
    for crisis in referral.crisis_contacts:
        body = bodies.crisis_body(crisis)
        yield call("crisis contacts", "POST", "crisis-contacts", body)
    if referral.closure:
        body = bodies.closure_body(referral.closure)
        yield call("closures", "PUT", "closure", body)


def withdrawals(assessments: Iterable[Assessment]) -> Iterator[Chain]:
    """Yield the withdrawals of assessments that were a mistake."""
    for assessment in assessments:
        if assessment.is_withdrawn:
            path = f"/assessments/{assessment.reference}/withdrawal"
            caller = Caller(assessment.referral.organisation)
            body = {"withdrawn_on": str(assessment.completed_on)}
            yield [Call("withdrawals", "measures", "PUT", path, caller, body)]


def codings(assessments: Iterable[Assessment]) -> Iterator[Chain]:
    """Yield what somebody read answers in people's own words as."""
    for assessment in assessments:
        if assessment.codes:
            path = f"/assessments/{assessment.reference}/codes"
            caller = Caller(assessment.referral.organisation)
            body = {"codes": list(assessment.codes), "coder": CODER}
            yield [Call("codes", "measures", "PUT", path, caller, body)]


def goals(goals: Iterable[Goal]) -> Iterator[Chain]:
    """Yield each goal with its ratings, and with its end if it was dropped."""
    for goal in goals:
        yield list(_goal(goal))


def _goal(goal: Goal) -> Iterator[Call]:
    caller, path = Caller(goal.referral.organisation), f"/goals/{goal.reference}"
    body = bodies.goal_body(goal)
    yield Call("goals", "measures", "POST", "/goals", caller, body)
    for rated_on, value in goal.ratings:
        rating = {"rated_on": str(rated_on), "value": value}
        yield Call("ratings", "measures", "POST", f"{path}/ratings", caller, rating)
    if goal.dropped_on:
        end = {"dropped_on": str(goal.dropped_on)}
        yield Call("goals dropped", "measures", "PUT", f"{path}/dropping", caller, end)


def sharing(
    stories: Sequence[Story], states: Mapping[tuple[str, str], str]
) -> Iterator[Chain]:
    """Yield how each story is moderated, answered, and withdrawn, in this order.

    Args:
        states: Where moderation has brought a story, by organisation and reference.
    """
    for story in stories:
        state = states.get((story.organisation, story.reference), "submitted")
        is_gone = state == "withdrawn"
        chain = [] if is_gone else [*_moderation(story, state), *_answers(story)]
        if story.withdrawn_on:
            consent = {"level": "none", "given_on": str(story.withdrawn_on)}
            path = f"/stories/{story.reference}/consent"
            caller = Caller(story.organisation)
            chain.append(Call("consents", "stories", "PUT", path, caller, consent))
        if chain:
            yield chain


def _moderation(story: Story, state: str) -> Iterator[Call]:
    steps = PUBLISHING if story.moderation in PUBLISHING else PROPOSING
    begin, end = steps.index(state), steps.index(story.moderation)
    path = f"/stories/{story.reference}/moderation"
    for step in steps[begin + 1 : end + 1]:
        subject = SECOND_PERSON if step == "published" else "moderator"
        caller = Caller(story.organisation, ("moderator",), subject)
        yield Call("moderation", "stories", "PUT", path, caller, {"state": step})


def _answers(story: Story) -> Iterator[Call]:
    """Yield what coders found in it, and what the organisation replied."""
    path = f"/stories/{story.reference}/codings"
    coder = Caller(story.organisation, ("moderator",))
    for coding in story.codings:
        found = {
            "coder": coding.coder,
            "codebook": CODEBOOK,
            "themes": list(coding.themes),
        }
        yield Call("story codings", "stories", "POST", path, coder, found)
    path, caller = f"/stories/{story.reference}/replies", Caller(story.organisation)
    for reply in story.replies:
        body = bodies.reply_body(reply)
        yield Call("replies", "stories", "POST", path, caller, body)


def interleaved(*kinds: Iterable[Chain]) -> list[Chain]:
    """Return all chains so mixed that every service has work all the time."""
    placed = [
        (place / len(chains), number, place, chain)
        for number, chains in enumerate([list(chains) for chains in kinds])
        for place, chain in enumerate(chains)
    ]
    placed.sort(key=lambda one: one[:3])
    return [chain for *_, chain in placed]
