"""The errors that intake can answer with, beside those of `shared.problems`."""

from __future__ import annotations

from shared.problems import Differs, FieldProblem, InvalidContent, sentence


class ReferralDiffers(Differs):
    """409: this reference is stored with other content; PUT it to correct it."""

    slug = "referral-differs"
    title = "This referral is stored with other content"


class ContactDiffers(Differs):
    """409: this contact's reference is stored with other content."""

    slug = "contact-differs"
    title = "This contact is stored with other content"


def day_ahead(pointer: str) -> InvalidContent:
    """Make the problem of a day that has not come yet."""
    field = FieldProblem(pointer=pointer, detail="this day has not come yet")
    return InvalidContent(sentence(1), [field])


def address_taken() -> InvalidContent:
    """Make the problem of a reference that is the address of a list."""
    field = FieldProblem(
        pointer="/reference", detail="this is the address of a list; choose another"
    )
    return InvalidContent(sentence(1), [field])
