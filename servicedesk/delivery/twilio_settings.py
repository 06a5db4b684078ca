"""A Twilio account that text messages go out through (TIER0_TWILIO_…)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret, Shape
from servicedesk.settings_reader import Reader

WHEN = "TIER0_DELIVERY names twilio"
API_URL = "https://api.twilio.com"
SECRET = Shape(
    pattern=r"[A-Za-z0-9]{32}", what="an auth token or an API key's secret (32 letters and digits)"
)
_SID = "[0-9a-fA-F]{32}"
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class TwilioSettings:
    account: str
    secret: Secret
    sender: (
        str  # a number of ours, a short code, a name of up to eleven characters, or a messaging service's SID
    )
    key: str = ""  # an API key's SID; empty: the secret is the account's auth token
    api_url: str = API_URL

    @property
    def is_service(self) -> bool:
        return bool(re.fullmatch(f"MG{_SID}", self.sender))

    @classmethod
    def read(cls, read: Reader) -> TwilioSettings:
        """Raises SettingsError, which names the variable."""
        account, key = read.required("TWILIO_ACCOUNT_SID", WHEN), read.text("TWILIO_KEY_SID", "")
        sender = read.required("SMS_SENDER", WHEN)
        if not re.fullmatch(f"AC{_SID}", account):
            raise SettingsError(f"TIER0_TWILIO_ACCOUNT_SID: {account!r} is no account's SID (AC…)")
        if key and not re.fullmatch(f"SK{_SID}", key):
            raise SettingsError(f"TIER0_TWILIO_KEY_SID: {key!r} is no API key's SID (SK…)")
        if not _SENDER.fullmatch(sender) and not re.fullmatch(f"MG{_SID}", sender):
            raise SettingsError(
                f"TIER0_SMS_SENDER: {sender!r} is no number (+4759…), no name of up to eleven letters, digits and blanks, "
                "and no messaging service (MG…)"
            )
        return cls(
            account=account,
            secret=read.secret("TWILIO_SECRET", WHEN, SECRET),
            sender=sender,
            key=key,
            api_url=_api_url(read),
        )


def _api_url(read: Reader) -> str:
    url = read.url("TWILIO_API_URL", API_URL)
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
        raise SettingsError("TIER0_TWILIO_API_URL: must start with https://, the secret goes there")
    return url
