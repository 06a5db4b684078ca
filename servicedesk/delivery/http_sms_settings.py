"""An SMS gateway that takes one HTTP request a message (TIER0_SMS_HTTP_…): its request is described, not programmed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings_reader import Reader

WHEN = "TIER0_DELIVERY names http"
PLACEHOLDERS = ("number", "digits", "text", "key", "secret", "sender")
BODY = '{"to": "{number}", "from": "{sender}", "text": "{text}"}'
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_HEADER = re.compile(r"([A-Za-z0-9-]+):[ \t]*([\x20-\x7e]*)")
_SUCCESS = re.compile(r"([A-Za-z0-9_.-]+)=(.+)")


class BodyKind(str, Enum):
    """How a value is written into the body, so that a text cannot end the field that it stands in (U10)."""

    JSON = "json"
    FORM = "form"
    XML = "xml"


CONTENT_TYPES = {
    BodyKind.JSON: "application/json",
    BodyKind.FORM: "application/x-www-form-urlencoded",
    BodyKind.XML: "application/xml; charset=utf-8",
}


class Method(str, Enum):
    POST = "POST"
    PUT = "PUT"
    GET = "GET"  # the text stands in the address then: gateways and proxies may log it


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpSmsSettings:
    url: str
    method: Method = Method.POST
    headers: tuple[tuple[str, str], ...] = ()
    kind: BodyKind = BodyKind.JSON
    body: str = BODY
    sender: str = ""
    secret: Secret | None = None
    user: str = ""  # with it, user and secret go as Basic authentication
    success: tuple[str, frozenset[str]] | None = (
        None  # a field of the JSON answer, and what it may be; None: 2xx
    )
    ca_file: Path | None = None

    @classmethod
    def read(cls, read: Reader) -> HttpSmsSettings:
        """Raises SettingsError, which names the variable."""
        method = read.choice("SMS_HTTP_METHOD", Method.POST)
        user, ca_file = read.text("SMS_HTTP_USER", ""), read.text("SMS_HTTP_CA_FILE", "")
        has_secret = read.first_set("SMS_HTTP_SECRET", "SMS_HTTP_SECRET_FILE") is not None
        settings = cls(
            url=_address(read),
            method=method,
            headers=_headers(read),
            kind=read.choice("SMS_HTTP_BODY_KIND", BodyKind.JSON),
            body="" if method is Method.GET else read.text("SMS_HTTP_BODY", BODY),
            sender=read.text("SMS_SENDER", ""),
            secret=read.secret("SMS_HTTP_SECRET", WHEN) if has_secret or user else None,
            user=user,
            success=_success(read),
            ca_file=Path(ca_file).resolve() if ca_file else None,
        )
        settings._check_placeholders()
        return settings

    def _check_placeholders(self) -> None:
        headers = " ".join(value for _, value in self.headers)
        places = {"SMS_HTTP_URL": self.url, "SMS_HTTP_HEADERS": headers, "SMS_HTTP_BODY": self.body}
        found = {name: set(_PLACEHOLDER.findall(text)) for name, text in places.items()}
        for name, used in found.items():
            if used - set(PLACEHOLDERS):
                raise SettingsError(
                    f"TIER0_{name}: {{{sorted(used - set(PLACEHOLDERS))[0]}}} is none of {', '.join(PLACEHOLDERS)}"
                )
        every = set().union(*found.values())
        if "text" not in every or not every & {"number", "digits"}:
            raise SettingsError(
                "TIER0_SMS_HTTP_BODY: {text}, and {number} or {digits}, must stand in it or in the URL"
            )
        if found["SMS_HTTP_HEADERS"] - {"key", "secret", "sender"}:
            raise SettingsError(
                "TIER0_SMS_HTTP_HEADERS: only {key}, {secret} and {sender} may stand in headers"
            )
        for name, needed in (("secret", self.secret), ("sender", self.sender)):
            if name in every and not needed:
                variable = "SMS_HTTP_SECRET" if name == "secret" else "SMS_SENDER"
                raise SettingsError(f"TIER0_{variable}: {{{name}}} is used and not set")


def _address(read: Reader) -> str:
    read.required("SMS_HTTP_URL", WHEN)
    url = read.url("SMS_HTTP_URL", "")
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SettingsError("TIER0_SMS_HTTP_URL: must start with https://, codes go there")
    if parts.username or "{" in parts.netloc:
        raise SettingsError("TIER0_SMS_HTTP_URL: no user and no placeholder may stand in the host")
    return url


def _headers(read: Reader) -> tuple[tuple[str, str], ...]:
    """`Name: value` pairs, each on its own line or with `|` between."""
    lines = [line.strip() for line in re.split(r"[\n|]", read.text("SMS_HTTP_HEADERS", "")) if line.strip()]
    found = []
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise SettingsError(
                "TIER0_SMS_HTTP_HEADERS: a line is not such as Authorization: Bearer {secret}"
            )
        found.append((match[1], match[2]))
    return tuple(found)


def _success(read: Reader) -> tuple[str, frozenset[str]] | None:
    text = read.text("SMS_HTTP_SUCCESS", "")
    if not text:
        return None
    match = _SUCCESS.fullmatch(text)
    if match is None:
        raise SettingsError(f"TIER0_SMS_HTTP_SUCCESS: {text!r} is not such as messages.0.status=queued|sent")
    return match[1], frozenset(match[2].split("|"))
