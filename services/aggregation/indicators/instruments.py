"""What the system view knows of instruments: which way is better, and from when on.

Sources: CMH PROMs Dashboard, NHS England (ReQoL-10, DIALOG); Talking Therapies (PHQ-9,
GAD-7); ReQoL-20 is twice ReQoL-10, unverified. MANSA and SWEMWBS have no national
threshold, so nothing is said of their change.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument, or one item of it that is judged on its own.

    Attributes:
        code: As in `fact_outcome.measure`.
        name: As people know it.
        subject: What it asks about.
        sign: 1 where more is better, -1 where less is.
        threshold: Points from which on a change is reliable, inclusive.
        cut_off: Where the clinical range ends: below it where more is better, from it
            on where less is.
    """

    code: str
    name: str
    subject: str
    sign: int = 1
    threshold: int | None = None
    cut_off: int | None = None

    @property
    def suffix(self) -> str:
        """Return the end of its indicators' codes; the common instrument has none."""
        return "" if self.code == COMMON else f"_{self.code}"

    @property
    def better_by(self) -> str:
        """Return what a reliable improvement is, in words."""
        return self._by("rose" if self.sign > 0 else "fell")

    @property
    def worse_by(self) -> str:
        """Return what a reliable deterioration is, in words."""
        return self._by("fell" if self.sign > 0 else "rose")

    @property
    def well_at(self) -> str:
        """Return which scores are outside the clinical range, in words."""
        if self.cut_off is None:
            return ""
        is_up = self.sign > 0
        return f"{self.cut_off} or more" if is_up else f"below {self.cut_off}"

    def _by(self, verb: str) -> str:
        points = "1 point" if self.threshold == 1 else f"{self.threshold} points"
        return f"{verb} by {points} or more"


COMMON = "reqol10"
TALKING_THERAPIES = "talking_therapies"
INSTRUMENTS = (
    Instrument("reqol10", "ReQoL-10", "Quality of life", 1, 5, 25),
    Instrument("reqol20", "ReQoL-20", "Quality of life (20 questions)", 1, 10, 50),
    Instrument("phq9", "PHQ-9", "Depression", -1, 6, 10),
    Instrument("gad7", "GAD-7", "Anxiety", -1, 4, 8),
    Instrument("mansa", "MANSA", "Satisfaction with life"),
    Instrument("swemwbs", "SWEMWBS", "Mental wellbeing"),
    Instrument("dialog", "DIALOG", "Satisfaction with life and help"),
)
DIALOG_SUBJECTS = (
    "mental health",
    "physical health",
    "job situation",
    "accommodation",
    "leisure",
    "friendships",
    "partner or family",
    "personal safety",
    "medication",
    "practical help",
    "meetings with professionals",
)
DIALOG_ITEMS = tuple(
    Instrument(
        f"dialog_q{number:02}",
        f"DIALOG item {number}",
        f"Satisfaction: {subject}",
        threshold=1,
    )
    for number, subject in enumerate(DIALOG_SUBJECTS, 1)
)


def threshold_rows() -> str:
    """Return SQL rows of (measure, sign, threshold, cut_off), null where there is none.

    DIALOG itself is none: its items are judged one by one.
    """

    def number(value: int | None) -> str:
        return "null::int" if value is None else str(value)

    return ", ".join(
        f"('{one.code}', {one.sign}, {number(one.threshold)}, {number(one.cut_off)})"
        for one in (*INSTRUMENTS, *DIALOG_ITEMS)
        if one.code != "dialog"
    )
