"""Figures in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.indicators import INDICATORS
from services.aggregation.indicators.definition import Unit

HIDDEN = "too few to show"
WHY_HIDDEN = "Hidden, because so few people could be recognised. It is not zero."
OF_UNITS = {
    "percent": "{value} in 100, out of about {denominator}.",
    "days": "Half of about {denominator} took {value} days or less.",
    "people": "About {value} people.",
    "stories": "About {value} stories.",
}
BREAKDOWNS = {
    "ethnicity": "ethnic group",
    "gender": "gender",
    "age": "age",
    "deprivation": "how poor the area is",
    "disability": "disability",
    "source": "who introduced them",
    "reason": "reason",
    "theme": "theme",
    "half_year": "half a year",
}
GROUPS = {
    "not_known": "Not known",
    "not_stated": "Asked, did not say",
    "white": "White",
    "mixed": "Mixed",
    "asian": "Asian",
    "black": "Black",
    "other": "Other",
    "male": "Men",
    "female": "Women",
    "non_binary": "Non-binary people",
    "under_18": "Under 18",
    "18_24": "18 to 24",
    "25_34": "25 to 34",
    "35_44": "35 to 44",
    "45_54": "45 to 54",
    "55_64": "55 to 64",
    "65_over": "65 and over",
    "quintile_1": "Poorest fifth of areas",
    "quintile_2": "Second fifth",
    "quintile_3": "Middle fifth",
    "quintile_4": "Fourth fifth",
    "quintile_5": "Richest fifth of areas",
    "yes": "With a disability",
    "no": "Without a disability",
    "already_seen": "Already seen by another service",
    "not_for_this_service": "Not for this service",
    "incomplete": "Something was missing",
    "before": "In the six months before",
    "after": "In the six months after",
}
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
    "wait_days": "Half of about {denominator} people waited {value} days or less. One"
    " in ten waited more than {p90} days.",
    "wait_days without p90": "Half of about {denominator} people waited {value} days"
    " or less.",
    "answer_days": "Half of about {denominator} stories were answered in {value} days"
    " or less.",
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
    if unit == "percent" and not number:
        return "under 1%"
    units = {"percent": "%", "days": " days"}
    return f"{number:,}{units.get(unit, '')}"


def number(found: float | Hidden | None) -> str:
    """Return a number of a table, or that it is hidden."""
    return "hidden" if found in (SUPPRESSED, None) else f"{found:,}"


def sentence(code: str, figure: Figure) -> str:
    """Say what a figure means, or that it is hidden to protect people."""
    if figure.value == SUPPRESSED or figure.denominator == SUPPRESSED:
        return WHY_HIDDEN
    said = SENTENCES.get(code, OF_UNITS[INDICATORS[code].unit])
    if figure.p90 == SUPPRESSED:
        said = SENTENCES.get(f"{code} without p90", said)
    return said.format(
        value=number(figure.value),
        denominator=number(figure.denominator),
        p90=figure.p90,
    )


def group_name(group: str | None) -> str:
    """Return a group of people, or a source, reason or theme, in plain words."""
    code = group or ""
    return GROUPS.get(code) or SOURCES.get(code) or code.replace("_", " ").capitalize()


def listed(names: Sequence[str]) -> str:
    """Return names as people say them: one, two and three."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def step(code: str) -> str:
    """Return a step of the journey in plain words."""
    return STEPS.get(code, code.replace("_", " ").capitalize())
