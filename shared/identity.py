"""Entity ids, person pseudonyms and the NHS number check."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from operator import mul
from typing import Literal
from uuid import UUID

NHS_NUMBER_WEIGHTS = tuple(range(10, 1, -1))
VERSION_8 = 0x8 << 76
VARIANT_RFC = 0x2 << 62
KEPT_BITS = ~((0xF << 76) | (0x3 << 62))

NhsNumberFault = Literal[
    "wrong_length", "non_digit", "all_same_digit", "check_digit_10", "bad_check_digit"
]


@dataclass(frozen=True, slots=True)
class Identity:
    """Makes ids and pseudonyms from the system's secret.

    Attributes:
        secret: The system secret, 32 bytes or more.
        key_id: Which secret this is; travels as `person_key_id` for rotation.
    """

    secret: bytes = field(repr=False)
    key_id: str

    def entity_id(self, organisation: str, entity: str, reference: str) -> UUID:
        """Return the UUIDv8 of an organisation's own reference.

        The same reference is always the same entity; without the key nobody can test
        guesses against an id.
        """
        inner, outer = _prepared(organisation_key(self.secret, organisation))
        message, seal = inner.copy(), outer.copy()
        message.update(f"{entity}/{reference}".encode())
        seal.update(message.digest())
        digest = seal.digest()
        number = int.from_bytes(digest[:16], "big")
        return UUID(int=number & KEPT_BITS | VERSION_8 | VARIANT_RFC)

    def person_from_nhs_number(self, nhs_number: str) -> str:
        """Return the pseudonym of ten checked digits: one person across organisations.

        Source: domain reference, section 5 (HMAC-SHA-256, "nhs-number:" + digits).
        """
        message = f"nhs-number:{nhs_number}".encode()
        return hmac.digest(self.secret, message, "sha256").hex()

    def person_from_local_id(self, organisation: str, local_id: str) -> str:
        """Return the pseudonym of an organisation's own id, in its own namespace."""
        message = f"local-id:{organisation}:{local_id}".encode()
        return hmac.digest(self.secret, message, "sha256").hex()


@lru_cache(maxsize=4096)
def organisation_key(secret: bytes, organisation: str) -> bytes:
    """Derive an organisation's key, all that a partner-hosted service needs."""
    return hmac.digest(secret, f"organisation:{organisation}".encode(), "sha256")


@lru_cache(maxsize=4096)
def _prepared(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return the two hashes of HMAC-SHA-256, begun with a key of 32 bytes.

    `hmac.digest` begins them for every message, which is more than half of its time.

    Source: RFC 2104, section 4.
    """
    block = key.ljust(hashlib.sha256().block_size, b"\0")
    return (
        hashlib.sha256(block.translate(hmac.trans_36)),
        hashlib.sha256(block.translate(hmac.trans_5C)),
    )


def normalise_nhs_number(text: str) -> str:
    """Return the digits without spaces and hyphens."""
    return text.replace(" ", "").replace("-", "")


def nhs_number_fault(text: str) -> NhsNumberFault | None:
    """Say what is wrong with an NHS number, or None if it is valid.

    Source: NHS Data Dictionary, NHS NUMBER (modulus 11). A valid check digit does not
    mean that the person exists.
    """
    digits = normalise_nhs_number(text)
    if not (digits.isascii() and digits.isdigit()):
        return "non_digit" if digits else "wrong_length"
    if len(digits) != len(NHS_NUMBER_WEIGHTS) + 1:
        return "wrong_length"
    if len(set(digits)) == 1:
        return "all_same_digit"
    total = sum(map(mul, NHS_NUMBER_WEIGHTS, map(int, digits)))
    check = (11 - total % 11) % 11
    if check == 10:
        return "check_digit_10"
    return None if check == int(digits[-1]) else "bad_check_digit"
