"""Is this request from the Bot Connector, for our bot? (S10) Nothing of the body is looked at before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from connectors.teams.keys import SigningKeys
from connectors.teams.service import ServiceHosts
from servicedesk.errors import Tier0Error
from servicedesk.teams_settings import TeamsSettings

ISSUER = "https://api.botframework.com"
ALGORITHM = "RS256"  # fixed here, never taken from the token
CHANNEL = "msteams"
LEEWAY_SECONDS = 300
MAX_TOKEN = 16 * 1024


class NotAuthentic(Tier0Error):
    """The request proves nothing. The reason is for the log: it holds nothing of the token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What a genuine token says. The body has still to agree with it (`agrees`)."""

    service_url: str
    tenant: str | None


class TokenCheck:
    def __init__(self, settings: TeamsSettings, keys: SigningKeys, services: ServiceHosts) -> None:
        self._settings = settings
        self._keys = keys
        self._services = services

    async def check(self, authorization: str) -> Proof:
        """The proof in an Authorization header. Raises NotAuthentic."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
            raise NotAuthentic("no bearer token")
        key = await self._keys.find(_key_id(token))
        if key is None:
            raise NotAuthentic("the key is not known")
        if CHANNEL not in key.endorsements:
            # Web Chat's and Direct Line's clients choose who they say they are; their keys lack this.
            raise NotAuthentic("the key may not speak for Teams")
        try:
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=self._settings.app_id,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "nbf", "iss", "aud"], "strict_aud": True},
            )
        except (PyJWTError, ValueError, TypeError, OverflowError) as err:
            raise NotAuthentic(type(err).__name__) from err
        return self._proof(claims)

    def is_ours(self, proof: Proof, *, channel: str, service_url: str, tenant: str) -> bool:
        """Whether what the body says of itself is what the token vouches for, and our tenant."""
        return (
            channel == CHANNEL
            and service_url.rstrip("/") == proof.service_url
            and tenant.lower() == self._settings.tenant
            and proof.tenant in (None, self._settings.tenant)
        )

    def _proof(self, claims: dict[str, Any]) -> Proof:
        service_url, tenant = claims.get("serviceurl"), claims.get("tid")
        if not isinstance(service_url, str) or not self._services.allow(service_url):
            raise NotAuthentic("the service's address is not an allowed one")
        if tenant is not None and not isinstance(tenant, str):
            raise NotAuthentic("a tenant that is none")
        return Proof(service_url=service_url.rstrip("/"), tenant=tenant.lower() if tenant else None)


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (PyJWTError, ValueError, TypeError, RecursionError) as err:
        raise NotAuthentic("no token") from err
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str) or not key_id:
        raise NotAuthentic("not signed as agreed")
    return key_id
