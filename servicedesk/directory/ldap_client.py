"""Which server, which connection, and when to leave a directory alone: the way from a call to a session (F1-F3)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from servicedesk.directory.errors import DirectoryUnavailable, OutcomeUnknown
from servicedesk.directory.ldap_session import BindRefused, Deadline, Session
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import AccountId
from servicedesk.errors import Tier0Error

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0  # F2
IDLE_SECONDS = 45.0  # directories and firewalls close what is idle for longer
KEPT_CONNECTIONS = 8
FAILURES_BEFORE_REST = 3
REST_SECONDS = 10.0
REST_AFTER_WRONG_PASSWORD = 60.0  # trying on would lock the service account
PIN_SECONDS = 300.0  # F3: settled in five minutes

Result = TypeVar("Result")


class LdapClient:
    """Runs work on a session: with one deadline for all of it, on the server that answered last."""

    def __init__(self, settings: LdapSettings, *, seconds: float = CALL_SECONDS) -> None:
        self._settings = settings
        self._seconds = seconds
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._current = 0
        self._pins: dict[AccountId, tuple[str, float]] = {}
        self._failures = 0
        self._rests_until = 0.0

    def run(self, work: Callable[[Session], Result], account: AccountId | None = None) -> Result:
        """The work's result. Raises DirectoryUnavailable when no server answers in time.

        After a lost answer (OutcomeUnknown) this account is asked for on that server only, for five minutes:
        another one may not know of the change yet."""
        self._refuse_while_resting()
        deadline = Deadline(self._seconds)
        pinned = self._pinned(account)
        session = self._take(pinned)
        reused = session is not None
        try:
            if session is None:
                session = self._connect(deadline, pinned)
            result = self._work(work, session, deadline, account)
        except DirectoryUnavailable:
            if not reused:
                self._note_failure()
                raise
            # An idle connection may have been closed at the other end. Nothing was written: writes read first.
            try:
                session = self._connect(deadline, pinned)
                result = self._work(work, session, deadline, account)
            except DirectoryUnavailable:
                self._note_failure()
                raise
        self._note_success()
        self._give_back(session)
        return result

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    # --- one try ---

    def _work(
        self,
        work: Callable[[Session], Result],
        session: Session,
        deadline: Deadline,
        account: AccountId | None,
    ) -> Result:
        session.deadline = deadline
        try:
            return work(session)
        except OutcomeUnknown:
            self._leave(session)
            if account is not None:
                self._pin(account, session.url)
            self._note_failure()
            raise
        except DirectoryUnavailable:
            self._leave(session)
            raise
        except Tier0Error:  # an answer, and no is one too
            self._note_success()
            self._give_back(session)
            raise
        except BaseException:
            session.close()
            raise

    def _connect(self, deadline: Deadline, pinned: str | None) -> Session:
        urls = [pinned] if pinned else self._in_order()
        for position, url in enumerate(urls):
            session = Session(url, self._settings)
            try:
                # A server that does not answer must leave time for the others.
                session.open(Deadline(_left(deadline) / (len(urls) - position)))
            except BindRefused:
                self._rest(REST_AFTER_WRONG_PASSWORD)
                raise
            except DirectoryUnavailable:
                if position + 1 == len(urls):
                    raise
                continue
            with self._lock:
                self._current = self._settings.urls.index(url)
            return session
        raise DirectoryUnavailable("no server is configured")

    def _in_order(self) -> list[str]:
        with self._lock:
            return [*self._settings.urls[self._current :], *self._settings.urls[: self._current]]

    # --- connections that wait for work ---

    def _take(self, pinned: str | None) -> Session | None:
        oldest = time.monotonic() - IDLE_SECONDS
        with self._lock:
            stale = [session for session in self._idle if session.used_at < oldest]
            self._idle = [session for session in self._idle if session.used_at >= oldest]
            wanted = pinned or self._settings.urls[self._current]
            found = next((session for session in reversed(self._idle) if session.url == wanted), None)
            if found is not None:
                self._idle.remove(found)
        for session in stale:
            session.close()
        return found

    def _give_back(self, session: Session) -> None:
        session.used_at = time.monotonic()
        with self._lock:
            if session.alive and len(self._idle) < KEPT_CONNECTIONS:
                self._idle.append(session)
                return
        session.close()

    # --- the server that a lost answer came from ---

    def _pin(self, account: AccountId, url: str) -> None:
        with self._lock:
            self._pins[account] = (url, time.monotonic() + PIN_SECONDS)

    def _pinned(self, account: AccountId | None) -> str | None:
        with self._lock:
            now = time.monotonic()
            self._pins = {key: pin for key, pin in self._pins.items() if pin[1] > now}
            return self._pins[account][0] if account in self._pins else None

    # --- leaving it alone (F2) ---

    def _refuse_while_resting(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                raise DirectoryUnavailable("the directory has not answered lately: left alone for a while")
            if self._rests_until:  # the rest is over: this call tries, the others wait for what it finds
                self._rests_until = now + self._seconds

    def _leave(self, session: Session) -> None:
        """Begin with another server the next time."""
        session.close()
        with self._lock:
            if self._settings.urls[self._current] == session.url:
                self._current = (self._current + 1) % len(self._settings.urls)

    def _note_failure(self) -> None:
        with self._lock:
            self._failures += 1
            rest = self._failures >= FAILURES_BEFORE_REST * len(self._settings.urls)
        log.warning("directory: no answer (%d in a row)", self._failures)
        if rest:
            self._rest(REST_SECONDS)

    def _note_success(self) -> None:
        self._failures = 0
        self._rests_until = 0.0

    def _rest(self, seconds: float) -> None:
        log.error("directory: left alone for %d s", seconds)
        self._rests_until = time.monotonic() + seconds


def _left(deadline: Deadline) -> float:
    try:
        return deadline.left()
    except TimeoutError as err:
        raise DirectoryUnavailable(str(err)) from err
