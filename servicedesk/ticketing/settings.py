"""How the customer's ticket system is reached (TIER0_TICKETING_…); docs/tickets.md explains it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings_reader import Reader
from servicedesk.ticketing.hooks import SECRET_SHAPE

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketingSettings:
    system: str
    url: str
    user: str  # a user name, an e-mail address or a client id; empty where the secret says it all
    secret: Secret
    token_url: str = ""  # where a client id and its secret become a token (OAuth 2 client credentials)
    mapping: Path | None = None  # the customer's own fields; None: the usual ones
    ca_file: Path | None = None  # None: the machine's own list
    calls_per_second: int = 5
    poll_seconds: int = 30
    webhook_secret: Secret | None = None  # None: nobody may call us

    @classmethod
    def read(cls, read: Reader, system: str) -> TicketingSettings:
        """Raises SettingsError, which names the variable."""
        when = f"TIER0_TICKETING={system}"
        read.required("TICKETING_URL", when)
        mapping, ca_file = read.text("TICKETING_MAPPING", ""), read.text("TICKETING_CA_FILE", "")
        return cls(
            system=system,
            url=_safe("TICKETING_URL", read.url("TICKETING_URL", "")),
            user=read.text("TICKETING_USER", ""),
            secret=read.secret("TICKETING_SECRET", when),
            token_url=_safe("TICKETING_TOKEN_URL", read.url("TICKETING_TOKEN_URL", ""))
            if read.text("TICKETING_TOKEN_URL", "")
            else "",
            mapping=Path(mapping).resolve() if mapping else None,
            ca_file=Path(ca_file).resolve() if ca_file else None,
            calls_per_second=read.number("TICKETING_CALLS_PER_SECOND", 5, most=100),
            poll_seconds=read.number("TICKETING_POLL_SECONDS", 30, most=3600),
            webhook_secret=_webhook_secret(read),
        )

    def needed(self, name: str) -> str:
        """A setting that this system cannot do without. Raises SettingsError."""
        value: str = getattr(self, name)
        if not value:
            raise SettingsError(f"TIER0_TICKETING_{name.upper()}: needed when TIER0_TICKETING={self.system}")
        return value


def _webhook_secret(read: Reader) -> Secret | None:
    given = read.first_set("TICKETING_WEBHOOK_SECRET_FILE", "TICKETING_WEBHOOK_SECRET")
    return read.secret("TICKETING_WEBHOOK_SECRET", f"TIER0_{given} is set", SECRET_SHAPE) if given else None


def _safe(name: str, url: str) -> str:
    """Our sign-in goes there: never in clear, but to this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SettingsError(f"TIER0_{name}: must start with https://")
    if parts.username or parts.query or parts.fragment:
        raise SettingsError(f"TIER0_{name}: an address only, without a user name or anything after ? or #")
    return url
