"""The one place that knows every adapter, and puts the parts together for each process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TypeVar

from servicedesk.accounts import Accounts
from servicedesk.approvals.approvers import Approvers
from servicedesk.approvals.requests import Approvals
from servicedesk.audit import Audit, open_audit
from servicedesk.buttons import Buttons
from servicedesk.case_rounds import CaseRounds
from servicedesk.cases import Cases
from servicedesk.channel_links import ChannelLinks
from servicedesk.clock import Clock, SystemClock
from servicedesk.conversations import Conversations
from servicedesk.delivery.by_medium import ByMedium
from servicedesk.delivery.embedded import EmbeddedDelivery
from servicedesk.delivery.port import Delivery
from servicedesk.directory import demo
from servicedesk.directory.embedded import EmbeddedDirectory
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import Directory
from servicedesk.directory.with_authenticators import WithAuthenticators
from servicedesk.errors import SettingsError
from servicedesk.factors.authenticators import Authenticators
from servicedesk.feedback import Feedback
from servicedesk.handover.gathering import CaseContext
from servicedesk.handover.policy import HandoverPolicy
from servicedesk.handover.policy import load as load_handover
from servicedesk.handover.risk import RiskStops
from servicedesk.help_lines import HelpLines
from servicedesk.help_lines import load as load_help_lines
from servicedesk.keys import KeyRing, create_missing
from servicedesk.links import Links
from servicedesk.nudges import Nudges
from servicedesk.outages import Outages
from servicedesk.outbox import Outbox
from servicedesk.page_proof import PageProof
from servicedesk.quiet_hours import QuietHours
from servicedesk.reminders import Reminders
from servicedesk.requesters import Requesters
from servicedesk.resolutions import Resolutions
from servicedesk.settings import Settings
from servicedesk.stopped_links import StoppedLinks
from servicedesk.store import Store, rights
from servicedesk.store.migrate import migrate
from servicedesk.ticketing.embedded import EmbeddedTickets
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketSystem
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.verification import Verification

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What every adapter may ask for."""

    settings: Settings
    clock: Clock
    store: Store
    keys: KeyRing


def _active_directory(base: Base) -> Directory:
    from servicedesk.directory.active_directory import ActiveDirectory
    from servicedesk.directory.ldap_client import LdapClient

    settings = _ldap_settings(base)
    return _with_authenticators(base, ActiveDirectory(LdapClient(settings), settings, base.clock))


def _ldap(base: Base) -> Directory:
    # Imported here: only who uses it waits for the LDAP library to load.
    from servicedesk.directory.ldap import LdapDirectory
    from servicedesk.directory.ldap_client import LdapClient

    settings = _ldap_settings(base)
    return _with_authenticators(base, LdapDirectory(LdapClient(settings), settings, base.clock))


def _with_authenticators(base: Base, directory: Directory) -> Directory:
    return WithAuthenticators(directory, Authenticators(base.store, base.clock, base.keys))


def _ldap_settings(base: Base) -> LdapSettings:
    settings = base.settings.ldap
    if settings is None:
        raise SettingsError("TIER0_LDAP_URL and the others of docs/directory.md are missing")
    settings.password.read()  # a missing file stops the start, not the first employee
    return settings


def _entra(base: Base) -> Directory:
    # Imported here: only who uses it waits for MSAL to load.
    from servicedesk.directory.entra.adapter import EntraDirectory

    if base.settings.entra is None:
        raise SettingsError("TIER0_ENTRA_TENANT: is not set")
    return _with_authenticators(base, EntraDirectory(base.settings.entra, base.clock, base.keys))


def _smtp(base: Base) -> Delivery:
    from servicedesk.delivery.smtp import SmtpMail

    settings = _given(base.settings.delivery.smtp, "TIER0_SMTP_HOST")
    if settings.password is not None:
        settings.password.read()
    return SmtpMail(settings, base.clock)


def _http_sms(base: Base) -> Delivery:
    from servicedesk.delivery.http_sms import HttpSms

    settings = _given(base.settings.delivery.http, "TIER0_SMS_HTTP_URL")
    if settings.secret is not None:
        settings.secret.read()
    return HttpSms(settings)


def _twilio(base: Base) -> Delivery:
    from servicedesk.delivery.twilio import Twilio

    settings = _given(base.settings.delivery.twilio, "TIER0_TWILIO_ACCOUNT_SID")
    settings.secret.read()
    return Twilio(settings)


def _given(settings: Made | None, variable: str) -> Made:
    if settings is None:
        raise SettingsError(f"{variable}: is not set")
    return settings


