"""Proof for those whose channel proves nothing: the reset page asks for two different factors (S2).

Names that do not exist, disabled, privileged, factorless and paused accounts go through exactly the steps
that an ordinary one goes through, and no answer tells them apart (S8): the answer to a name does not depend
on it at all, since the work is done after it was given; and the answer to a code takes a fixed time."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from servicedesk.challenges import Request
from servicedesk.clock import Clock
from servicedesk.delivery.errors import DeliveryError
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.errors import Tier0Error
from servicedesk.factors.rules import has_new_factor
from servicedesk.keys import KeyRing, Purpose
from servicedesk.links import Links
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import challenges
from servicedesk.verification import CodesExhausted, Verification, VerificationError, is_nobody

logger = logging.getLogger(__name__)

FACTORS_NEEDED = 2
ANSWER_TIME = timedelta(milliseconds=400)  # every answer to a code takes this long
MAX_NAME = 160

Run = Callable[[Callable[[], None]], object]


class PageProof:
    """`session` is the page's server-issued session id: unguessable, and new for each visitor."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        keys: KeyRing,
        settings: Settings,
        directory: Directory,
        verification: Verification,
        links: Links,
        run: Run | None = None,
        answer_time: timedelta = ANSWER_TIME,
        stopped: Callable[[AccountId], bool] = lambda account: False,  # by a risk (handover/risk.py)
    ) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._settings = settings
        self._directory = directory
        self._verification = verification
        self._links = links
        self._stopped = stopped
        self._run = run or ThreadPoolExecutor(max_workers=4, thread_name_prefix="page-proof").submit
        self._answer_time = answer_time.total_seconds()

    def offered(self) -> tuple[str, ...]:
        """The kinds of factor that the page offers: to everybody, whatever the account has."""
        order = ("sms", "authenticator", "mail")  # what most people have comes first
        return tuple(kind for kind in order if kind in self._settings.factors)

    def digits(self, factor: str) -> int:
        return self._verification.challenges.digits(proven=False, factor=factor)

    def begin(self, session: str, username: str, factor: str, language: str) -> None:
        """Ask for the first factor. Returns at once and never says whether there is such an account."""
        if factor in self.offered():
            self._run(
                lambda: self._quietly(lambda: self._begin(session, username[:MAX_NAME], factor, language))
            )

    def second(self, session: str, factor: str, language: str) -> bool:
        """Ask for the second factor, another one than the first. False when the first was not given."""
        accepted = self._accepted(session)
        if not accepted or factor not in self.offered() or any(row.factor == factor for row in accepted):
            return False
        account = AccountId(accepted[0].account)
        self._run(lambda: self._quietly(lambda: self._second(session, account, factor, language)))
        return True

    def check(self, session: str, code: str) -> bool:
        """Whether this code was right. Wrong, expired, paused, used and never sent are one answer (S8)."""
        began = time.monotonic()
        try:
            result = self._verification.check(conversation=session, channel_user=session, code=code)
            return result.outcome == "accepted"
        finally:
            time.sleep(max(0.0, self._answer_time - (time.monotonic() - began)))

    def proven(self, session: str) -> tuple[str, ...]:
        """Which factors this session has given so far."""
        return tuple(row.factor for row in self._accepted(session))

    def link(self, session: str, language: str) -> str | None:
        """A token for the page where the password is chosen, once two different factors were given; uses them
        up."""
        accepted = self._proof(session)
        if not accepted:
            return None
        account = self._directory.find(AccountId(accepted[0].account))
        factors = self._verification.factors(account, proven=False) if account is not None else ()
        if account is None or not factors or self._stopped(account.id):
            return None
        if has_new_factor(account, min(row.issued_at for row in accepted)):
            return None
        with self._store.transaction() as connection:
            spent = [self._verification.challenges.spend(connection, row) for row in accepted]
            if sum(one is not None for one in spent) < FACTORS_NEEDED:
                return None
            return self._links.issue(account.id, None, language, connection=connection)

    def stopped(self, session: str) -> AccountId | None:
        """Whose account this session has proven to be its own, where a risk stands against a link for it."""
        accepted = self._proof(session)
        account = AccountId(accepted[0].account) if accepted else None
        return account if account is not None and self._stopped(account) else None

    def _begin(self, session: str, username: str, factor: str, language: str) -> None:
        account = self._directory.find_by_username(username)
        known = self._nobody(username) if account is None else account.id
        open_proof = self._newest(session)
        if open_proof is not None and open_proof.account != known:
            self._verification.cancel(session)  # another name, another proof
        if account is None:
            self._pretend(session, known, factor)
        else:
            self._start(session, account, factor, language)

    def _second(self, session: str, account_id: AccountId, factor: str, language: str) -> None:
        account = self._directory.find(account_id)
        if account is None:
            self._pretend(session, account_id, factor)
        else:
            self._start(session, account, factor, language)

    def _start(self, session: str, account: Account, factor: str, language: str) -> None:
        """A real code where one may be sent, else a challenge that no code opens."""
        factors = self._verification.factors(account, proven=False)
        if len(factors) < FACTORS_NEEDED or self._stopped(account.id):
            self._pretend(session, account.id, factor)
            return
        try:
            self._verification.start(
                account,
                purpose="reset",
                factor=factor,
                conversation=session,
                channel_user=session,
                proven=False,
                language=language,
            )
        except CodesExhausted:
            waiting = self._newest(session)
            if waiting is not None and (waiting.account, waiting.factor) == (account.id, factor):
                return  # asked twice in a minute: the code that is on its way stays good
            self._pretend(session, account.id, factor, counted=False)
        except (VerificationError, DeliveryError):
            self._pretend(session, account.id, factor, counted=False)

    def _pretend(self, session: str, account: str, factor: str, *, counted: bool = True) -> None:
        request = Request(
            account=account,
            conversation=session,
            channel_user=session,
            proven=False,
            purpose="reset",
            factor="sms" if factor == "authenticator" else factor,  # no authenticator is ever asked for these
        )
        code = secrets.token_urlsafe(
            16
        )  # holds letters or is longer than any code: nothing typed is ever right
        with self._store.transaction() as connection:
            limits = self._verification.limits
            free = limits.send_wait(connection, account, proven=False) is None
            if counted and factor != "authenticator" and free:
                limits.count_send(connection, account, proven=False)
            self._verification.challenges.open(connection, request, f"none:{code}")
            # In the trail like any other, which also costs the same.
            self._verification.record(connection, "code.started", "refused", account, False, factor)

    def _proof(self, session: str) -> list[Row]:
        """The accepted proofs, where they are enough; else none."""
        accepted = self._accepted(session)
        return accepted if len({row.factor for row in accepted}) >= FACTORS_NEEDED else []

    def _accepted(self, session: str) -> list[Row]:
        """The accepted proofs of this session, all of the account of the newest."""
        with self._store.transaction() as connection:
            rows = _accepted_rows(connection, session)
        alive_since = self._clock.now() - self._settings.limits.code_lifetime
        rows = [row for row in rows if row.accepted_at > alive_since and not is_nobody(row.account)]
        return [row for row in rows if row.account == rows[0].account]

    def _newest(self, session: str) -> Row | None:
        with self._store.transaction() as connection:
            return self._verification.challenges.newest(connection, session)

    def _nobody(self, username: str) -> str:
        """What a name that no account has is counted under: limits hold for it alike."""
        folded = hashlib.sha256(username.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()
        return f"name:{self._keys.mac(Purpose.PERSON, 'page', folded)[1][:48]}"

    def _quietly(self, work: Callable[[], None]) -> None:
        """The page has answered already: what fails here fails for the log only."""
        try:
            work()
        except (Tier0Error, DirectoryError):
            logger.exception("a proof on the reset page could not be started", extra={"channel": "page"})


def _accepted_rows(connection: Connection, session: str) -> list[Row]:
    query = select(challenges).where(
        challenges.c.conversation == session,
        challenges.c.state == "accepted",
        challenges.c.proven.is_(False),
    )
    return list(connection.execute(query.order_by(challenges.c.id.desc())).all())
