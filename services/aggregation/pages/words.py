"""Figures in plain words."""

from __future__ import annotations

from datetime import date

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.indicators.definition import Unit

HIDDEN = "too few to show"
SOURCES = {
    "group_a": "GPs and primary care",
    "group_b": "People themselves, carers and relatives",
    "group_c": "Social services, schools and housing",
    "group_d": "Employers",
    "group_e": "Police, courts and probation",
    "group_f": "Child health services",
    "group_g": "Charities and independent services",
    "group_h": "Hospitals",
    "group_i": "Other mental health services",
    "group_m": "Other routes",
    "group_n": "Talking Therapies",
    "group_p": "Within the same service",
    "group_q": "Mental health drop-ins",
    "not_known": "Not known",
}
STEPS = {
    "introduction": "Being introduced",
    "first_contact": "The first contact",
    "getting_to_know_you": "Getting to know you",
    "support": "Support",
    "review": "Looking back together",
    "ending": "Moving on",
    "other": "Some other time",
    "UNKNOWN": "Some other time",
}
SENTENCES = {
    "access_count": "About {value} people were seen for the first time.",
    "wait_days": "Half of about {denominator} people waited {value} days or less; one"
    " in ten waited longer than {p90} days.",
    "still_waiting": "About {value} people were waiting at the latest count.",
    "ineligible_rate": "{value} in 100 decisions were “this is not for us”, out of"
    " about {denominator}.",
    "reliable_improvement": "{value} in 100 people say their quality of life got"
    " reliably better, out of about {denominator} who were asked at least twice.",
    "pairing_rate": "{value} in 100 people were asked at least twice, out of about"
    " {denominator} whose support ended.",
    "goals_attained": "{value} in 100 goals came clearly closer, out of about"
    " {denominator} goals that people set themselves.",
    "magic_rate": "{value} in 100 moments were magic, out of about {denominator}"
    " that people told.",
    "answered_rate": "{value} in 100 shared stories were answered, out of about"
    " {denominator} that people told.",
}


def month(text: str) -> str:
    """Return `2026-03` as `March 2026`."""
    year, number = text.split("-")
    return date(int(year), int(number), 1).strftime("%B %Y")


def value(number: int | Hidden, unit: Unit) -> str:
    """Return a value with its unit, or that it is hidden."""
    if number == SUPPRESSED:
        return HIDDEN
    units = {"percent": "%", "days": " days"}
    return f"{number:,}{units.get(unit, '')}"


def sentence(code: str, figure: Figure) -> str:
    """Say what a figure means, or that it is hidden to protect people."""
    if figure.value == SUPPRESSED or figure.denominator == SUPPRESSED:
        return "Hidden, because so few people could be recognised. It is not zero."
    return SENTENCES[code].format(
        value=figure.value, denominator=figure.denominator, p90=figure.p90
    )


def step(code: str) -> str:
    """Return a step of the journey in plain words."""
    return STEPS.get(code, code.replace("_", " ").capitalize())
