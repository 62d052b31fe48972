"""What made a figure, in plain words, and the way to what was shown before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.aggregation import provenance, release_queries, scorings
from services.aggregation.indicators.instruments import INSTRUMENTS
from services.aggregation.pages.reading import Reading
from services.aggregation.schemas import Question

MOST_EARLIER = 12
NAMES = {one.code: one.name for one in INSTRUMENTS}


@dataclass(frozen=True, slots=True)
class Asking:
    """A framework that asks for a figure, with its versions that do."""

    code: str
    title: str
    versions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Made:
    """What made a figure, as a page tells it.

    Attributes:
        is_scored: Whether scores are behind it.
        earlier: Releases that were shown before, by number: as of when.
    """

    asking: Sequence[Asking]
    is_scored: bool
    scored: Sequence[str]
    earlier: Sequence[tuple[int, datetime | None]]


async def made_of(read: Reading, question: Question) -> Made:
    """Return what made the figures of a question, in words."""
    measures = scorings.measures_of(question.indicator)
    where = (question.scope, question.members, question.release)
    origins = await provenance.origins(read.database, read.gate, where, measures)
    found = origins.of(question.indicator, question.first, question.last)
    return Made(
        asking=[
            Asking(code, origins.frameworks[code][-1].content.title, versions)
            for code, versions in found.frameworks.items()
        ],
        is_scored=bool(measures),
        scored=list(_in_words(found.scorings)),
        earlier=await release_queries.earlier(
            read.database, question.scope, question.release, MOST_EARLIER
        ),
    )


def _in_words(scored: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for code, versions in scored.items():
        for version in versions:
            form, rules = version.split("/")
            yield f"{NAMES.get(code, code)}, version {form}, scored by rules {rules}"
