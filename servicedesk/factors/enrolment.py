"""Giving an authenticator to an employee, or taking it away: by an administrator who has the person in front of them.

The bot has no part in it (S2). Nothing is kept before the person's app has shown a right code, and what is kept
counts after 72 hours only (U6, U7)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import pyotp
from sqlalchemy.engine import Connection

from servicedesk.bootstrap import Services
from servicedesk.delivery.port import Medium
from servicedesk.directory.port import Account
from servicedesk.directory.with_authenticators import WithAuthenticators
from servicedesk.errors import Tier0Error
from servicedesk.factors.authenticators import Authenticators
from servicedesk.factors.rules import refusal
from servicedesk.texts import say
from servicedesk.time_zones import local
from servicedesk.totp import matching_step, totp


class EnrolmentRefused(Tier0Error):
    """Why not, in a sentence for the administrator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    account: Account
    seed: str = field(repr=False)
    uri: str = field(repr=False)  # otpauth://…, for the person's app and for nobody else


class Enrolment:
    def __init__(self, services: Services) -> None:
        self._services = services

    def begin(self, person: str, *, again: bool = False) -> Candidate:
        """A new seed for this user name or address; stored nowhere yet. Raises EnrolmentRefused."""
        account, ours = self._account(person), self._authenticators()
        why = refusal(account)
        if why:
            raise EnrolmentRefused(
                f"self-service never touches this account ({why}): it needs no authenticator here"
            )
        if account.authenticator_since is not None and not again:
            raise EnrolmentRefused(
                f"has one since {account.authenticator_since:%Y-%m-%d}; --again replaces it, and its 72 hours begin anew"
            )
        if ours.since(account.id) is None and account.authenticator_since is not None:
            raise EnrolmentRefused("the directory itself has one for this account: change it there")
        seed = pyotp.random_base32()
        uri = totp(seed).provisioning_uri(name=account.username, issuer_name=self._services.settings.company)
        return Candidate(account=account, seed=seed, uri=uri)

    def finish(self, candidate: Candidate, code: str) -> bool:
        """Keep it if the person's app shows this code now: then whatever was proven before is void (S4)."""
        step = matching_step(candidate.seed, code.replace(" ", ""), self._services.clock.now())
        if step is None:
            return False
        account = candidate.account
        with self._services.store.transaction() as connection:
            self._record(connection, "factor.enrolled", account)
            self._authenticators().keep(connection, account.id, candidate.seed, step)
            self._void(connection, account)
            self._tell(connection, account)
        return True

    def remove(self, person: str) -> bool:
        """Take it away at once; False where there was none of ours. Raises EnrolmentRefused."""
        account = self._account(person)
        with self._services.store.transaction() as connection:
            if not self._authenticators().remove(connection, account.id):
                return False
            self._record(connection, "factor.removed", account)
            self._void(connection, account)
        return True

    def _account(self, person: str) -> Account:
        account = self._services.directory.find_by_username(person)
        if account is None:
            raise EnrolmentRefused("nobody, or more than one, has this user name or address")
        return account

    def _authenticators(self) -> Authenticators:
        directory = self._services.directory
        if not isinstance(directory, WithAuthenticators):
            raise EnrolmentRefused("this directory keeps its authenticators itself: enrol there")
        return directory.authenticators

    def _void(self, connection: Connection, account: Account) -> None:
        self._services.verification.challenges.void_all(connection, account.id)
        self._services.links.void_all(account.id, connection=connection)

    def _tell(self, connection: Connection, account: Account) -> None:
        """The owner hears of it wherever they are registered: somebody may have talked L1 round."""
        settings, language = self._services.settings, account.language
        now = local(self._services.clock.now(), account.country)
        values = {
            "company": settings.company,
            "name": account.given_name,
            "time": now.strftime("%d.%m.%Y %H:%M %Z"),
            "hours": int(settings.limits.factor_min_age.total_seconds() // 3600),
        }
        key = f"factor:{secrets.token_hex(8)}"
        addresses = dict.fromkeys(filter(None, (account.email, account.alternate_email)))
        for number, address in enumerate(addresses):
            payload = {
                "recipient": address,
                "subject": say(language, "notice_authenticator_subject", **values),
                "text": say(language, "notice_authenticator", **values),
                "language": language,
            }
            self._services.outbox.put(
                connection, kind="notice.mail", key=f"{key}:mail{number}", payload=payload
            )
        if account.phone is not None and Medium.SMS in settings.delivery.media:
            text = say(language, "notice_authenticator_sms", **values)
            payload = {"recipient": account.phone.number, "subject": "", "text": text, "language": language}
            self._services.outbox.put(connection, kind="notice.sms", key=f"{key}:sms", payload=payload)

    def _record(self, connection: Connection, event: str, account: Account) -> None:
        self._services.audit.record(
            connection, event=event, outcome="done", actor="operator", subject=account.id, details={}
        )
