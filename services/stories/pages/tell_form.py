"""The form for telling as it is shown: what was typed, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from urllib.parse import parse_qs, urlencode

from services.stories.pages import words
from services.stories.rules import tell_form
from services.stories.rules.tell_form import MOST_MOMENTS, Fields, first
from shared.problems import FieldProblem

MOST_FIELDS = 300
Way = Literal["bubble", "story"]
# What of a story is wrong: which field of the form shows it.
SHOWN_AT = {
    "text": "text",
    "told_on": "told_on",
    "reference": "reference",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: which form, in which language, for whom."""

    token: str
    way: Way
    language: str
    is_paper: bool

    def address(self, **changes: str) -> str:
        """Return the address of this page, or of its neighbour with `changes`."""
        query = {
            "way": "" if self.way == "bubble" else self.way,
            "lang": "" if self.language == words.ENGLISH else self.language,
            "paper": "1" if self.is_paper else "",
            **changes,
        }
        said = urlencode({name: value for name, value in query.items() if value})
        return f"/tell/{self.token}" + (f"?{said}" if said else "")


@dataclass(frozen=True, slots=True)
class Form:
    """A form with what was typed into it.

    Attributes:
        faults: The name of a field, and what is said of it.
        notice: What is said above the form.
        numbers: Which moments are shown.
    """

    reference: str
    told_on: str
    latest: str
    fields: Fields = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    numbers: Sequence[int] = (1,)

    def says(self, name: str) -> str:
        """Return what was typed into a field."""
        return first(self.fields, name)

    def has(self, name: str, value: str) -> bool:
        """Say whether something was chosen."""
        return value in self.fields.get(name, ())


def asked_by(token: str, way: str, language: str, paper: str) -> Asked:
    """Return what an address asks for; of what it cannot ask, the usual."""
    return Asked(
        token=token,
        way="story" if way == "story" else "bubble",
        language=language if language in words.languages() else words.ENGLISH,
        is_paper=paper == "1",
    )


def fields_of(
    body: bytes, most: int = MOST_FIELDS, keeps_empty: bool = False
) -> Fields:
    """Return a form's fields, without those left empty; of what is no form, none."""
    text = body.decode("ascii", "replace")
    try:
        return parse_qs(text, keep_blank_values=keeps_empty, max_num_fields=most)
    except ValueError:
        return {}


def empty_form(latest: date) -> Form:
    """Return a form that nobody has typed into."""
    day = latest.isoformat()
    return Form(tell_form.new_reference(), day, day)


def form_again(fields: Fields, latest: date, notice: str = "") -> Form:
    """Return a form with what was typed, under a reference of its own."""
    numbers = tell_form.moment_numbers(fields) or [1]
    if "add" in fields:
        numbers = [*numbers, min(max(numbers) + 1, MOST_MOMENTS)]
    return Form(
        reference=tell_form.new_reference(),
        told_on=first(fields, "told_on") or latest.isoformat(),
        latest=latest.isoformat(),
        fields=fields,
        notice=notice,
        numbers=sorted(set(numbers)),
    )


def faults_of(
    errors: Sequence[FieldProblem], fields: Fields, way: Way, says: Mapping[str, str]
) -> dict[str, str]:
    """Return what is wrong by the field that shows it, in plain words."""
    numbers = tell_form.moment_numbers(fields)
    faults: dict[str, str] = {}
    for error in errors:
        top, *below = error.pointer.split("/")[1:] or [""]
        if top == "moments" and way == "bubble" and len(below) > 1:
            name, said = below[1], f"fault_{below[1]}"
        elif top == "moments" and below:
            name, said = f"moment-{numbers[int(below[0])]}-kind", "fault_moment"
        else:
            name = SHOWN_AT.get(top, "other")
            said = f"fault_{name}"
        faults.setdefault(name, says.get(said, says["fault_other"]))
    return faults
