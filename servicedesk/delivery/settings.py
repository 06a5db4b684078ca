"""Which adapters carry text messages and mail, and what each must know (TIER0_DELIVERY, …); docs/delivery.md explains it."""

from __future__ import annotations

from dataclasses import dataclass

from servicedesk.delivery.http_sms_settings import HttpSmsSettings
from servicedesk.delivery.port import Medium
from servicedesk.delivery.smtp_settings import SmtpSettings
from servicedesk.delivery.twilio_settings import TwilioSettings
from servicedesk.errors import SettingsError
from servicedesk.settings_reader import Reader

EMBEDDED = "embedded"
MEDIA = {
    EMBEDDED: frozenset(Medium),
    "smtp": frozenset({Medium.MAIL}),
    "http": frozenset({Medium.SMS}),
    "twilio": frozenset({Medium.SMS}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliverySettings:
    adapters: tuple[str, ...] = (EMBEDDED,)
    smtp: SmtpSettings | None = None
    http: HttpSmsSettings | None = None
    twilio: TwilioSettings | None = None

    @property
    def media(self) -> frozenset[Medium]:
        """What can be sent at all."""
        return frozenset().union(*(MEDIA[name] for name in self.adapters))

    @classmethod
    def read(cls, read: Reader) -> DeliverySettings:
        """Raises SettingsError, which names the variable."""
        adapters = tuple(read.text("DELIVERY", EMBEDDED).replace(",", " ").split())
        carried: dict[Medium, str] = {}
        for name in adapters:
            if name not in MEDIA:
                raise SettingsError(f"TIER0_DELIVERY: {name!r} is none of {', '.join(sorted(MEDIA))}")
            for medium in MEDIA[name]:
                if medium in carried:
                    raise SettingsError(
                        f"TIER0_DELIVERY: {carried[medium]} and {name} both carry {medium.value}: name one"
                    )
                carried[medium] = name
        return cls(
            adapters=adapters,
            smtp=SmtpSettings.read(read) if "smtp" in adapters else None,
            http=HttpSmsSettings.read(read) if "http" in adapters else None,
            twilio=TwilioSettings.read(read) if "twilio" in adapters else None,
        )