# A new outside system is one module, one line here, and one line in its contract suite.
DIRECTORIES: dict[str, Callable[[Base], Directory]] = {
    "embedded": lambda base: EmbeddedDirectory(base.store, base.clock, base.keys),
    "active_directory": _active_directory,
    "ldap": _ldap,
    "entra": _entra,
}
DELIVERIES: dict[str, Callable[[Base], Delivery]] = {
    "embedded": lambda base: EmbeddedDelivery(base.store, base.clock, base.keys),
    "smtp": _smtp,
    "http": _http_sms,
    "twilio": _twilio,
}


def _of(module: str) -> Callable[[TicketingSettings], OutsideTickets]:
    """Imported when it is asked for: a process loads the adapter that it uses."""

    def build(settings: TicketingSettings) -> OutsideTickets:
        made: OutsideTickets = import_module(f"servicedesk.ticketing.{module}").build(settings)
        return made

    return build


OUTSIDE_TICKETS: dict[str, Callable[[TicketingSettings], OutsideTickets]] = {
    name: _of(name)
    for name in (
        "request_tracker",
        "servicenow",
        "jira_service_management",
        "zammad",
        "zendesk",
        "freshservice",
        "dynamics365",
        "salesforce",
        "sharepoint",
        "bmc_helix",
    )
}


def _outside(build: Callable[[TicketingSettings], OutsideTickets]) -> Callable[[Base], TicketSystem]:
    def built(base: Base) -> TicketSystem:
        settings = base.settings.outside_tickets
        if settings is None:
            raise SettingsError("TIER0_TICKETING_URL and the others of docs/tickets.md are missing")
        settings.secret.read()  # a missing file stops the start, not the first ticket
        return build(settings)

    return built


