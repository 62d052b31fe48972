"""Places in a story's words that may tell who somebody is: shown, never applied.

A person decides. What is not found here may still tell who somebody is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from services.stories.rules.redaction import shared_moments, shared_text
from services.stories.rules.suggestions.names import names
from services.stories.schemas import Kept
from services.stories.schemas.redaction import SuggestedReason, Suggestion
from shared.identity import nhs_number_fault

Span = tuple[int, int]
REGION = "GB"
MOST_OF_A_KIND = 1_000
MOST_TRIES = 1_000

SPACE = "[ \u00a0]"
# Looked ahead for, so that digits before a number do not hide it.
TEN_DIGITS = re.compile(
    r"(?<![0-9])(?=([0-9](?:[ \u00a0\u2010-\u2013-]?[0-9]){9})(?![0-9]))"
)
EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?![\w-])"
)
# Source: BS 7666, the forms of a postcode; each letter only where it occurs.
POSTCODE = re.compile(
    rf"(?<!\w)(?:GIR{SPACE}?0AA|(?:[A-PR-UWYZ](?:[0-9]{{1,2}}|[0-9][A-HJKPS-UW]"
    rf"|[A-HK-Y][0-9]{{1,2}}|[A-HK-Y][0-9][ABEHMNPRV-Y])){SPACE}?"
    rf"[0-9][ABD-HJLNP-UW-Z]{{2}})(?!\w)",
    re.IGNORECASE,
)
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DAY, YEAR = r"[0-9]{1,2}(?:st|nd|rd|th)?", r"(?:[0-9]{4}|['’][0-9]{2})"
# With a day of the month: a month or a season alone may stay.
DATE = re.compile(
    rf"(?<![\w/.-])(?:[0-9]{{1,2}}([/.-])[0-9]{{1,2}}\1(?:[0-9]{{4}}|[0-9]{{2}})"
    r"|[0-9]{4}([/-])[0-9]{1,2}\2[0-9]{1,2}"
    rf"|{DAY}{SPACE}(?:of{SPACE})?{MONTH}(?:,?{SPACE}{YEAR})?"
    rf"|{MONTH}{SPACE}{DAY}(?:,?{SPACE}{YEAR})?)(?!\w)",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """A place in a text: from `start` up to but without `end`, in code points."""

    start: int
    end: int
    category: SuggestedReason


def suggestions_for(kept: Kept) -> list[Suggestion]:
    """Return places in the words that others would read, in order."""
    parts = [("/text", shared_text(kept))]
    parts += [
        (f"/moments/{number}/text", moment.text or "")
        for number, moment in enumerate(shared_moments(kept))
    ]
    return [
        Suggestion(part=part, **place._asdict())
        for part, text in parts
        for place in places_in(text)
    ]


def places_in(text: str) -> list[Place]:
    """Return places in a text, in order; of two that overlap, the surer one."""
    is_taken = bytearray(len(text))
    found: list[Place] = []
    kinds: list[tuple[SuggestedReason, Iterable[Span]]] = [
        ("nhs_number", nhs_numbers(text)),
        ("email", every(EMAIL, text)),
        ("date", every(DATE, text)),
        ("phone", phone_numbers(text)),
        ("postcode", every(POSTCODE, text)),
        ("name", names(text)),
    ]
    for category, spans in kinds:
        for start, end in islice(spans, MOST_OF_A_KIND):
            if not any(is_taken[start:end]):
                is_taken[start:end] = b"\x01" * (end - start)
                found.append(Place(start, end, category))
    return sorted(found)


def every(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Return where a pattern is found."""
    return (match.span() for match in pattern.finditer(text))


def nhs_numbers(text: str) -> Iterator[Span]:
    """Return where ten digits pass the check of an NHS number."""
    for match in TEN_DIGITS.finditer(text):
        digits = re.sub("[^0-9]", "", match[1])
        if nhs_number_fault(digits) is None:
            yield match.span(1)


def phone_numbers(text: str) -> list[Span]:
    """Return where something may be a phone number, as written in this country.

    Its library is loaded by whoever first asks for suggestions.
    """
    from phonenumbers import Leniency, PhoneNumberMatcher

    found = PhoneNumberMatcher(
        text, REGION, leniency=Leniency.POSSIBLE, max_tries=MOST_TRIES
    )
    return [(match.start, match.end) for match in islice(found, MOST_OF_A_KIND)]
