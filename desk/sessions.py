"""Who is signed in to the desk: a random cookie, hashed in the database, so that any process can end it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Request, Response
from sqlalchemy import delete, insert, or_, select, update

from desk.staff import Agent, Staff
from servicedesk.clock import Clock
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import desk_sessions


class Sessions:
    def __init__(self, store: Store, staff: Staff, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._staff = staff
        self._clock = clock
        self._limits = settings.limits
        self.secure = urlsplit(settings.desk_url).scheme == "https"
        self.cookie = "__Host-tier0-desk" if self.secure else "tier0-desk"

    def start(self, response: Response, agent: Agent, *, csrf: str) -> None:
        """A new session at every sign-in; `csrf` is the form token that belongs to it."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        with self._store.transaction() as connection:
            connection.execute(delete(desk_sessions).where(self._over()))
            connection.execute(
                insert(desk_sessions).values(
                    id_hash=_hash(token), agent=agent.id, csrf=_hash(csrf), created_at=now, seen_at=now
                )
            )
        response.set_cookie(self.cookie, token, httponly=True, secure=self.secure, samesite="Lax", path="/")

    def agent_of(self, request: Request) -> Agent | None:
        """The agent whose session this is, with role and standing as they are now; None once it is over."""
        token = request.cookies.get(self.cookie, "")
        if not token:
            return None
        now = self._clock.now()
        live = (desk_sessions.c.id_hash == _hash(token)) & ~self._over()
        with self._store.transaction() as connection:
            touched = connection.execute(update(desk_sessions).where(live).values(seen_at=now)).rowcount
            if not touched:
                return None
            identifier = connection.execute(
                select(desk_sessions.c.agent).where(desk_sessions.c.id_hash == _hash(token))
            ).scalar_one()
        return self._staff.find(identifier)

    def csrf_matches(self, request: Request, csrf: str) -> bool:
        """Whether this form token was made for this session, and not for one before it."""
        token = request.cookies.get(self.cookie, "")
        query = select(desk_sessions.c.csrf).where(desk_sessions.c.id_hash == _hash(token))
        with self._store.transaction() as connection:
            known = connection.execute(query).scalar_one_or_none()
        return known is not None and hmac.compare_digest(known, _hash(csrf))

    def end(self, request: Request, response: Response) -> None:
        token = request.cookies.get(self.cookie, "")
        with self._store.transaction() as connection:
            connection.execute(delete(desk_sessions).where(desk_sessions.c.id_hash == _hash(token)))
        response.delete_cookie(self.cookie, secure=self.secure, httponly=True, samesite="Lax", path="/")

    def _over(self) -> Any:
        now = self._clock.now()
        return or_(
            desk_sessions.c.seen_at < now - self._limits.session_idle,
            desk_sessions.c.created_at < now - self._limits.session_total,
            desk_sessions.c.created_at > now,  # F14: the clock went back
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
