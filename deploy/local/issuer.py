"""The development issuer: signs tokens and publishes its keys, for this machine only.

In production any OpenID Connect provider takes its place.
"""

import json
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.local.home import open_home, write_private
from deploy.local.sample.people import ORGANISATIONS
from deploy.local.settings import AUDIENCE, LocalSettings
from deploy.local.signing_in import sign_in_router
from shared.access import Role

ALGORITHM = "ES256"
ROLES: tuple[str, ...] = get_args(Role)
LIFETIME_SECONDS = 12 * 3600


class Issuer:
    """Signs tokens with a key pair that is made once and kept in the data folder."""

    def __init__(self, home: Path, url: str) -> None:
        """Read the key pair, or make it; `url` is what tokens name as issuer."""
        self.url = url
        self._key = _key(open_home(home) / "issuer.json")

    def token(
        self,
        org: str,
        roles: Sequence[str],
        subject: str = "developer",
        lifetime_seconds: float = LIFETIME_SECONDS,
    ) -> str:
        """Return a signed token for a person of an organisation, in roles."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "org": org,
            "roles": list(roles),
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime_seconds),
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def keys(self) -> dict[str, Any]:
        """Return the public keys (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "alg": ALGORITHM, "use": "sig"}]}


def issue_token(
    home: Path,
    org: str,
    roles: Sequence[str],
    subject: str = "developer",
    lifetime_seconds: float = LIFETIME_SECONDS,
) -> str:
    """Return a token of the issuer that keeps its key in `home`.

    The port offset in the environment is part of the issuer's name.
    """
    issuer = Issuer(home, LocalSettings().url("issuer"))
    return issuer.token(org, roles, subject, lifetime_seconds)


def create_app() -> FastAPI:
    """Build the issuer's pages for the data folder named in the environment."""
    settings = LocalSettings()
    issuer = Issuer(settings.folder, settings.url("issuer"))
    app = FastAPI(title="Development issuer", docs_url=None, redoc_url=None)

    @app.get("/.well-known/openid-configuration")
    async def show_configuration() -> dict[str, Any]:
        """Show where the keys are (OpenID Connect Discovery 1.0)."""
        return {
            "issuer": issuer.url,
            "jwks_uri": f"{issuer.url}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
        }

    @app.get("/.well-known/jwks.json")
    async def show_keys() -> dict[str, Any]:
        """Show the public keys."""
        return issuer.keys()

    @app.get("/readyz")
    async def tell_readiness() -> dict[str, str]:
        """Say that the issuer answers."""
        return {"status": "ready"}

    codes = [one.code for one in ORGANISATIONS]
    app.include_router(sign_in_router(issuer.token, ROLES, codes))
    return app


def _key(path: Path) -> ECKey:
    if not path.exists():
        new = ECKey.generate_key("P-256", auto_kid=True)
        text = json.dumps(new.as_dict(private=True), indent=2) + "\n"
        write_private(path, text, replace=False)
    return ECKey.import_key(json.loads(path.read_text()))
