"""The `state` of an OAuth installation: signed by us, good for ten minutes, in one browser, once.

Nothing is stored until it comes back, so whoever opens the address a million times fills no table."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta, timezone

from slack_sdk.oauth import OAuthStateUtils
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.keys import KeyRing, Purpose
from servicedesk.store import Store
from servicedesk.store.tables import spent_states

LIFETIME = timedelta(minutes=10)
COOKIE = "__Host-tier0-slack-install"
_STATE = re.compile(
    r"(?P<nonce>[\w-]{43})\.(?P<at>\d{1,12})\.(?P<version>\w{1,16})\.(?P<mac>[0-9a-f]{64})", re.ASCII
)


class States:
    def __init__(self, store: Store, clock: Clock, keys: KeyRing) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._browser = OAuthStateUtils(cookie_name=COOKIE, expiration_seconds=int(LIFETIME.total_seconds()))

    def issue(self) -> str:
        nonce, at = secrets.token_urlsafe(32), str(int(self._clock.now().timestamp()))
        version, mac = self._keys.mac(Purpose.SESSION, "slack-install", nonce, at)
        return f"{nonce}.{at}.{version}.{mac}"

    def cookie(self, state: str) -> str:
        """`Set-Cookie` that ties the state to this browser. It comes back with Slack's redirect, hence not Strict."""
        return f"{self._browser.build_set_cookie_for_new_state(state)}; SameSite=Lax"

    def no_cookie(self) -> str:
        return self._browser.build_set_cookie_for_deletion()

    def spend(self, state: str, cookies: str) -> bool:
        """Whether this state is ours, of this browser, young, and comes back for the first time. Blocks; raises
        StoreUnavailable."""
        read = _STATE.fullmatch(state)
        if read is None or not self._browser.is_valid_browser(state, {"cookie": cookies}):
            return False
        signed = ("slack-install", read["nonce"], read["at"])
        if not self._keys.verify(Purpose.SESSION, read["version"], read["mac"], *signed):
            return False
        issued = datetime.fromtimestamp(int(read["at"]), timezone.utc)
        if not issued <= self._clock.now() < issued + LIFETIME:  # F14: now < issued is expired
            return False
        try:
            with self._store.transaction() as connection:
                connection.execute(
                    insert(spent_states).values(nonce=read["nonce"], expires_at=issued + LIFETIME)
                )
        except IntegrityError:
            return False
        return True
