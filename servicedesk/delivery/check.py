"""Looks at mail server and SMS gateway as Tier0 will use them, and says line by line what is right and what is not.

Sends nothing but a test message to who is named, and shows no secret."""

from __future__ import annotations

import secrets
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.clock import SystemClock
from servicedesk.delivery.attempt import SECONDS, Attempt, in_time
from servicedesk.delivery.errors import DeliveryError, DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.http_sms_settings import HttpSmsSettings, Method
from servicedesk.delivery.port import Delivery, Medium, Message
from servicedesk.delivery.smtp import SmtpMail
from servicedesk.delivery.smtp_settings import Security, SmtpSettings
from servicedesk.delivery.twilio import Twilio, error_code
from servicedesk.delivery.twilio_settings import TwilioSettings
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.settings import FACTORS, Settings
from servicedesk.texts import say

SOON_DAYS = 30


def check(settings: Settings) -> Iterator[Finding]:
    """Everything, as it is found out."""
    delivery = settings.delivery
    if delivery.smtp is not None:
        yield from _smtp(delivery.smtp)
    if delivery.http is not None:
        yield from _http(delivery.http)
    if delivery.twilio is not None:
        yield from _twilio(delivery.twilio)
    for medium in Medium:
        if medium not in delivery.media:
            yield note("delivery", f"nothing sends {medium.value}: neither codes nor notices go that way")
    yield from _factors(settings)


def send_test(
    delivery: Delivery, recipients: Sequence[str], settings: Settings, language: str
) -> Iterator[Finding]:
    """One message to each of these, and what came of it."""
    for recipient in recipients:
        medium = Medium.MAIL if "@" in recipient else Medium.SMS
        message = Message(
            key=f"check:{secrets.token_hex(8)}",
            medium=medium,
            recipient=recipient,
            subject=say(language, "test_subject", company=settings.company) if medium is Medium.MAIL else "",
            text=say(language, "test_message", company=settings.company),
            language=language,
        )
        started = time.monotonic()
        try:
            delivery.send(message)
        except DeliveryRejected as err:
            yield wrong(medium.value, f"refused: {err}")
        except DeliveryUnclear as err:
            yield wrong(medium.value, f"handed over and not answered, it may arrive: {err}")
        except DeliveryError as err:
            yield wrong(medium.value, f"not sent: {err}")
        else:
            took = (time.monotonic() - started) * 1000
            yield ok(medium.value, f"taken in {took:.0f} ms: now look whether it arrives")


# --- mail ---


def _smtp(settings: SmtpSettings) -> Iterator[Finding]:
    where = f"{settings.host}:{settings.port}"
    if settings.security is Security.NONE:
        yield note("smtp", f"{where} is spoken to without encryption, on this machine only")
    if settings.security is Security.TLS:
        yield from _tls("smtp", settings.host, settings.port, settings.ca_file)
    found: list[Finding] = []
    started = time.monotonic()

    def work(attempt: Attempt) -> None:
        session = SmtpMail(settings, SystemClock()).connect(attempt)
        with session:
            if isinstance(session.sock, ssl.SSLSocket) and settings.security is Security.STARTTLS:
                found.append(_certificate("smtp", session.sock))
            session.ehlo_or_helo_if_needed()
            if not session.has_extn("8bitmime"):
                found.append(note("smtp", "the server does not speak 8BITMIME; mail goes out all the same"))

    try:
        in_time(work)
    except DeliveryUnavailable as err:
        yield wrong("smtp", f"{where}: {err}")
        return
    signed_in = (
        f"signed in as {settings.user}" if settings.user else "not signed in: it knows us by our address"
    )
    yield ok("smtp", f"{where} answers in {(time.monotonic() - started) * 1000:.0f} ms, {signed_in}")
    yield from found
    yield note("smtp", f"sender {settings.sender}: whether it may be used shows with --to only")


# --- text messages ---


def _http(settings: HttpSmsSettings) -> Iterator[Finding]:
    parts = urlsplit(settings.url)
    if parts.scheme == "https":
        yield from _tls("sms", parts.hostname or "", parts.port or 443, settings.ca_file)
    else:
        yield note("sms", f"{parts.netloc} is spoken to without encryption, on this machine only")
    if settings.secret is None:
        yield note("sms", "TIER0_SMS_HTTP_SECRET is not set: the gateway must know us by our address")
    if settings.method is Method.GET:
        yield note(
            "sms", "number and text stand in the address: the gateway and proxies on the way may log codes"
        )
    if settings.success is None:
        yield note("sms", "TIER0_SMS_HTTP_SUCCESS is not set: every 2xx counts as taken")
    yield note("sms", "whether the gateway takes a message shows with --to only")


def _twilio(settings: TwilioSettings) -> Iterator[Finding]:
    by_number = settings.sender.startswith("+")
    fields = {"PhoneNumber": settings.sender} if by_number else {"PageSize": "1"}
    try:
        answer = Twilio(settings).ask("GET", "IncomingPhoneNumbers", fields)
    except DeliveryError as err:
        yield wrong("twilio", f"{urlsplit(settings.api_url).netloc} does not answer ({err})")
        return
    if answer.status == 401:
        yield wrong("twilio", "account SID, API key or secret is wrong (error 20003)")
        return
    if not answer.ok:
        yield wrong("twilio", f"refused with {answer.status}, error {error_code(answer)}")
        return
    yield ok("twilio", "account and secret are good")
    if not by_number:
        yield note("twilio", f"sender {settings.sender}: whether it may be used shows with --to only")
        return
    body = answer.body if isinstance(answer.body, dict) else {}
    numbers = body.get("incoming_phone_numbers") or []
    if not numbers:
        yield wrong("twilio", f"{settings.sender} is no number of this account")
    elif not (numbers[0].get("capabilities") or {}).get("sms"):
        yield wrong("twilio", f"{settings.sender} cannot send text messages")
    else:
        yield ok("twilio", f"{settings.sender} is ours and sends text messages")


# --- what both have ---


def _factors(settings: Settings) -> Iterator[Finding]:
    allowed = ", ".join(settings.factors)
    if len(settings.factors) < 2:
        yield note(
            "factors", f"{allowed} only: the reset page needs two different ones and lets nobody through"
        )
    else:
        yield ok(
            "factors", f"{allowed}; not allowed: {', '.join(set(FACTORS) - set(settings.factors)) or 'none'}"
        )


def _tls(about: str, host: str, port: int, ca_file: Path | None) -> Iterator[Finding]:
    found: list[Finding] = []

    def work(attempt: Attempt) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        with socket.create_connection((host, port), SECONDS) as plain:
            attempt.on_cut = plain.close
            with context.wrap_socket(plain, server_hostname=host) as encrypted:
                found.append(_certificate(about, encrypted))

    try:
        in_time(work)
    except ssl.SSLCertVerificationError as err:
        yield wrong(about, f"{host}:{port}: its certificate is not good: {err.verify_message}")
    except (OSError, DeliveryError) as err:
        yield wrong(about, f"{host}:{port}: no connection ({type(err).__name__})")
    yield from found


def _certificate(about: str, line: ssl.SSLSocket) -> Finding:
    certificate = line.getpeercert() or {}
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), timezone.utc)
    days = (until - datetime.now(timezone.utc)).days
    text = f"{line.version()}, certificate good until {until:%Y-%m-%d} ({days} days)"
    return ok(about, text) if days > SOON_DAYS else note(about, f"{text}: have it renewed")
