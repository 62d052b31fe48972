"""The secrets of a service's links: tokens, seals, confirmations; no database."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from cryptography.fernet import Fernet

from shared.links.rates import Rate

RANDOM_BYTES = 24
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{43}")
MOST_OPENINGS_A_MINUTE = 60


def digest_of(token: str) -> bytes:
    """Return all that is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


class Links:
    """The secrets of one service's links, and how often each was opened just now."""

    def __init__(
        self, service: str, secret: bytes, most_a_minute: int = MOST_OPENINGS_A_MINUTE
    ) -> None:
        self._key = hmac.digest(secret, f"links:{service}".encode(), "sha256")
        self._openings = Rate(most_a_minute)

    def new_token(self) -> str:
        """Return a token that nobody has: random, and signed."""
        random = secrets.token_urlsafe(RANDOM_BYTES)
        return f"{random}.{self._mac('token', random)}"

    def is_ours(self, token: str) -> bool:
        """Say whether a token is one that was made here, every letter of it."""
        if not TOKEN.fullmatch(token):
            return False
        random, _, signature = token.partition(".")
        return hmac.compare_digest(signature, self._mac("token", random))

    def seal(self, token: str, text: str) -> bytes:
        """Return `text` so that only who holds the token can read it."""
        return self._box(token).encrypt(text.encode())

    def unseal(self, token: str, sealed: bytes) -> str:
        """Return what was sealed with this token."""
        return self._box(token).decrypt(sealed).decode()

    def confirmation(self, link: UUID, record: UUID, sequence: int) -> str:
        """Return what confirms one change of one version of a record, once.

        The change gives the record another sequence, and with it another confirmation.
        """
        return self._mac("confirm", f"{link}/{record}/{sequence}")

    def is_confirmed(self, said: str, expected: str) -> bool:
        """Say whether a confirmation is the one expected."""
        return hmac.compare_digest(said.encode("utf-8", "replace"), expected.encode())

    def is_opened_too_often(self, digest: bytes, now_seconds: float) -> bool:
        """Count an opening of a link; say whether there were many in this minute."""
        return self._openings.is_exceeded(digest, now_seconds)

    def _mac(self, purpose: str, text: str) -> str:
        digest = hmac.digest(self._key, f"{purpose}:{text}".encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")

    def _box(self, token: str) -> Fernet:
        key = hmac.digest(self._key, f"seal:{token}".encode(), "sha256")
        return Fernet(urlsafe_b64encode(key))
