"""The groups of people that figures are broken down by."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.local.sample.records import Recorded, Referral

NOT_KNOWN = "not_known"
Groups = Mapping[str, str]

ETHNICITIES = {"ABC": "white", "DEFG": "mixed", "HJKL": "asian", "MNP": "black"}
ETHNICITIES |= {"RS": "other", "Z": "not_stated"}
GENDERS = {"1": "male", "2": "female", "3": "non_binary", "4": "other"}
GENDERS |= {"Z": "not_stated"}
YOUNGEST = {0: "under_18", 18: "18_24", 25: "25_34", 35: "35_44", 45: "45_54"}
YOUNGEST |= {55: "55_64", 65: "65_over"}
SOURCE_LETTERS = "ABCDEFGHIMNPQ"
DISABILITY_CODES = {*(f"{code:02}" for code in range(1, 11)), "XX"}

GROUPS: Mapping[str, tuple[str, ...]] = {
    "ethnicity": (*ETHNICITIES.values(), NOT_KNOWN),
    "gender": (*GENDERS.values(), NOT_KNOWN),
    "age": (*YOUNGEST.values(), NOT_KNOWN),
    "deprivation": (*(f"quintile_{n}" for n in range(1, 6)), NOT_KNOWN),
    "disability": ("yes", "no", "not_stated", NOT_KNOWN),
    "source": (*(f"group_{letter.lower()}" for letter in SOURCE_LETTERS), NOT_KNOWN),
}


# What only one indicator is broken down by: of themes, those that were found.
REASONS = ("already_seen", "not_for_this_service", "incomplete", NOT_KNOWN)
NO_THEME = ""
HALF_YEARS = (None, "before", "after")


def groups_of(referral: Referral | None) -> Groups:
    """Return a referral's group in every breakdown; not known where there is none."""
    if referral is None:
        return dict.fromkeys(GROUPS, NOT_KNOWN)
    recorded = referral.recorded
    return {
        "ethnicity": _ethnicity(recorded.ethnicity),
        "gender": GENDERS.get(recorded.gender or "", NOT_KNOWN),
        "age": _age(recorded.age),
        "deprivation": _deprivation(recorded.imd_decile),
        "disability": _disability(recorded),
        "source": _source(referral.source),
    }


def _ethnicity(code: str | None) -> str:
    for codes, group in ETHNICITIES.items():
        if code is not None and len(code) == 1 and code in codes:
            return group
    return NOT_KNOWN


def _age(age: int | None) -> str:
    if age is None:
        return NOT_KNOWN
    return YOUNGEST[max(youngest for youngest in YOUNGEST if youngest <= age)]


def _deprivation(decile: int | None) -> str:
    return f"quintile_{(decile + 1) // 2}" if decile else NOT_KNOWN


def _disability(recorded: Recorded) -> str:
    codes = set(recorded.disabilities)
    if codes & DISABILITY_CODES:
        return "yes"
    if "NN" in codes:
        return "no"
    return "not_stated" if "ZZ" in codes else NOT_KNOWN


def _source(code: str) -> str:
    is_known = code[0] in SOURCE_LETTERS
    return f"group_{code[0].lower()}" if is_known else NOT_KNOWN
