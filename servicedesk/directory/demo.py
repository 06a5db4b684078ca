"""The demo's employees: one for each thing that can be wrong with an account, in four countries."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import pyotp
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from servicedesk.clock import Clock
from servicedesk.directory.embedded import HASHER
from servicedesk.directory.port import AccountId
from servicedesk.keys import KeyRing
from servicedesk.sealing import seal
from servicedesk.store import Store
from servicedesk.store.tables import directory_accounts as accounts
from servicedesk.store.tables import directory_lockouts as lockouts
from servicedesk.store.turns import Turn, wait_for_turn

DEMO_PASSWORD = "Velkommen-til-Tier0-2026"  # everybody's, until the demo changes it
DOMAIN = "nordlys.example"
PRIVATE_DOMAIN = "privat.example"
LONG_AGO = timedelta(days=400)  # when phones and authenticators were registered


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPerson:
    username: str
    name: tuple[str, str]  # given name, family name
    place: tuple[str, str, str]  # country, office, language
    department: str
    note: str
    groups: tuple[str, ...] = ("all-employees",)
    phone: str | None = None
    phone_age: timedelta = LONG_AGO
    authenticator: bool = False
    private_mail: bool = False
    password_age: timedelta = timedelta(days=90)
    must_change: bool = False
    locked: bool = False
    lockouts: int = 0
    enabled: bool = True
    guest: bool = False
    vip: bool = False
    manager: str | None = None


OSLO, BERGEN = ("NO", "Oslo", "nb"), ("NO", "Bergen", "nb")
STOCKHOLM, MALMO = ("SE", "Stockholm", "sv"), ("SE", "Malmö", "sv")
BERLIN, MUNICH = ("DE", "Berlin", "de"), ("DE", "München", "de")
LONDON = ("GB", "London", "en")

PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        username="kari.nordmann", name=("Kari", "Nordmann"), place=OSLO, department="Sales",
        note="All well; phone and authenticator.",
        groups=("sales",), phone="+4740000101",
        authenticator=True, private_mail=True, manager="ingrid.solberg",
    ),
    DemoPerson(
        username="ola.hansen", name=("Ola", "Hansen"), place=OSLO, department="Finance",
        note="Locked; phone only.",
        groups=("finance",), phone="+4740000102", locked=True, lockouts=1, manager="ingrid.solberg",
    ),
    DemoPerson(
        username="astrid.berg", name=("Astrid", "Berg"), place=BERGEN, department="Logistics",
        note="Password expired; phone only.",
        groups=("logistics",), phone="+4740000103",
        password_age=timedelta(days=380), manager="ingrid.solberg",
    ),
    DemoPerson(
        username="magnus.dahl", name=("Magnus", "Dahl"), place=OSLO, department="Engineering",
        note="Administrator through nested groups: never by bot.",
        groups=("oslo-platform-team",), phone="+4740000104", authenticator=True, manager="ingrid.solberg",
    ),
    DemoPerson(
        username="ingrid.solberg", name=("Ingrid", "Solberg"), place=OSLO, department="Management",
        note="VIP: goes to a person.",
        phone="+4740000105", authenticator=True, vip=True,
    ),
    DemoPerson(
        username="jonas.lie", name=("Jonas", "Lie"), place=BERGEN, department="Marketing",
        note="Phone registered yesterday: too new to count; no authenticator.",
        groups=("marketing",), phone="+4740000106", phone_age=timedelta(days=1), manager="ingrid.solberg",
    ),
    DemoPerson(
        username="silje.haugen", name=("Silje", "Haugen"), place=BERGEN, department="People",
        note="Neither phone nor authenticator.",
        groups=("people",), manager="ingrid.solberg",
    ),
    DemoPerson(
        username="erik.lindqvist", name=("Erik", "Lindqvist"), place=STOCKHOLM, department="Sales",
        note="All well; phone only.",
        groups=("sales",), phone="+46700000201", manager="annika.sjoberg",
    ),
    DemoPerson(
        username="anna.svensson", name=("Anna", "Svensson"), place=STOCKHOLM, department="Finance",
        note="Locked three times today: something keeps trying an old password.",
        groups=("finance",), phone="+46700000202", authenticator=True, locked=True, lockouts=3,
        manager="annika.sjoberg",
    ),
    DemoPerson(
        username="lars.akesson", name=("Lars", "Åkesson"), place=MALMO, department="Logistics",
        note="Must change the password at the next sign-in; phone only.",
        groups=("logistics",), phone="+46700000203", must_change=True, manager="annika.sjoberg",
    ),
    DemoPerson(
        username="annika.sjoberg", name=("Annika", "Sjöberg"), place=STOCKHOLM, department="Management",
        note="All well; authenticator only.",
        authenticator=True, manager="ingrid.solberg",
    ),
    DemoPerson(
        username="nils.bergstrom", name=("Nils", "Bergström"), place=MALMO, department="Marketing",
        note="Disabled.",
        groups=("marketing",), phone="+46700000205", enabled=False, manager="annika.sjoberg",
    ),
    DemoPerson(
        username="maja.ekholm", name=("Maja", "Ekholm"), place=MALMO, department="Legal",
        note="Password expired; phone and authenticator.",
        groups=("legal",), phone="+46700000206", authenticator=True, password_age=timedelta(days=400),
        manager="annika.sjoberg",
    ),
    DemoPerson(
        username="lena.schmidt", name=("Lena", "Schmidt"), place=BERLIN, department="Sales",
        note="All well; phone and authenticator.",
        groups=("sales",), phone="+4915500000301", authenticator=True, private_mail=True,
        manager="friedrich.weiss",
    ),
    DemoPerson(
        username="juergen.mueller", name=("Jürgen", "Müller"), place=MUNICH, department="Finance",
        note="Locked; phone and authenticator.",
        groups=("finance",), phone="+4915500000302", authenticator=True, locked=True, lockouts=1,
        manager="friedrich.weiss",
    ),
    DemoPerson(
        username="sabine.koch", name=("Sabine", "Koch"), place=MUNICH, department="Logistics",
        note="Locked, and the password expired too; phone only.",
        groups=("logistics",), phone="+4915500000303", locked=True, lockouts=1,
        password_age=timedelta(days=370), manager="friedrich.weiss",
    ),
    DemoPerson(
        username="friedrich.weiss", name=("Friedrich", "Weiß"), place=BERLIN, department="Management",
        note="VIP: goes to a person.",
        phone="+4915500000304", authenticator=True, vip=True, manager="ingrid.solberg",
    ),
    DemoPerson(
        username="tobias.wagner", name=("Tobias", "Wagner"), place=BERLIN, department="Service desk",
        note="Service-desk agent: counts as privileged, never by bot.",
        groups=("service-desk-agents",), phone="+4915500000305",
        authenticator=True, manager="friedrich.weiss",
    ),
    DemoPerson(
        username="aylin.yilmaz", name=("Aylin", "Yılmaz"), place=BERLIN, department="Engineering",
        note="Must change the password at the next sign-in; authenticator only.",
        groups=("engineering",), authenticator=True, must_change=True, manager="friedrich.weiss",
    ),
    DemoPerson(
        username="peter.vogel", name=("Peter", "Vogel"), place=MUNICH, department="External consultant",
        note="Guest account: goes to a person.",
        groups=("guests",), phone="+4915500000307", guest=True, manager="friedrich.weiss",
    ),
    DemoPerson(
        username="emily.clarke", name=("Emily", "Clarke"), place=LONDON, department="Sales",
        note="All well; phone and authenticator.",
        groups=("sales",), phone="+447700900401",
        authenticator=True, private_mail=True, manager="james.okafor",
    ),
    DemoPerson(
        username="oliver.smith", name=("Oliver", "Smith"), place=LONDON, department="Finance",
        note="Locked; phone only.",
        groups=("finance",), phone="+447700900402", locked=True, lockouts=1, manager="james.okafor",
    ),
    DemoPerson(
        username="priya.patel", name=("Priya", "Patel"), place=LONDON, department="Legal",
        note="Password expired; phone only.",
        groups=("legal",), phone="+447700900403", password_age=timedelta(days=366), manager="james.okafor",
    ),
    DemoPerson(
        username="james.okafor", name=("James", "Okafor"), place=LONDON, department="Management",
        note="All well; authenticator only.",
        authenticator=True, manager="ingrid.solberg",
    ),
    DemoPerson(
        username="sophie.wright", name=("Sophie", "Wright"), place=LONDON, department="People",
        note="Phone registered yesterday, but an authenticator that counts.",
        groups=("people",), phone="+447700900405", phone_age=timedelta(days=1), authenticator=True,
        manager="james.okafor",
    ),
)  # fmt: skip


def demo_id(username: str) -> AccountId:
    """The account's id, the same in every demo."""
    return AccountId(str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{username}.{DOMAIN}")))


def seed(store: Store, clock: Clock, keys: KeyRing) -> None:
    """Make the demo's employees; those that are there stay as they are, whatever the demo did to them."""
    hashed = _demo_hash()
    now = clock.now()
    with store.transaction() as connection:
        wait_for_turn(connection, Turn.DEMO)  # several processes start at once
        known = set(connection.execute(select(accounts.c.username)).scalars())
        for person in PEOPLE:
            if person.username not in known:
                _insert(connection, person, hashed, now, keys)
        _keep_recent(connection, now)


@lru_cache(maxsize=1)
def _demo_hash() -> str:
    return HASHER.hash(DEMO_PASSWORD)  # once: a hash each would make the first start slow


def _insert(connection: Connection, person: DemoPerson, hashed: str, now: datetime, keys: KeyRing) -> None:
    given, family = person.name
    country, site, language = person.place
    identifier = demo_id(person.username)
    connection.execute(
        insert(accounts).values(
            id=identifier,
            username=person.username,
            email=f"{person.username}@{DOMAIN}",
            display_name=f"{given} {family}",
            given_name=given,
            language=language,
            country=country,
            site=site,
            department=person.department,
            manager=demo_id(person.manager) if person.manager else None,
            enabled=person.enabled,
            guest=person.guest,
            vip=person.vip,
            groups=list(person.groups),
            phone=person.phone,
            phone_since=now - person.phone_age if person.phone else None,
            alternate_email=f"{person.username}@{PRIVATE_DOMAIN}" if person.private_mail else None,
            seed=seal(keys, identifier, pyotp.random_base32()) if person.authenticator else None,
            authenticator_since=now - LONG_AGO if person.authenticator else None,
            password_hash=hashed,
            password_history=[],
            password_changed_at=now - person.password_age,
            must_change=person.must_change,
            locked_at=now if person.locked else None,
            note=person.note,
        )
    )
    for number in range(person.lockouts):
        at = now - timedelta(hours=2) * (person.lockouts - 1 - number)
        connection.execute(insert(lockouts).values(account=identifier, at=at))


def _keep_recent(connection: Connection, now: datetime) -> None:
    """What a case owes to the date stays true when the demo is started again days later."""
    for person in PEOPLE:
        identifier = demo_id(person.username)
        if person.phone_age < timedelta(days=2):
            connection.execute(
                update(accounts)
                .where(accounts.c.id == identifier, accounts.c.phone_since < now - timedelta(days=2))
                .values(phone_since=now - person.phone_age)
            )
        if person.lockouts > 1:
            _lock_again(connection, identifier, person.lockouts, now)


def _lock_again(connection: Connection, account: AccountId, times: int, now: datetime) -> None:
    today = select(func.count()).where(
        lockouts.c.account == account, lockouts.c.at > now - timedelta(hours=24)
    )
    if connection.execute(today).scalar_one():
        return
    connection.execute(update(accounts).where(accounts.c.id == account).values(locked_at=now))
    for number in range(times):
        connection.execute(insert(lockouts).values(account=account, at=now - timedelta(hours=2) * number))
