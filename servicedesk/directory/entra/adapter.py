"""The directory port over Microsoft Graph."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from servicedesk.clock import Clock
from servicedesk.directory.entra import checks, questions
from servicedesk.directory.entra.graph import Graph
from servicedesk.directory.entra.http import Answer, Deadline, new_session
from servicedesk.directory.entra.hybrid import object_guid
from servicedesk.directory.entra.passwords import (
    MIN_KINDS,
    MIN_LENGTH,
    MethodWriter,
    PasswordWriter,
    ProfileWriter,
    refusal_of,
)
from servicedesk.directory.entra.reading import account_of
from servicedesk.directory.entra.settings import EntraSettings, Reset
from servicedesk.directory.entra.tokens import ApplicationTokens, OperatorTokens
from servicedesk.directory.errors import AccountNotFound, DirectoryUnavailable, NotSupported
from servicedesk.directory.port import Account, AccountId, Expiry, PasswordPolicy
from servicedesk.keys import KeyRing

logger = logging.getLogger(__name__)

SECONDS = 4.5  # of the port's five
NAME_CHARACTERS = 320  # no address is longer
REPORTS_PAUSE = 10.0  # seconds: the sign-in log answers five questions in that time

# Published for passwords that Entra keeps: eight characters, and an administrator's reset looks at no former password.
# https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy
POLICY = PasswordPolicy(min_length=MIN_LENGTH, history=0, max_age_days=None, kinds=MIN_KINDS, ascii_only=True)


class EntraDirectory:
    settles_after = timedelta(seconds=60)  # any of many servers answers a read: no number is promised

    def __init__(
        self, settings: EntraSettings, clock: Clock, keys: KeyRing, *, verify: bool | str = True
    ) -> None:
        session = new_session(verify)
        self._settings = settings
        self._clock = clock
        self._tokens = ApplicationTokens(settings, session)
        self._graph = Graph(session, settings.graph_url, self._tokens)
        self._operator: OperatorTokens | None = None
        self._writer: PasswordWriter = ProfileWriter(self._graph)
        if settings.reset is Reset.METHOD:
            self._operator = OperatorTokens(settings, session, keys)
            self._writer = MethodWriter(Graph(session, settings.graph_url, self._operator))
        self._reports_from = 0.0

    # --- the port ---

    def find(self, account: AccountId) -> Account | None:
        return self._find(account, Deadline(SECONDS)) if _is_id(account) else None

    def find_by_username(self, username: str) -> Account | None:
        name = username.strip()
        if not name or not name.isprintable() or len(name) > NAME_CHARACTERS:
            return None  # control characters and lone surrogates are in no name (U10)
        deadline = Deadline(SECONDS)
        answer = self._graph.get(questions.by_name(name), deadline)
        if answer.status == 400:
            return None  # Graph's own way to say that nobody can have such a name
        if not answer.ok:
            raise _not_readable("users", answer)
        ids = [str(user.get("id")) for user in answer.values]
        return self._find(AccountId(ids[0]), deadline) if len(ids) == 1 else None

    def policy(self, account: AccountId) -> PasswordPolicy:
        self._known(account)
        return POLICY

    def unlock(self, account: AccountId) -> None:
        """Nobody can end a smart lockout but Entra, or a new password."""
        self._known(account)
        raise NotSupported("Graph cannot end a smart lockout")

    def set_password(self, account: AccountId, password: str) -> None:
        if not _is_id(account):
            raise AccountNotFound(account)
        self._writer.write(account, password, Deadline(SECONDS))

    def revoke_sessions(self, account: AccountId) -> None:
        if not _is_id(account):
            raise AccountNotFound(account)
        answer = self._graph.write("POST", f"/users/{account}/revokeSignInSessions", None, Deadline(SECONDS))
        if not answer.ok:
            raise refusal_of(answer)

    def check_authenticator(self, account: AccountId, code: str) -> bool:
        """Entra keeps the seeds to itself."""
        self._known(account)
        raise NotSupported("Graph checks no authenticator codes")

    def locked_since(self, since: datetime) -> tuple[AccountId, ...]:
        """The sign-in log shows refusals late, and what it shows nobody could open."""
        raise NotSupported("a smart lockout shows late, and nobody can end it")

    def expiring(self, first: datetime, last: datetime) -> tuple[Expiry, ...]:
        """Graph has no filter on the last change of a password, and reading everybody takes longer than a call may."""
        raise NotSupported("Graph cannot be asked whose password expires")

    # --- hybrid identities ---

    def on_premises_guid(self, account: AccountId) -> str | None:
        """The objectGUID in Active Directory of a synchronised account; None for one that lives in the cloud only.

        Raises AccountNotFound, DirectoryUnavailable."""
        user = self._known(account, "id,onPremisesSyncEnabled,onPremisesImmutableId").body
        return (
            object_guid(user.get("onPremisesImmutableId"))
            if user.get("onPremisesSyncEnabled") is True
            else None
        )

    # --- for the administrator ---

    def checks(self) -> Iterator[checks.Line]:
        """(what was looked at, whether it is good, what that means), one by one."""
        return checks.lines(self._settings, self._graph, self._tokens, self._operator)

    # --- inside ---

    def _find(self, account: AccountId, deadline: Deadline) -> Account | None:
        now = self._clock.now()
        asks = questions.about(account, self._settings, now, reports=self._may_ask_reports())
        answers = self._graph.batch(asks, deadline)
        if answers["user"].status == 404:
            return None
        for name in ("user", "methods", "domains"):
            if not answers[name].ok:
                raise _not_readable(name, answers[name])
        self._note_reports(answers.get("refused"))
        groups = self._graph.rest(answers["groups"], deadline) if answers["groups"].ok else []
        return account_of(answers, groups, self._settings, now)

    def _known(self, account: AccountId, fields: str = "id") -> Answer:
        """Raises AccountNotFound."""
        if not _is_id(account):
            raise AccountNotFound(account)
        answer = self._graph.get(f"/users/{account}?$select={fields}", Deadline(SECONDS))
        if answer.status == 404:
            raise AccountNotFound(account)
        if not answer.ok:
            raise _not_readable("user", answer)
        return answer

    def _may_ask_reports(self) -> bool:
        return self._settings.sign_in_log and time.monotonic() >= self._reports_from

    def _note_reports(self, answer: Answer | None) -> None:
        if answer is None or answer.ok:
            return
        logger.info("the sign-in log does not answer: %s %s", answer.status, answer.code)
        self._reports_from = time.monotonic() + (answer.retry_after or REPORTS_PAUSE)


def _is_id(account: str) -> bool:
    try:
        return str(uuid.UUID(account)) == account.lower()
    except ValueError:
        return False


def _not_readable(what: str, answer: Answer) -> DirectoryUnavailable:
    """Whoever runs this has to grant a right; the employee hears that the directory does not answer."""
    logger.error("Graph does not show %s: %s %s (docs/directory-entra.md)", what, answer.status, answer.code)
    return DirectoryUnavailable(f"Graph does not show {what}: {answer.status}")
