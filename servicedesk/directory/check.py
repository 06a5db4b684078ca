"""Looks at a directory as Tier0 will use it, and says line by line what is right and what is not. Changes nothing."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime, timezone

from servicedesk.clock import SystemClock
from servicedesk.directory.active_directory import ActiveDirectory
from servicedesk.directory.check_rights import check_ad_rights, check_openldap_rights
from servicedesk.directory.errors import DirectoryError, DirectoryUnavailable
from servicedesk.directory.ldap import LdapDirectory
from servicedesk.directory.ldap_accounts import LdapAccounts, or_refused
from servicedesk.directory.ldap_client import CALL_SECONDS, LdapClient
from servicedesk.directory.ldap_person import number_of
from servicedesk.directory.ldap_session import BindRefused, Deadline, Entry, LdapRefused, Session, all_of
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import Account
from servicedesk.findings import Finding, Verdict, note, ok, wrong

SAMPLE = 100  # people that are looked at
PRIVILEGED_SAMPLE = 10  # of whom groups are looked up
SOON_DAYS = 30
ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"  # LDAP_CAP_ACTIVE_DIRECTORY_OID
BIND_FAULTS = {  # what Active Directory adds to "invalid credentials"
    "525": "there is no such account",
    "52e": "the password is wrong",
    "530": "it may not sign in at this hour",
    "531": "it may not sign in from this machine",
    "532": "its password has expired",
    "533": "it is disabled",
    "701": "it has run out (accountExpires)",
    "773": "it must change its password first",
    "775": "it is locked",
}


def check(kind: str, settings: LdapSettings, *, try_rights: bool = False) -> Iterator[Finding]:
    """Everything, as it is found out. `try_rights` asks OpenLDAP for rights with a change that cannot succeed."""
    is_ad = kind == "active_directory"
    session = None
    for url in settings.urls:
        opened, findings = _open(url, settings)
        yield from findings
        if opened is None and any("service account" in finding.text for finding in findings):
            return  # another try would lock it
        session = session or opened
    if session is None:
        return
    adapter = (ActiveDirectory if is_ad else LdapDirectory)(LdapClient(settings), settings, SystemClock())
    steps: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _server(session, kind),
        lambda: _base(session, settings),
    )
    for step in steps:
        yield from _guarded(session, step)
    people = _sample(session, adapter)
    if not people:
        yield wrong("people", f"nobody below {settings.base} fits {settings.people}")
        return
    yield ok("people", f"{_count(people)} below {settings.base}")
    try:
        accounts = _accounts(session, adapter, people[:PRIVILEGED_SAMPLE])
    except DirectoryError as err:
        yield wrong("people", f"they cannot be read ({err})")
        return
    for step in (
        lambda: _mapping(settings, adapter, people),
        lambda: _groups(session, settings, accounts),
        lambda: _marks(session, settings),
        lambda: _domain_policy(session) if is_ad else _ppolicy(session, settings),
        lambda: _rights(session, kind, settings, accounts, people, try_rights),
    ):
        yield from _guarded(session, step)
    session.close()


def _guarded(session: Session, step: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A step that the server refuses is a finding and not the end."""
    session.deadline = Deadline(CALL_SECONDS)
    try:
        yield from step()
    except DirectoryError as err:
        yield wrong("directory", f"{err} ({type(err).__name__})")


# --- the way there ---


def _open(url: str, settings: LdapSettings) -> tuple[Session | None, list[Finding]]:
    session = Session(url, settings)
    started = time.monotonic()
    try:
        session.connect(Deadline(CALL_SECONDS))
    except DirectoryUnavailable as err:
        return None, [wrong("connection", f"{url}: {_cause(err)}")]
    findings = [ok("connection", f"{url} answers in {(time.monotonic() - started) * 1000:.0f} ms")]
    if session.tls is not None:
        findings.append(_certificate(session.tls))
    try:
        session.bind()
    except BindRefused as err:
        data = re.search(r"data ([0-9a-f]+)", err.text)
        why = BIND_FAULTS.get(data[1] if data else "", "name or password is wrong")
        return None, [*findings, wrong("bind", f"the service account {settings.bind_dn} is refused: {why}")]
    except DirectoryUnavailable as err:
        return None, [*findings, wrong("bind", _cause(err))]
    return session, [*findings, ok("bind", f"as {session.who_am_i() or settings.bind_dn}")]


def _cause(err: BaseException) -> str:
    cause = err.__cause__
    return f"{err}: {cause}" if cause is not None else str(err)


def _certificate(tls: ssl.SSLSocket) -> Finding:
    certificate = tls.getpeercert() or {}
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), timezone.utc)
    days = (until - datetime.now(timezone.utc)).days
    text = f"{tls.version()}, certificate good until {until:%Y-%m-%d} ({days} days)"
    return ok("tls", text) if days > SOON_DAYS else note("tls", f"{text}: have it renewed")


# --- what is there ---


def _server(session: Session, kind: str) -> Iterator[Finding]:
    root = session.root()
    is_ad = ACTIVE_DIRECTORY in root.texts("supportedCapabilities")
    name = root.text("vendorName") or ("Active Directory" if is_ad else "an LDAP server")
    if is_ad != (kind == "active_directory"):
        yield wrong("server", f"this is {name}, and TIER0_DIRECTORY is {kind}")
    else:
        yield ok("server", f"{name} {root.text('dnsHostName')}".strip())


