"""The whole sample system, made from a seed: the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from deploy.local.sample.chances import seeded
from deploy.local.sample.courses import make_courses
from deploy.local.sample.crises import with_crises
from deploy.local.sample.goals import make_goals
from deploy.local.sample.journeys import make_referrals
from deploy.local.sample.outcomes import make_assessments
from deploy.local.sample.people import ORGANISATIONS, make_people
from deploy.local.sample.records import Referral, Sample
from deploy.local.sample.replies import with_replies
from deploy.local.sample.stories import make_stories
from deploy.local.sample.themes import with_codings

SEED = 2026
PEOPLE = 2_500


@lru_cache(maxsize=2)
def build_sample(seed: int = SEED, people: int = PEOPLE) -> Sample:
    """Return five organisations' records, November 2023 to October 2026."""
    everyone = make_people(people, seeded(seed, "people"))
    received = make_referrals(everyone, seeded(seed, "referrals"))
    referrals = with_crises(received, seeded(seed, "crises"))
    courses = make_courses(referrals, seeded(seed, "courses"))
    stories = make_stories(referrals, seeded(seed, "stories"))
    answered = with_replies(stories, seeded(seed, "replies"))
    return Sample(
        organisations=ORGANISATIONS,
        referrals=tuple(referrals),
        assessments=make_assessments(courses, seeded(seed, "assessments")),
        goals=make_goals(referrals, seeded(seed, "goals")),
        stories=with_codings(answered, seeded(seed, "codings")),
        last=_last(referrals),
    )


def _last(referrals: Sequence[Referral]) -> Referral:
    """Return the latest referral to which nothing has happened yet."""
    return next(
        referral
        for referral in reversed(referrals)
        if not (referral.decision or referral.contacts or referral.closure)
    )
