"""The errors that intake can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from shared.problems import Differs, FieldProblem, InvalidContent


class ReferralDiffers(Differs):
    """409: this reference is stored with other content; PUT it to correct it."""

    slug = "referral-differs"
    title = "This referral is stored with other content"


class ContactDiffers(Differs):
    """409: this contact's reference is stored with other content."""

    slug = "contact-differs"
    title = "This contact is stored with other content"


class DayAhead(InvalidContent):
    """422: this day has not come yet."""

    def __init__(self, pointer: str) -> None:
        detail = "this day has not come yet"
        super().__init__(
            "One field is not valid.", [FieldProblem(pointer=pointer, detail=detail)]
        )
