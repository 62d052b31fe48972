"""Groups of people, the plain way."""

from __future__ import annotations

from shared.events import ReferralState

BREAKDOWNS = ("ethnicity", "gender", "age", "deprivation", "disability", "source")
UNKNOWN = dict.fromkeys(BREAKDOWNS, "not_known")
ETHNIC = {
    "white": "ABC",
    "mixed": "DEFG",
    "asian": "HJKL",
    "black": "MNP",
    "other": "RS",
    "not_stated": "Z",
}
GENDERS = {
    "1": "male",
    "2": "female",
    "3": "non_binary",
    "4": "other",
    "Z": "not_stated",
}
AGES = (
    (18, "under_18"),
    (25, "18_24"),
    (35, "25_34"),
    (45, "35_44"),
    (55, "45_54"),
    (65, "55_64"),
    (999, "65_over"),
)
DISABLED = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "XX"}


def groups_of(referral: ReferralState | None) -> dict[str, str]:
    """Return the group of a referral in each breakdown."""
    if referral is None:
        return UNKNOWN
    ethnic = [g for g, codes in ETHNIC.items() if (referral.ethnicity or "?") in codes]
    age = "not_known"
    if referral.age is not None:
        age = next(name for limit, name in AGES if referral.age < limit)
    decile = referral.imd_decile
    told = set(referral.disabilities)
    letter = referral.source[:1]
    return {
        "ethnicity": ethnic[0] if ethnic else "not_known",
        "gender": GENDERS.get(referral.gender or "", "not_known"),
        "age": age,
        "deprivation": f"quintile_{(decile + 1) // 2}" if decile else "not_known",
        "disability": "yes"
        if told & DISABLED
        else "no"
        if "NN" in told
        else "not_stated"
        if "ZZ" in told
        else "not_known",
        "source": f"group_{letter.lower()}"
        if letter in set("ABCDEFGHIMNPQ")
        else "not_known",
    }
