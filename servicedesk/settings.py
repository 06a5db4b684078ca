"""All settings, read once at start from the environment; nothing else reads it. docs/settings.md lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.directory.entra.settings import EntraSettings
from servicedesk.directory.ldap_settings import (
    ACTIVE_DIRECTORY_ATTRIBUTES,
    ACTIVE_DIRECTORY_PEOPLE,
    OPENLDAP_ATTRIBUTES,
    OPENLDAP_PEOPLE,
    Attributes,
    LdapSettings,
)
from servicedesk.errors import SettingsError
from servicedesk.secret import Secret

HELP_LINES = Path(__file__).with_name("help_lines.yml")


class Mode(str, Enum):
    EMBEDDED = "embedded"  # demo people, demo tickets, demo phones: one machine, nothing outside
    PRODUCTION = "production"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Defaults of security.md's rules; the rule that each comes from stands behind it."""

    code_digits: int = 6  # S3
    code_digits_unproven: int = 8  # S3
    code_lifetime: timedelta = timedelta(minutes=10)  # S3
    code_sends_per_hour: int = 3  # S3
    code_sends_per_day: int = 5  # S3
    code_send_gap: timedelta = timedelta(seconds=60)  # S3
    wrong_codes_per_day: int = 5  # S3, U2
    pause: timedelta = timedelta(hours=24)  # S3
    unproven_wrong_codes: int = 30  # S3: within unproven_window, over all accounts, pause the channel
    unproven_window: timedelta = timedelta(minutes=10)
    unproven_pause: timedelta = timedelta(minutes=15)
    factor_min_age: timedelta = timedelta(hours=72)  # S2, U6
    link_lifetime: timedelta = timedelta(minutes=10)  # S4
    unlocks_per_day: int = 3  # S6
    min_password_length: int = 15  # S5
    button_lifetime: timedelta = timedelta(hours=1)  # S9
    message_characters: int = 4_000  # S9
    body_bytes: int = 64 * 1024  # S9
    body_depth: int = 20  # S9
    session_idle: timedelta = timedelta(minutes=30)  # S12
    session_total: timedelta = timedelta(hours=10)  # S12


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    mode: Mode = Mode.EMBEDDED
    state_dir: Path = Path("var")
    keys_dir: Path = Path("var/keys")
    database_url: str = "sqlite:///var/tier0.db"
    rasa_port: int = 5005
    actions_port: int = 5055
    desk_port: int = 8090
    actions_url: str = "http://127.0.0.1:5055"
    chat_url: str = "http://127.0.0.1:5005"  # where employees reach the chat page
    desk_url: str = (
        "http://127.0.0.1:8090"  # where employees reach the reset page and articles, and agents the desk
    )
    company: str = "Nordlys Group"
    directory: str = "embedded"
    ldap: LdapSettings | None = None  # for the directories "active_directory" and "ldap"
    ticketing: str = "embedded"
    delivery: str = "embedded"
    email_factor: bool = False  # S2: off by default
    help_lines: Path = HELP_LINES
    articles_tried: int = 2  # that do not help, until a person is offered
    entra: EntraSettings | None = None  # where the directory is one
    limits: Limits = field(default_factory=Limits)

    @property
    def embedded(self) -> bool:
        return self.mode is Mode.EMBEDDED

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read TIER0_… variables. Raises SettingsError, which names the variable."""
        read = _Reader(environ)
        state_dir = Path(read.text("STATE_DIR", "var")).resolve()
        rasa_port, actions_port, desk_port = (
            read.port("RASA_PORT", 5005),
            read.port("ACTIONS_PORT", 5055),
            read.port("DESK_PORT", 8090),
        )
        directory = read.text("DIRECTORY", "embedded")
        settings = cls(
            mode=read.mode("MODE", Mode.EMBEDDED),
            state_dir=state_dir,
            keys_dir=Path(read.text("KEYS_DIR", str(state_dir / "keys"))).resolve(),
            database_url=read.text("DATABASE_URL", f"sqlite:///{state_dir / 'tier0.db'}"),
            rasa_port=rasa_port,
            actions_port=actions_port,
            desk_port=desk_port,
            actions_url=read.url("ACTIONS_URL", f"http://127.0.0.1:{actions_port}"),
            chat_url=read.url("CHAT_URL", f"http://127.0.0.1:{rasa_port}"),
            desk_url=read.url("DESK_URL", f"http://127.0.0.1:{desk_port}"),
            company=read.text("COMPANY", "Nordlys Group"),
            directory=directory,
            ldap=_ldap(read, directory) if directory in ("active_directory", "ldap") else None,
            ticketing=read.text("TICKETING", "embedded"),
            delivery=read.text("DELIVERY", "embedded"),
            email_factor=read.flag("EMAIL_FACTOR", False),
            help_lines=Path(read.text("HELP_LINES", str(HELP_LINES))),
            articles_tried=read.number("ARTICLES_TRIED", 2, most=5),
            entra=EntraSettings.read(read, state_dir) if read.text("DIRECTORY", "") == "entra" else None,
        )
        settings._refuse_embedded_parts_in_production()
        return settings

    def _refuse_embedded_parts_in_production(self) -> None:
        if self.embedded:
            return
        for name in ("directory", "ticketing", "delivery"):
            if getattr(self, name) == "embedded":
                raise SettingsError(
                    f"TIER0_{name.upper()}: the embedded demo is refused when TIER0_MODE=production"
                )
        for name in ("chat_url", "desk_url"):
            if urlsplit(getattr(self, name)).scheme != "https":
                raise SettingsError(
                    f"TIER0_{name.upper()}: must start with https:// when TIER0_MODE=production"
                )


def _ldap(read: _Reader, directory: str) -> LdapSettings:
    is_ad = directory == "active_directory"
    base = read.required("LDAP_BASE", directory)
    ca_file = read.text("LDAP_CA_FILE", "")
    settings = LdapSettings(
        urls=read.ldap_urls("LDAP_URL", directory),
        bind_dn=read.required("LDAP_BIND_DN", directory),
        password=read.secret("LDAP_PASSWORD", directory),
        base=base,
        group_base=read.text("LDAP_GROUP_BASE", base),
        ca_file=Path(ca_file).resolve() if ca_file else None,
        people=read.filter("LDAP_PEOPLE_FILTER", ACTIVE_DIRECTORY_PEOPLE if is_ad else OPENLDAP_PEOPLE),
        attributes=read.attributes(
            "LDAP_ATTRIBUTES", ACTIVE_DIRECTORY_ATTRIBUTES if is_ad else OPENLDAP_ATTRIBUTES
        ),
        admin_groups=tuple(dn.strip() for dn in read.text("LDAP_ADMIN_GROUPS", "").split(";") if dn.strip()),
        privileged=read.filter("LDAP_PRIVILEGED_FILTER", ""),
        vip=read.filter("LDAP_VIP_FILTER", ""),
        guest=read.filter("LDAP_GUEST_FILTER", ""),
        disabled=read.filter("LDAP_DISABLED_FILTER", ""),
        policy=read.text("LDAP_POLICY", ""),
        country=read.text("LDAP_COUNTRY", "").upper(),
    )
    if not settings.admin_groups and not is_ad:  # Active Directory's own ones are known by their numbers
        raise SettingsError(
            "TIER0_LDAP_ADMIN_GROUPS: name the administrators' groups: they are never helped by bot"
        )
    return settings


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(f"TIER0_{name}", "").strip() or default

    def required(self, name: str, directory: str) -> str:
        value = self.text(name, "")
        if not value:
            raise SettingsError(f"TIER0_{name}: needed when TIER0_DIRECTORY={directory}")
        return value

    def secret(self, name: str, directory: str) -> Secret:
        """From TIER0_…_FILE or TIER0_…; not read here, for not every process has it (S11)."""
        file, value = self.text(f"{name}_FILE", ""), self.text(name, "")
        if bool(file) == bool(value):
            raise SettingsError(
                f"TIER0_{name}_FILE or TIER0_{name}: one of the two is needed when TIER0_DIRECTORY={directory}"
            )
        return Secret(name=f"TIER0_{name}", file=Path(file).resolve() if file else None, value=value)

    def ldap_urls(self, name: str, directory: str) -> tuple[str, ...]:
        """One or more, separated by blanks, the preferred one first."""
        urls = tuple(self.required(name, directory).split())
        for url in urls:
            parts = urlsplit(url)
            try:
                known = parts.scheme in ("ldaps", "ldap") and bool(parts.hostname) and (parts.port or 1)
            except ValueError:
                known = False
            if not known or parts.path.strip("/") or parts.query or parts.username:
                raise SettingsError(f"TIER0_{name}: {url!r} is no address such as ldaps://dc1.example.com")
        return urls

    def filter(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if value and not (
            value.startswith("(") and value.endswith(")") and value.count("(") == value.count(")")
        ):
            raise SettingsError(f"TIER0_{name}: {value!r} is no LDAP filter such as (employeeType=vip)")
        return value

    def attributes(self, name: str, default: Attributes) -> Attributes:
        """`what=attribute` pairs that differ from the usual ones, separated by commas; nothing after = for none."""
        changed = {}
        for pair in filter(None, (part.strip() for part in self.text(name, "").split(","))):
            what, equals, attribute = (part.strip() for part in pair.partition("="))
            known = {field.name for field in fields(Attributes)}
            if not equals or what not in known or not re.fullmatch(r"[A-Za-z0-9-]*", attribute):
                raise SettingsError(
                    f"TIER0_{name}: {pair!r} is not one of {', '.join(sorted(known))}=attribute"
                )
            changed[what] = attribute
        return replace(default, **changed)

    def mode(self, name: str, default: Mode) -> Mode:
        value = self.text(name, default.value)
        try:
            return Mode(value)
        except ValueError:
            allowed = ", ".join(mode.value for mode in Mode)
            raise SettingsError(f"TIER0_{name}: {value!r} is none of {allowed}") from None

    def number(self, name: str, default: int, *, most: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
            raise SettingsError(f"TIER0_{name}: {value!r} is no number from 1 to {most}")
        return int(value)

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
            raise SettingsError(f"TIER0_{name}: {value!r} is no port number")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in ("true", "false"):
            raise SettingsError(f"TIER0_{name}: {value!r} is neither true nor false")
        return value == "true"

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"TIER0_{name}: {value!r} is no http(s) address")
        return value
