"""Mail through a server that speaks SMTP (RFC 5321), encrypted and with its certificate checked."""

from __future__ import annotations

import hashlib
import logging
import smtplib
import socket
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from functools import partial

from servicedesk.clock import Clock
from servicedesk.delivery.attempt import SECONDS, Attempt, in_time
from servicedesk.delivery.errors import DeliveryError, DeliveryRejected, DeliveryUnavailable
from servicedesk.delivery.port import Medium, Message
from servicedesk.delivery.smtp_settings import Security, SmtpSettings, address_of
from servicedesk.errors import SettingsError

log = logging.getLogger(__name__)

MAX_SUBJECT = 200


class SmtpMail:
    media = frozenset({Medium.MAIL})

    def __init__(self, settings: SmtpSettings, clock: Clock, *, seconds: float = SECONDS) -> None:
        self._settings = settings
        self._clock = clock
        self._seconds = seconds

    def send(self, message: Message) -> None:
        if message.medium is not Medium.MAIL:
            raise DeliveryRejected("this adapter carries mail only")
        mail = self._mail(message)
        in_time(lambda attempt: self._hand_over(mail, message.recipient, attempt), self._seconds)

    def connect(self, attempt: Attempt) -> smtplib.SMTP:
        """A session that is encrypted and signed in. Raises DeliveryUnavailable."""
        settings = self._settings
        session: smtplib.SMTP | None = None
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
            session = self._open(context)
            attempt.on_cut = partial(_shut, session)
            session.ehlo_or_helo_if_needed()
            if settings.security is Security.STARTTLS:
                session.starttls(context=context)
                session.ehlo_or_helo_if_needed()
            if settings.password is not None:
                _sign_in(session, settings.user, settings.password.read())
        except (OSError, smtplib.SMTPException, SettingsError, ValueError) as err:
            # The server's own words may quote what was sent: its number and the kind are enough for the log.
            log.warning("mail: no session with the server (%s)", _kind(err))
            if session is not None:
                session.close()
            raise DeliveryUnavailable(f"no session with the mail server ({_kind(err)})") from None
        return session

    def _open(self, context: ssl.SSLContext) -> smtplib.SMTP:
        settings = self._settings
        # Named after the sender: the default asks a name server who we are, and waits for it.
        name = settings.sender.domain
        if settings.security is Security.TLS:
            return smtplib.SMTP_SSL(
                settings.host, settings.port, local_hostname=name, timeout=self._seconds, context=context
            )
        return smtplib.SMTP(settings.host, settings.port, local_hostname=name, timeout=self._seconds)

    def _hand_over(self, mail: EmailMessage, recipient: str, attempt: Attempt) -> None:
        session = self.connect(attempt)
        try:
            _transfer(session, mail, self._settings.sender.addr_spec, recipient, attempt)
        finally:
            with suppress(
                OSError, smtplib.SMTPException
            ):  # the server has it: what it says now changes nothing
                session.quit()

    def _mail(self, message: Message) -> EmailMessage:
        address = address_of(message.recipient)
        if address is None:
            raise DeliveryRejected("no address")
        mail = EmailMessage(policy=POLICY)
        try:
            mail["From"] = self._settings.sender
            mail["To"] = address
            mail["Subject"] = " ".join(message.subject.split())[:MAX_SUBJECT]
            mail["Date"] = format_datetime(self._clock.now())
            # The same message again has the same id: mailboxes that look at it show it once.
            digest = hashlib.sha256(message.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
            mail["Message-ID"] = f"<{digest}@{self._settings.sender.domain}>"
            mail["Auto-Submitted"] = "auto-generated"  # no "out of office" comes back (RFC 3834)
            mail.set_content(message.text, cte="quoted-printable")  # whatever the server takes
            if message.language:
                mail["Content-Language"] = message.language  # after the content, which clears such headers
        except (ValueError, UnicodeError, MessageError):
            raise DeliveryRejected("this cannot be written as a mail") from None
        return mail


def _shut(session: smtplib.SMTP) -> None:
    if session.sock is not None:
        session.sock.shutdown(socket.SHUT_RDWR)


def _sign_in(session: smtplib.SMTP, user: str, password: str) -> None:
    """In one way and once: the library's own `login` tries one way after the other, and each counts as a wrong try."""
    session.user, session.password = user, password
    offered = session.esmtp_features.get("auth", "").upper().split()
    for name, mechanism in (("PLAIN", session.auth_plain), ("LOGIN", session.auth_login)):
        if name in offered:
            session.auth(name, mechanism)
            return
    raise smtplib.SMTPNotSupportedError("neither PLAIN nor LOGIN is offered")


def _transfer(
    session: smtplib.SMTP, mail: EmailMessage, sender: str, recipient: str, attempt: Attempt
) -> None:
    """MAIL, RCPT, DATA, each with its own meaning of no."""
    options = [] if recipient.isascii() else ["SMTPUTF8"]
    if options and not session.has_extn("smtputf8"):
        raise DeliveryRejected("the mail server takes no such address")
    try:
        _expect(session.mail(sender, options), "the sender", DeliveryUnavailable)
        _expect(session.rcpt(recipient), "the recipient", DeliveryRejected)
        attempt.hand_over()
        _expect(
            session.data(mail.as_bytes(policy=POLICY.clone(utf8=bool(options)))),
            "the message",
            DeliveryRejected,
        )
    except smtplib.SMTPDataError as err:  # it said no before the text was sent
        _expect((err.smtp_code, b""), "the message", DeliveryRejected)
    except (OSError, smtplib.SMTPException) as err:
        log.warning("mail: the line broke (%s)", _kind(err))
        raise attempt.lost(f"the line broke ({_kind(err)})") from None


def _expect(answer: tuple[int, bytes], what: str, refusal: type[DeliveryError]) -> None:
    """4xx is "not now" (RFC 5321, 4.2.1), 5xx is no."""
    code = answer[0]
    if 200 <= code < 300:
        return
    log.warning("mail: the server refuses %s (%d)", what, code)
    if code < 400:  # no answer that SMTP knows
        raise smtplib.SMTPResponseException(code, "")
    raise (refusal if code >= 500 else DeliveryUnavailable)(f"the server refuses {what} ({code})")


def _kind(err: BaseException) -> str:
    code = getattr(err, "smtp_code", None)
    return f"{type(err).__name__} {code}" if code else type(err).__name__
