"""All settings, read once at start from the environment; nothing else reads it. docs/settings.md lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.delivery.port import Medium
from servicedesk.delivery.settings import EMBEDDED, DeliverySettings
from servicedesk.directory.entra.settings import EntraSettings
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.errors import SettingsError
from servicedesk.reminder_settings import ReminderSettings
from servicedesk.settings_reader import Reader
from servicedesk.slack_settings import SlackSettings
from servicedesk.teams_settings import TeamsSettings
from servicedesk.ticketing.settings import TicketingSettings

FACTORS = ("authenticator", "sms", "mail", "approval")  # strongest first (S2)
ON_DEMAND = ("mail", "approval")  # off by default: an administrator has to name them
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
    approvals_per_hour: int = 3  # that one person is asked for, whoever asks
    approvals_per_day: int = 5
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
    tracker_db: Path = Path("var/tracker.db")  # Rasa's own, which endpoints.yml names
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
    outside_tickets: TicketingSettings | None = None  # where ticketing is not the embedded one
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    factors: tuple[str, ...] = ("authenticator", "sms")  # S2: mail is off by default
    approvers: tuple[str, ...] = ()  # who may vouch where there is no manager who can be asked
    help_lines: Path = HELP_LINES
    reminders: ReminderSettings = field(default_factory=ReminderSettings)
    handover: Path | None = None  # a folder with files in place of servicedesk/handover/*.yml
    entra: EntraSettings | None = None  # where the directory is one
    slack: SlackSettings | None = None  # None: nothing of the connector is loaded
    teams: TeamsSettings | None = None  # the same
    limits: Limits = field(default_factory=Limits)

    @property
    def embedded(self) -> bool:
        return self.mode is Mode.EMBEDDED

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read TIER0_… variables. Raises SettingsError, which names the variable."""
        read = Reader(environ)
        state_dir = _state_dir(read)
        rasa_port, actions_port, desk_port = (
            read.port("RASA_PORT", 5005),
            read.port("ACTIONS_PORT", 5055),
            read.port("DESK_PORT", 8090),
        )
        directory = read.text("DIRECTORY", "embedded")
        delivery = DeliverySettings.read(read)
        ticketing = read.text("TICKETING", "embedded")
        settings = cls(
            mode=read.choice("MODE", Mode.EMBEDDED),
            state_dir=state_dir,
            keys_dir=Path(read.text("KEYS_DIR", str(state_dir / "keys"))).resolve(),
            database_url=database_url(read),
            tracker_db=Path(read.text("TRACKER_DB", str(state_dir / "tracker.db"))),
            rasa_port=rasa_port,
            actions_port=actions_port,
            desk_port=desk_port,
            actions_url=read.url("ACTIONS_URL", f"http://127.0.0.1:{actions_port}"),
            chat_url=read.url("CHAT_URL", f"http://127.0.0.1:{rasa_port}"),
            desk_url=desk_url(read),
            company=read.text("COMPANY", "Nordlys Group"),
            directory=directory,
            ldap=LdapSettings.read(read, directory) if directory in ("active_directory", "ldap") else None,
            ticketing=ticketing,
            outside_tickets=TicketingSettings.read(read, ticketing) if ticketing != "embedded" else None,
            delivery=delivery,
            factors=_factors(read, delivery),
            approvers=tuple(read.text("APPROVERS", "").replace(",", " ").split()),
            help_lines=Path(read.text("HELP_LINES", str(HELP_LINES))),
            reminders=ReminderSettings.read(read),
            handover=_folder(read.text("HANDOVER", "")),
            entra=EntraSettings.read(read, state_dir) if directory == "entra" else None,
            slack=SlackSettings.read(read),
            teams=TeamsSettings.read(read),
        )
        settings._refuse_embedded_parts_in_production()
        return settings

    def _refuse_embedded_parts_in_production(self) -> None:
        if self.embedded:
            return
        parts = {"directory": self.directory, "ticketing": self.ticketing}
        for name, chosen in (*parts.items(), *(("delivery", adapter) for adapter in self.delivery.adapters)):
            if chosen == EMBEDDED:
                raise SettingsError(
                    f"TIER0_{name.upper()}: the embedded demo is refused when TIER0_MODE=production"
                )
        addresses = {name: getattr(self, name) for name in ("chat_url", "desk_url")}
        if self.teams is not None:
            addresses |= {f"teams_{name}": getattr(self.teams, name) for name in ("openid_url", "token_url")}
        for name, address in addresses.items():
            if urlsplit(address).scheme != "https":
                raise SettingsError(
                    f"TIER0_{name.upper()}: must start with https:// when TIER0_MODE=production"
                )


def database_url(read: Reader) -> str:
    return read.text("DATABASE_URL", f"sqlite:///{_state_dir(read) / 'tier0.db'}")


def desk_url(read: Reader) -> str:
    return read.url("DESK_URL", f"http://127.0.0.1:{read.port('DESK_PORT', 8090)}")


def _state_dir(read: Reader) -> Path:
    return Path(read.text("STATE_DIR", "var")).resolve()


def _folder(name: str) -> Path | None:
    return Path(name) if name else None


def _factors(read: Reader, delivery: DeliverySettings) -> tuple[str, ...]:
    """What counts as proof here, strongest first (S2); never more than can be sent."""
    sent = {medium.value: medium for medium in Medium}
    possible = [name for name in FACTORS if name not in sent or sent[name] in delivery.media]
    usual = [name for name in possible if name not in ON_DEMAND]
    wanted = read.text("FACTORS", " ".join(usual)).replace(",", " ").split()
    for name in wanted:
        if name not in FACTORS:
            raise SettingsError(f"TIER0_FACTORS: {name!r} is none of {', '.join(FACTORS)}")
        if name not in possible:
            raise SettingsError(
                f"TIER0_FACTORS: {name} is named, and TIER0_DELIVERY has nothing that sends it"
            )
    return tuple(name for name in FACTORS if name in wanted)
