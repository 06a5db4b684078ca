"""Who talks on the chat page: a sender of 128 bits that this server issued, in a signed cookie (S11).

In embedded mode the demo's person stands beside it and counts as proven. In production nobody is proven
here until a sign-on exists: account matters then go through the reset page (S2)."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.keys import KeyRing, Purpose

COOKIE = "tier0_chat"
LIFETIME = timedelta(hours=12)
MAX_COOKIE = 1_024


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatSession:
    sender: str
    account: AccountId | None
    name: str
    language: str | None
    issued_at: datetime


class Sessions:
    def __init__(self, clock: Clock, keys: KeyRing) -> None:
        self._clock = clock
        self._keys = keys

    def issue(self, *, account: AccountId | None, name: str, language: str | None) -> tuple[ChatSession, str]:
        """A new session, and the cookie's value."""
        session = ChatSession(
            sender=secrets.token_hex(16),
            account=account,
            name=name,
            language=language,
            issued_at=self._clock.now().replace(microsecond=0),
        )
        fields = [session.sender, account, name, language, int(session.issued_at.timestamp())]
        body = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
        version, mac = self._keys.mac(Purpose.SESSION, "chat", body)
        return session, f"{body}.{version}.{mac}"

    def read(self, cookie: str | None) -> ChatSession | None:
        """The session of a cookie that we signed within the last 12 hours; anything else is None."""
        body, version, mac = (*(cookie or "").split("."), "", "", "")[:3]
        if len(cookie or "") > MAX_COOKIE or not self._keys.verify(
            Purpose.SESSION, version, mac, "chat", body
        ):
            return None
        try:
            padded = body + "=" * (-len(body) % 4)
            sender, account, name, language, issued = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, TypeError, binascii.Error):
            return None
        issued_at = datetime.fromtimestamp(issued, timezone.utc)
        if not issued_at <= self._clock.now() < issued_at + LIFETIME:  # F14: now < issued is expired
            return None
        return ChatSession(
            sender=sender,
            account=AccountId(account) if account else None,
            name=name,
            language=language,
            issued_at=issued_at,
        )
