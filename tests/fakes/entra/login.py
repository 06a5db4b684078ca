"""login.microsoftonline.com: tokens for the application, and for a person by way of another screen."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

SIGNING_KEY = "only the fake knows this key, and it is long enough"
LIFETIME = 3599


class Login:
    def __init__(self, base: str, tenant: str, client_id: str) -> None:
        self.base = base
        self.tenant = tenant
        self.client_id = client_id
        self.secret = "a-secret~as.Entra-makes-them-40-letters~"
        self.certificate: x509.Certificate | None = None
        self.roles: set[str] = set()  # the application's permissions
        self.operator = ""  # who has confirmed the device code
        self.refresh_tokens: set[str] = set()
        self.given: list[dict[str, Any]] = []  # the claims of every token
        self.lifetime = LIFETIME
        self.revoked_before = 0  # tokens issued earlier are refused

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/.well-known/openid-configuration"):
            return 200, self._configuration()
        if path.endswith("/devicecode"):
            return 200, {
                "user_code": "F4K3C0DE", "device_code": "device", "expires_in": 900, "interval": 0,
                "verification_uri": "https://microsoft.com/devicelogin", "message": "Open the page, enter F4K3C0DE.",
            }  # fmt: skip
        if path.endswith("/token"):
            return self._token(form)
        return 404, {}

    def claims(self, authorization: str) -> dict[str, Any] | None:
        """Those of a token that is good, else None."""
        try:
            claims = jwt.decode(
                authorization.removeprefix("Bearer "), SIGNING_KEY, ["HS256"], audience=self.base
            )
        except jwt.PyJWTError:
            return None
        return claims if claims["serial"] >= self.revoked_before else None

    def _configuration(self) -> dict[str, str]:
        root = f"{self.base}/{self.tenant}"
        return {
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
        }

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        grant = form.get("grant_type", "")
        if form.get("client_id") != self.client_id:
            return _error("unauthorized_client", 700016)
        if grant == "client_credentials":
            if not self._is_the_application(form):
                return _error("invalid_client", 7000215)
            return 200, {
                "access_token": self._issue(roles=sorted(self.roles)),
                "token_type": "Bearer",
                **self._times(),
            }
        if grant.endswith("device_code"):
            return self._signed_in() if self.operator else _error("authorization_pending", 70016)
        if grant == "refresh_token":
            known = form.get("refresh_token") in self.refresh_tokens
            return self._signed_in() if known else _error("invalid_grant", 70043)
        return _error("unsupported_grant_type", 70003)

    def _is_the_application(self, form: dict[str, str]) -> bool:
        if self.certificate is None:
            return secrets.compare_digest(form.get("client_secret", ""), self.secret)
        assertion = form.get("client_assertion", "")
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(
                assertion,
                self.certificate.public_key(),  # type: ignore[arg-type]
                ["PS256"],
                audience=f"{self.base}/{self.tenant}/oauth2/v2.0/token",
            )
        except jwt.PyJWTError:
            return False
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        print_ = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
        return (
            header.get("x5t#S256", "").rstrip("=") == print_
            and claims["sub"] == claims["iss"] == self.client_id
        )

    def _signed_in(self) -> tuple[int, dict[str, Any]]:
        refresh = secrets.token_urlsafe(16)
        self.refresh_tokens.add(refresh)
        person = {"oid": "operator", "tid": self.tenant}
        return 200, {
            "access_token": self._issue(scp="UserAuthenticationMethod.ReadWrite.All", upn=self.operator),
            "refresh_token": refresh,
            "scope": f"{self.base}/UserAuthenticationMethod.ReadWrite.All",
            "token_type": "Bearer",
            "client_info": _b64({"uid": "operator", "utid": self.tenant}),
            "id_token": jwt.encode(
                {"iss": f"{self.base}/{self.tenant}/v2.0", "aud": self.client_id, "sub": "operator",
                 "exp": int(time.time()) + 600, "iat": int(time.time()),
                 "preferred_username": self.operator, **person},
                SIGNING_KEY, "HS256",
            ),
            **self._times(),
        }  # fmt: skip

    def _issue(self, **claims: Any) -> str:
        issued = {
            "aud": self.base, "exp": int(time.time()) + self.lifetime, "tid": self.tenant,
            "serial": len(self.given), **claims,
        }  # fmt: skip
        self.given.append(issued)
        return jwt.encode(issued, SIGNING_KEY, "HS256")

    def _times(self) -> dict[str, int]:
        return {"expires_in": self.lifetime, "ext_expires_in": self.lifetime}


def _error(name: str, number: int) -> tuple[int, dict[str, Any]]:
    return 400 if name != "invalid_client" else 401, {
        "error": name,
        "error_description": f"AADSTS{number}: told in a sentence that names the application and the time.",
        "error_codes": [number],
    }


def _b64(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