TICKET_SYSTEMS: dict[str, Callable[[Base], TicketSystem]] = {
    "embedded": lambda base: EmbeddedTickets(base.store, base.clock),
    **{name: _outside(build) for name, build in OUTSIDE_TICKETS.items()},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Everything, for the processes that hold the credentials: actions, desk, worker."""

    settings: Settings
    clock: Clock
    store: Store
    keys: KeyRing
    conversations: Conversations
    directory: Directory
    channel_links: ChannelLinks
    delivery: Delivery
    verification: Verification
    links: Links
    accounts: Accounts
    approvals: Approvals
    page_proof: PageProof
    stopped_links: StoppedLinks
    tickets: TicketSystem
    audit: Audit
    outbox: Outbox
    outages: Outages
    cases: Cases
    handover: HandoverPolicy
    risk: RiskStops
    feedback: Feedback
    help_lines: HelpLines
    reminders: Reminders
    quiet_hours: QuietHours
    nudges: Nudges
    resolutions: Resolutions


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """What the rasa process gets: no directory, ticket or SMS credential is in its reach (S11)."""

    settings: Settings
    clock: Clock
    store: Store
    keys: KeyRing
    conversations: Conversations
    buttons: Buttons


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Put everything together; on the embedded default also make the keys, the schema and the demo's
    employees."""
    base = _base(settings, clock or SystemClock())
    directory = _adapter("directory", DIRECTORIES, base)
    delivery = _delivery(base)
    if isinstance(directory, EmbeddedDirectory):
        demo.seed(base.store, base.clock, base.keys)
    conversations = Conversations(base.store, base.clock)
    handover = load_handover(settings.handover)
    risk = RiskStops(base.store, base.clock, conversations, handover.criteria)
    audit = open_audit(settings, base.store, base.clock, base.keys)
    outbox = Outbox(base.store, base.clock)
    links = Links(base.store, base.clock, settings)
    approvers = Approvers(store=base.store, clock=base.clock, settings=settings, directory=directory)
    verification = Verification(
        store=base.store,
        clock=base.clock,
        keys=base.keys,
        settings=settings,
        directory=directory,
        delivery=delivery,
        audit=audit,
        outbox=outbox,
        approvers=approvers,
    )
    accounts = Accounts(
        store=base.store,
        clock=base.clock,
        keys=base.keys,
        settings=settings,
        directory=directory,
        verification=verification,
        links=links,
        audit=audit,
        outbox=outbox,
        suspicious_lockouts=handover.criteria.lockouts,
        stopped=risk.ends_links,
    )
    page_proof = PageProof(
        store=base.store,
        clock=base.clock,
        keys=base.keys,
        settings=settings,
        directory=directory,
        verification=verification,
        links=links,
        stopped=lambda account: bool(risk.of(account)),
    )
    tickets = _adapter("ticketing", TICKET_SYSTEMS, base)
    outages = _outages(base)
    feedback = Feedback(base.store, base.clock)
    quiet = QuietHours(base.clock, settings.reminders)
    cases = Cases(
        store=base.store,
        clock=base.clock,
        conversations=conversations,
        tickets=tickets,
        outbox=outbox,
        audit=audit,
        quiet=quiet,
        context=CaseContext(
            store=base.store,
            clock=base.clock,
            conversations=conversations,
            directory=directory,
            feedback=feedback,
            outages=outages,
            policy=handover,
            risk=risk,
            desk_url=settings.desk_url,
        ),
    )
    requesters = Requesters(
        store=base.store, clock=base.clock, quiet=quiet, desks=handover.desks, outbox=outbox
    )
    rounds = CaseRounds(store=base.store, cases=cases, requesters=requesters)
    return Services(
        settings=settings,
        clock=base.clock,
        store=base.store,
        keys=base.keys,
        conversations=conversations,
        directory=directory,
        channel_links=ChannelLinks(store=base.store, clock=base.clock, directory=directory, audit=audit),
        delivery=delivery,
        verification=verification,
        links=links,
        accounts=accounts,
        approvals=Approvals(
            store=base.store,
            clock=base.clock,
            settings=settings,
            directory=directory,
            conversations=conversations,
            verification=verification,
            approvers=approvers,
            audit=audit,
            outbox=outbox,
        ),
        page_proof=page_proof,
        stopped_links=StoppedLinks(
            store=base.store, clock=base.clock, links=links, risk=risk, outbox=outbox, audit=audit
        ),
        tickets=tickets,
        audit=audit,
        outbox=outbox,
        outages=outages,
        cases=cases,
        handover=handover,
        risk=risk,
        feedback=feedback,
        help_lines=load_help_lines(settings.help_lines),
        reminders=Reminders(
            store=base.store,
            clock=base.clock,
            settings=settings,
            directory=directory,
            verification=verification,
            outbox=outbox,
            quiet=quiet,
        ),
        quiet_hours=quiet,
        nudges=Nudges(
            store=base.store,
            clock=base.clock,
            settings=settings,
            rounds=rounds,
            requesters=requesters,
            audit=audit,
        ),
        resolutions=Resolutions(
            store=base.store,
            clock=base.clock,
            settings=settings,
            rounds=rounds,
            requesters=requesters,
            outbox=outbox,
            audit=audit,
        ),
    )


def build_front(settings: Settings, clock: Clock | None = None) -> Front:
    base = _base(settings, clock or SystemClock())
    return Front(
        settings=settings,
        clock=base.clock,
        store=base.store,
        keys=base.keys,
        conversations=Conversations(base.store, base.clock),
        buttons=Buttons(base.clock, base.keys, settings.limits.button_lifetime),
    )


@lru_cache(maxsize=1)
def current_services() -> Services:
    """This process's services, from its environment, built at the first call. Raises SettingsError."""
    return build_services(Settings.from_env(os.environ))


@lru_cache(maxsize=1)
def front_services() -> Front:
    """The same for the rasa process."""
    return build_front(Settings.from_env(os.environ))


def _outages(base: Base) -> Outages:
    outages = Outages(base.store, base.clock)
    if base.settings.embedded:
        outages.seed_demo()
    return outages


def _base(settings: Settings, clock: Clock) -> Base:
    if settings.embedded:
        create_missing(settings.keys_dir)
        migrate(settings.database_url)
    store = Store(settings.database_url)
    if not settings.embedded:
        rights.check(store)
    return Base(settings=settings, clock=clock, store=store, keys=KeyRing(settings.keys_dir))


def delivery_of(settings: Settings) -> Delivery:
    """The outside adapters alone, for the administrator's check: no database and no keys. Raises SettingsError."""
    clock = SystemClock()
    return _delivery(
        Base(settings=settings, clock=clock, store=Store("sqlite://"), keys=KeyRing(settings.keys_dir))
    )


def _delivery(base: Base) -> Delivery:
    """Secrets are read here once: a missing file stops the start, not the first code."""
    adapters = [DELIVERIES[name](base) for name in base.settings.delivery.adapters]
    return adapters[0] if len(adapters) == 1 else ByMedium(*adapters)


def _adapter(name: str, adapters: dict[str, Callable[[Base], Made]], base: Base) -> Made:
    wanted: str = getattr(base.settings, name)
    if wanted not in adapters:
        raise SettingsError(f"TIER0_{name.upper()}: {wanted!r} is none of {', '.join(sorted(adapters))}")
    return adapters[wanted](base)
