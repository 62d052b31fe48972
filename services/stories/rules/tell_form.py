"""What a form for telling says, as the story that it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from services.stories.rules.codes import ASPIRATIONS, STEPS, STRENGTHS
from services.stories.schemas import StoryIn
from shared.problems import FieldProblem, InvalidContent, invalid, sentence

MOST_MOMENTS = 50
MOST_LETTERS = {"bubble": 2_000, "story": 50_000, "moment": 5_000}
CODE_DIGITS = 8
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PAPER_CODE = re.compile(r"[0-9A-F]{8}")
PAPER = "paper-"
RECEIPT = re.compile(r"([0-9A-F]{4})[\s\u2010-\u2015-]?([0-9A-F]{4})", re.IGNORECASE)

Fields = Mapping[str, Sequence[str]]


def new_reference() -> str:
    """Return a reference that nobody used; it says nothing about anybody."""
    return str(uuid4())


def receipt_code(reference: str) -> str:
    """Return the eight digits by which a teller and the team find a story again."""
    digits = reference.removeprefix(PAPER)[:CODE_DIGITS].upper()
    return f"{digits[:4]}-{digits[4:]}"


def receipt_of(reference: str) -> str:
    """Return the receipt of a story told by a team's link; of another, nothing."""
    is_told_so = UUID_FORM.fullmatch(reference) or (
        reference.startswith(PAPER)
        and PAPER_CODE.fullmatch(reference.removeprefix(PAPER).upper())
    )
    return receipt_code(reference) if is_told_so else ""


def receipt_digits(sought: str) -> str:
    """Return the digits of a receipt as a teller may say it; of anything else, ""."""
    found = RECEIPT.fullmatch(sought)
    return (found[1] + found[2]).lower() if found else ""


def moment_numbers(fields: Fields) -> list[int]:
    """Return which moments of the form say anything, in their order."""
    return [
        number
        for number in range(1, MOST_MOMENTS + 1)
        if any(first(fields, f"moment-{number}-{part}") for part in MOMENT_PARTS)
    ]


MOMENT_PARTS = ("kind", "step", "text")


def first(fields: Fields, name: str) -> str:
    """Return what a field says, without white space around it; empty if it is absent.

    A line ends as it does everywhere but in forms.
    """
    values = fields.get(name, ())
    return values[0].replace("\r\n", "\n").strip() if values else ""


def story_of(fields: Fields, latest: date) -> StoryIn:
    """Return the story that a form tells.

    Args:
        fields: What was sent; what the form does not have is not looked at.
        latest: The last day it may have been told on, and the one if none is said.

    Raises:
        InvalidContent: 422, it points at each field of the story.
    """
    kind = "story" if first(fields, "way") == "story" else "bubble"
    told_on = first(fields, "told_on") or latest.isoformat()
    body = {
        "reference": reference_of(fields),
        "kind": kind,
        "told_on": told_on,
        "text": first(fields, "text"),
        "moments": _moments(fields) if kind == "story" else [_only_moment(fields)],
        "strengths": list(fields.get("strength", ())),
        "aspirations": list(fields.get("aspiration", ())),
        "recommendations": _lines(first(fields, "wishes")),
        "consent": {"level": first(fields, "consent") or "none", "given_on": told_on},
    }
    faults = _not_offered(body)
    try:
        story = StoryIn.model_validate(body)
    except ValidationError as error:
        faults += invalid(error).errors
    else:
        if story.told_on > latest:
            faults.append(_fault("/told_on", "this day is still to come"))
        if not faults:
            return story
    raise InvalidContent(sentence(len(faults)), faults)


def reference_of(fields: Fields) -> str:
    """Return the reference: made by whoever tells, or from the code on a sheet.

    Raises:
        InvalidContent: 422, it is neither: it could be one that the team gave.
    """
    typed = first(fields, "code").upper()
    if typed:
        code = re.sub(r"[\s‐-―-]", "", typed)
        if not PAPER_CODE.fullmatch(code):
            raise _no_reference("a sheet's code has eight digits, 0-9 and A-F")
        return PAPER + code.lower()
    sent = first(fields, "reference") or new_reference()
    if not UUID_FORM.fullmatch(sent):
        raise _no_reference("a reference is a UUID in lower case")
    return sent


def _no_reference(detail: str) -> InvalidContent:
    return InvalidContent(sentence(1), [_fault("/reference", detail)])


def _only_moment(fields: Fields) -> dict[str, Any]:
    return {"kind": first(fields, "kind"), "step": first(fields, "step")}


def _moments(fields: Fields) -> list[dict[str, Any]]:
    moments = []
    for number in moment_numbers(fields):
        said = {p: first(fields, f"moment-{number}-{p}") for p in MOMENT_PARTS}
        moments.append({**said, "text": said["text"] or None})
    return moments


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _not_offered(body: Mapping[str, Any]) -> list[FieldProblem]:
    faults = []
    for place, moment in enumerate(body["moments"]):
        if moment["step"] not in STEPS:
            faults.append(_fault(f"/moments/{place}/step", "choose what is offered"))
        if len(moment.get("text") or "") > MOST_LETTERS["moment"]:
            faults.append(_fault(f"/moments/{place}/text", "this is too long"))
    for name, offered in (("strengths", STRENGTHS), ("aspirations", ASPIRATIONS)):
        if not set(body[name]) <= set(offered):
            faults.append(_fault(f"/{name}", "choose among what is offered"))
    if len(body["text"]) > MOST_LETTERS[body["kind"]]:
        faults.append(_fault("/text", "this is too long"))
    return faults


def _fault(pointer: str, detail: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, detail=detail)
