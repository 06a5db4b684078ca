"""The mail server that codes and notices go out through (TIER0_SMTP_…)."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from enum import Enum
from pathlib import Path

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings_reader import Reader

WHEN = "TIER0_DELIVERY names smtp"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Security(str, Enum):
    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte
    NONE = "none"  # a server on this machine only: codes would cross the network readably


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpSettings:
    host: str
    sender: Address
    security: Security = Security.STARTTLS
    port: int = 587
    user: str = ""  # empty: the server knows us by our address
    password: Secret | None = None
    ca_file: Path | None = None  # None: the machine's own list

    @classmethod
    def read(cls, read: Reader) -> SmtpSettings:
        """Raises SettingsError, which names the variable."""
        security = read.choice("SMTP_SECURITY", Security.STARTTLS)
        user = read.text("SMTP_USER", "")
        ca_file = read.text("SMTP_CA_FILE", "")
        settings = cls(
            host=read.required("SMTP_HOST", WHEN),
            sender=_sender(read),
            security=security,
            port=read.port("SMTP_PORT", PORTS[security]),
            user=user,
            password=read.secret("SMTP_PASSWORD", "TIER0_SMTP_USER is set") if user else None,
            ca_file=Path(ca_file).resolve() if ca_file else None,
        )
        if security is Security.NONE and settings.host not in LOOPBACK:
            raise SettingsError(
                "TIER0_SMTP_SECURITY: none is for a server on this machine only: use starttls or tls"
            )
        return settings


def _sender(read: Reader) -> Address:
    text = read.required("SMTP_FROM", WHEN)
    given = getaddresses([text])
    name, address = given[0] if len(given) == 1 else ("", "")
    found = address_of(address)
    if found is None or not found.domain.isascii():
        raise SettingsError(f"TIER0_SMTP_FROM: {text!r} is no sender such as IT <it@example.com>")
    return Address(display_name=name, username=found.username, domain=found.domain)


def address_of(text: str) -> Address | None:
    """The one address that this text is; None where it is none, or more than an address (U10)."""
    if not text.isprintable() or " " in text or text.count("@") != 1:
        return None
    try:
        found = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):  # all that the standard library's parser has for a no
        return None
    return found if found.username and found.domain and found.addr_spec == text else None