def _base(session: Session, settings: LdapSettings) -> Iterator[Finding]:
    for variable, dn in (("TIER0_LDAP_BASE", settings.base), ("TIER0_LDAP_GROUP_BASE", settings.group_base)):
        if session.read(dn, ()) is None:
            yield wrong("base", f"{variable}: there is no {dn}, or it may not be read")
        else:
            yield ok("base", dn)


def _sample(session: Session, adapter: LdapAccounts) -> list[Entry]:
    session.deadline = Deadline(CALL_SECONDS)
    try:
        return session.search(
            adapter.settings.base, adapter.settings.people, adapter.attributes(), limit=SAMPLE
        )
    except (LdapRefused, DirectoryUnavailable):
        return []


def _accounts(session: Session, adapter: LdapAccounts, people: list[Entry]) -> list[tuple[Entry, Account]]:
    session.deadline = Deadline(CALL_SECONDS)
    return [(entry, adapter.account_of(session, entry)) for entry in people]


def _count(found: list[Entry]) -> str:
    return f"{len(found)}{' or more' if len(found) >= SAMPLE else ''}"


def _mapping(settings: LdapSettings, adapter: LdapAccounts, people: list[Entry]) -> Iterator[Finding]:
    for field in fields(settings.attributes):
        attribute = getattr(settings.attributes, field.name)
        if not attribute:
            continue
        filled = sum(bool(entry.text(attribute)) for entry in people)
        text = f"{field.name} = {attribute}: {filled} of {len(people)} have one"
        if field.name == "username" and not filled:
            yield wrong("mapping", text)
        else:
            yield (ok if filled else note)("mapping", text)
    numbers = [entry for entry in people if entry.text(settings.attributes.phone)]
    countries = [entry.text(settings.attributes.country).upper() or settings.country for entry in numbers]
    good = sum(
        number_of(entry.text(settings.attributes.phone), country) is not None
        for entry, country in zip(numbers, countries, strict=True)
    )
    dated = sum(adapter.phone_since(entry) is not None for entry in numbers)
    if not numbers:
        return
    if good < len(numbers):
        yield note(
            "mapping", f"{len(numbers) - good} of {len(numbers)} phone numbers cannot be used (write +47 …)"
        )
    if not dated:
        yield wrong(
            "mapping", "nobody can be sent a code: when the numbers were registered is unknown (phone_since)"
        )
    elif dated == len(numbers):
        yield ok("mapping", "of all numbers it is known when they were registered")
    else:
        yield note(
            "mapping", f"{len(numbers) - dated} of {len(numbers)} numbers are of unknown age, and no factor"
        )


def _groups(
    session: Session, settings: LdapSettings, accounts: list[tuple[Entry, Account]]
) -> Iterator[Finding]:
    for group in settings.admin_groups:
        if session.read(group, ()) is None:
            yield wrong(
                "admins", f"{group} is not there or may not be read: now everybody counts as privileged"
            )
        else:
            yield ok("admins", group)
    privileged = sum(account.privileged for _, account in accounts)
    text = f"{privileged} of {len(accounts)} people looked at count as privileged"
    if privileged == len(accounts):
        yield wrong("admins", f"{text}: the service account cannot read who is in which group")
    else:
        yield ok("admins", text)


def _marks(session: Session, settings: LdapSettings) -> Iterator[Finding]:
    for name in ("privileged", "vip", "guest", "disabled"):
        match = getattr(settings, name)
        if not match:
            continue
        found = session.search(settings.base, all_of(settings.people, match), (), limit=SAMPLE)
        yield (ok if found else note)("marks", f"{name}: {_count(found)} fit {match}")
    if not settings.privileged:
        yield note(
            "marks", "TIER0_LDAP_PRIVILEGED_FILTER is empty: are service and break-glass accounts known?"
        )


def _ppolicy(session: Session, settings: LdapSettings) -> Iterator[Finding]:
    found = session.read(settings.policy, ("pwdMinLength",)) if settings.policy else None
    if found is None:
        yield wrong("policy", "TIER0_LDAP_POLICY: not set or not readable: no password ever expires for us")
    else:
        yield ok("policy", f"{settings.policy}: at least {found.number('pwdMinLength')} characters")


def _domain_policy(session: Session) -> Iterator[Finding]:
    domain = session.root().text("defaultNamingContext")
    found = session.read(domain, ("minPwdLength",))
    if found is None or not found.text("minPwdLength"):
        yield wrong("policy", f"the password policy of {domain} may not be read")
    else:
        yield ok("policy", f"{domain}: at least {found.number('minPwdLength')} characters")
    container = f"CN=Password Settings Container,CN=System,{domain}"
    names, hidden = ("msDS-MinimumPasswordLength",), list[Entry]()
    own = or_refused(lambda: session.search(container, "(objectClass=msDS-PasswordSettings)", names), hidden)
    readable = [entry for entry in own if entry.text(names[0])]
    if readable:
        yield ok("policy", f"{len(readable)} fine-grained policies")
    else:
        yield note("policy", f"no fine-grained policies, or they may not be read ({container})")


def _rights(
    session: Session,
    kind: str,
    settings: LdapSettings,
    accounts: list[tuple[Entry, Account]],
    people: list[Entry],
    try_rights: bool,
) -> Iterator[Finding]:
    ordinary = [entry for entry, account in accounts if account.enabled and not account.privileged]
    entry = (ordinary or people)[0]
    if kind == "active_directory":
        lines = check_ad_rights(session, settings, entry)
    else:
        lines = check_openldap_rights(session, entry, try_rights)
    for verdict, text in lines:
        yield Finding(Verdict(verdict), "rights", text)
